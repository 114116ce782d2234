"""The market that is measured: the big one of `seeds`, with disputes that were talked about at length."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
from strawberry import relay

from ordergraph.wiring import Wiring
from seeds import big, quarrels
from seeds.fates import COMPLAINTS, DISPUTE, FATES, PROTECTION, Fate, Share, cancelable, disputed
from seeds.lives import BUYER, SELLER, Life

ROOT: Final = Path(__file__).resolve().parents[1]
KEPT: Final = ROOT / ".ordergraph" / "bench"
"""Ignored by git: the market is kept for the next run, as long as what makes it stays as it is."""
MADE_BY: Final = ("seeds", "src/ordergraph/migrations", "bench/market.py")
FRESH: Final = timedelta(hours=8)
"""Then windows have closed that nobody closed, because no worker runs here."""
MESSAGES: Final = 24
PEOPLE: Final = 200
"""How many different users ask."""


class Case(NamedTuple):
    """Who asks, by external id and by id; and after which order, where it is after one."""

    name: str
    user_id: UUID
    order_id: UUID | None = None

    @property
    def variables(self) -> dict[str, str]:
        return {"id": relay.to_base64("Order", self.order_id)} if self.order_id else {}


def argued(fate: Fate) -> Life:
    """An open dispute over which both have written for half a day."""
    since = fate.part(timedelta(days=4), least=0.3)
    life = fate.delivered(since + fate.part(PROTECTION / 2))
    opened_at = fate.now - since
    dispute = quarrels.complain(life, opened_at, fate.reason(DISPUTE, *COMPLAINTS))
    for nth in range(MESSAGES):
        at = opened_at + (nth + 1) * timedelta(minutes=25)
        who = fate.random.choice((BUYER, SELLER))
        quarrels.write(life, dispute, at, who, fate.random.choice(quarrels.SAID))
    return life


ARGUED: Final[Sequence[Share]] = tuple(
    share._replace(way=argued) if share.way is disputed else share for share in FATES
)

NEW: Final[Sequence[Share]] = (Share(1000, cancelable),)


async def fill(wiring: Wiring, orders: int, fates: Sequence[Share] = ARGUED) -> None:
    """Add so many orders."""
    async for _ in big.fill(wiring, orders, fates=fates):
        continue


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


def fingerprint(orders: int) -> str:
    """Names a market: another one where its number of orders, its seeds or its tables are others."""
    found = hashlib.sha256(json.dumps(orders).encode())
    for name in MADE_BY:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(file.read_bytes())
    return found.hexdigest()[:12]


async def buyers(url: str) -> list[Case]:
    """Different people with many purchases."""
    async with connected(url) as connection:
        rows = await connection.fetch(BUYERS, PEOPLE)
    return [Case(row["external_id"], row["id"]) for row in rows]


async def disputes(url: str) -> list[Case]:
    """Disputed orders, each with its buyer."""
    async with connected(url) as connection:
        rows = await connection.fetch(DISPUTES, PEOPLE)
    return [Case(row["external_id"], row["id"], row["order_id"]) for row in rows]


BUYERS: Final = """
SELECT u.external_id, u.id FROM users u JOIN orders o ON o.buyer_id = u.id
WHERE u.external_id LIKE 'buyer-%' GROUP BY u.id
ORDER BY count(*) >= 20 DESC, md5(u.external_id) LIMIT $1"""
DISPUTES: Final = """
SELECT u.external_id, u.id, d.order_id
FROM disputes d JOIN orders o ON o.id = d.order_id JOIN users u ON u.id = o.buyer_id
WHERE u.external_id LIKE 'buyer-%' ORDER BY md5(d.id::text) LIMIT $1"""
CANCELABLE: Final = """
SELECT u.external_id, u.id, o.id AS order_id FROM orders o JOIN users u ON u.id = o.buyer_id
WHERE u.external_id LIKE 'buyer-%' AND o.status = 'PROCESSING'
AND o.cancelable_until > now() + interval '30 minutes' ORDER BY md5(o.id::text) LIMIT $1"""
