"""A big market for measurements: any number of orders, copied straight into the tables.

Its rows are those that the actions would have written, except that nobody is told: there are no
outbox rows and no notifications. It is the same market for the same seed, but for the present
moment, from which all its times count.
"""

import asyncio
import gc
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from random import Random
from typing import Any, Final, NamedTuple

import asyncpg
import orjson
from tortoise.models import Model

from ordergraph.accounts.models import User
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.disputes.models import Dispute, Message, Offer
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Role, user_id_of
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.marketplace.models import Reason
from ordergraph.orders.models import OpenWindow, Order, OrderLine
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.models import Payment, SandboxEntry
from ordergraph.personas import PERSONAS
from ordergraph.refunds.models import Refund, RefundAttempt, RefundLine
from ordergraph.reminders.models import Reminder
from ordergraph.wiring import Wiring
from seeds.fates import FATES, Fate, Reasons, Share
from seeds.lives import Article, Deal

SEED: Final = 1
BATCH: Final = 2_000
FOR_PERSONAS: Final = 0.01
"""Which part of the orders is bought from, or sold by, people whom one can play."""

TABLES: Final[Sequence[type[Model]]] = (  # who is pointed at comes first
    Order, OrderLine, OpenWindow, Reminder, Payment, Cancellation, CancellationLine, Refund, RefundLine,
    RefundAttempt, Dispute, Offer, Message, EventRow, LedgerEntry, SandboxEntry,
)  # fmt: skip


class Party(NamedTuple):
    name: str
    display_name: str
    currency: str = ""


class Good(NamedTuple):
    sku: str
    title: str
    cents: int


# fmt: off
CURRENCIES: Final = {
    # code  how many sellers of ten, and units for one euro
    "EUR": (5, 1.0), "USD": (2, 1.1), "GBP": (1, 0.85), "JPY": (1, 160.0), "KWD": (1, 0.33),
}
GOODS: Final = tuple(Good(title.upper().replace(" ", "-"), title, cents) for title, cents in (
    ("Desk lamp", 8900), ("Warm bulb", 745), ("Garden lantern", 2475), ("Dimmer", 1690),
    ("Dotted notebook", 980), ("Blue ink", 1250), ("Fountain pen", 6400), ("Wall calendar", 1800),
    ("Linen apron", 3450), ("Bread knife", 4999), ("Tea pot", 3900), ("Espresso cups", 2800),
    ("Wool blanket", 11900), ("Rain jacket", 14900), ("Hiking socks", 1590), ("Day pack", 7990),
))
# fmt: on
LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # those of kernel.ids
STRIDE: Final = 387_420_489_007  # shares no factor with len(LETTERS) ** 8, so no number comes twice


@dataclass(frozen=True, slots=True)
class Plan:
    """What every batch is made of; `order_rows` of the same plan and place are the same."""

    seed: int
    now: datetime
    reasons: Reasons
    buyers: Sequence[Party]
    sellers: Sequence[Party]
    fates: Sequence[Share] = FATES


def _buyers(count: int) -> list[Party]:
    return [Party(f"buyer-{n:04}", f"Buyer {n:04}") for n in range(1, count + 1)]


def _sellers() -> list[Party]:
    wheel = [code for code, (tenths, _) in CURRENCIES.items() for _ in range(tenths)]
    return [Party(f"seller-{n:03}", f"Seller {n:03}", wheel[n % 10]) for n in range(1, 101)]


BUYERS: Final = [Party(p.name, p.display_name) for p in PERSONAS if p.role is Role.BUYER]
SELLERS: Final = [Party(p.name, p.display_name, "EUR") for p in PERSONAS if p.role is Role.SELLER]


async def fill(
    wiring: Wiring,
    orders: int,
    *,
    seed: int = SEED,
    fates: Sequence[Share] = FATES,
    buyers: int = 1_000,
) -> AsyncIterator[int]:
    """Add that many orders, batch by batch; after each one say how many came with it.

    Raises InvalidInput where a gateway moves real money: nobody paid for these orders.
    """
    if wiring.gateway.real_money:
        raise InvalidInput(field="orders", problem="only with a gateway that moves no real money")
    now = await wiring.edge.clock.now()
    reasons: Reasons = {(row.context, row.handle): row for row in await Reason.all()}
    plan = Plan(seed, now, reasons, _buyers(buyers), _sellers(), fates)
    await _meet((*plan.buyers, *plan.sellers, *BUYERS, *SELLERS), now)
    begin = await Order.all().count()
    connection = await asyncpg.connect(wiring.settings.servers().database_url)
    gc.disable()  # rows form no cycles, and looking for some takes a fifth of the time
    try:
        await connection.execute("SET synchronous_commit = off")  # after a crash one begins again
        async for places, rows in _ahead(plan, range(begin, begin + orders)):
            async with connection.transaction():
                await copy(connection, rows)
            yield len(places)
        await connection.execute("ANALYZE")
    finally:
        gc.enable()
        await connection.close()


async def _ahead(plan: Plan, places: range) -> AsyncIterator[tuple[range, list[Model]]]:
    """Make the rows batch by batch, each while Postgres is busy with the one before."""
    coming: list[tuple[range, asyncio.Task[list[Model]]]] = []
    for at in range(0, len(places), BATCH):
        batch = places[at : at + BATCH]
        coming.append((batch, asyncio.create_task(asyncio.to_thread(order_rows, plan, batch))))
        if len(coming) > 1:
            earlier, made = coming.pop(0)
            yield earlier, await made
    for last, made in coming:
        yield last, await made


async def _meet(people: Iterable[Party], now: datetime) -> None:
    rows = [
        User(id=user_id_of(name), external_id=name, display_name=display_name, created_at=now)
        for name, display_name, _ in people
    ]
    await User.bulk_create(rows, ignore_conflicts=True)


def order_rows(plan: Plan, places: range) -> list[Model]:
    """The rows of the orders at these places of the market. Pure."""
    random = Random(f"{plan.seed}/{places.start}")  # noqa: S311  (not a secret: it must repeat)
    ways = [share.way for share in plan.fates]
    weights = [share.of_thousand for share in plan.fates]
    rows: list[Model] = []
    for place, way in zip(places, random.choices(ways, weights, k=len(places)), strict=True):
        life = way(Fate(random, plan.reasons, _deal(plan, place, random), plan.now))
        rows += life.close(plan.now)
    return rows


def _deal(plan: Plan, place: int, random: Random) -> Deal:
    played = random.random() < FOR_PERSONAS
    buyer = random.choice(BUYERS if played else plan.buyers)
    played = random.random() < FOR_PERSONAS
    seller = random.choice(SELLERS if played else plan.sellers)
    unit = CURRENCIES[seller.currency][1] * 10 ** EXPONENTS[seller.currency] / 100
    kinds = random.choices((1, 2, 3, 4, 5), (20, 35, 25, 15, 5))[0]
    return Deal(
        number=number(plan.seed, place),
        buyer_id=_id_of(buyer.name),
        seller_id=_id_of(seller.name),
        currency=seller.currency,
        shipping=round(random.choice((0, 290, 490)) * unit),
        articles=[_article(random, good, unit) for good in random.sample(GOODS, kinds)],
    )


_id_of = cache(user_id_of)


def _article(random: Random, good: Good, unit: float) -> Article:
    """`unit` is how many minor units one cent is."""
    price, quantity = round(good.cents * unit), random.choices((1, 2, 3, 6), (60, 25, 10, 5))[0]
    discount = price * quantity // 10 if random.random() < 0.15 else 0
    tax = (price * quantity - discount) * 19 // 119
    return Article(good.sku, good.title, quantity, price, discount, tax)


def number(seed: int, place: int) -> str:
    """The order number at that place: looks drawn, never comes twice."""
    drawn = (seed * 7_919 + (place + 1) * STRIDE) % len(LETTERS) ** 8
    letters = ""
    for _ in range(8):
        drawn, letter = divmod(drawn, len(LETTERS))
        letters += LETTERS[letter]
    return f"{letters[:4]}-{letters[4:]}"


async def copy(connection: Any, rows: Iterable[Model]) -> None:
    by_table: defaultdict[type[Model], list[Model]] = defaultdict(list)
    for row in rows:
        by_table[type(row)].append(row)
    assert set(by_table) <= set(TABLES), "every table has its turn"
    for model in TABLES:
        shape = _shape(model)
        await connection.copy_records_to_table(
            shape.table, records=map(shape.record, by_table[model]), columns=shape.columns
        )


class Shape(NamedTuple):
    """How a model's rows become COPY's records."""

    table: str
    columns: list[str]
    values: Callable[[Model], tuple[Any, ...]]
    json_at: int | None

    def record(self, row: Model) -> tuple[Any, ...]:
        values = self.values(row)
        at = self.json_at
        if at is None or values[at] is None:
            return values
        return (*values[:at], orjson.dumps(values[at]).decode(), *values[at + 1 :])


@cache
def _shape(model: type[Model]) -> Shape:
    described = model.describe()
    columns = [described["pk_field"], *described["data_fields"]]
    json_at = [at for at, column in enumerate(columns) if column["field_type"] == "JSONField"]
    assert len(json_at) <= 1, "a record has room for one"
    return Shape(
        table=described["table"],
        columns=[column["db_column"] for column in columns],
        values=attrgetter(*(column["name"] for column in columns)),
        json_at=json_at[0] if json_at else None,
    )
