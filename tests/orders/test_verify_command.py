"""`ordergraph verify-timeline`: what it prints, and how it ends."""

import asyncio
from uuid import uuid4

import pytest

from ordergraph.infra.outbox import EventRow
from tests.books.audit import tamper
from tests.conftest import Servers
from tests.market import Market, gid
from tests.tour.installation import Outcome, environment, ordergraph


@pytest.fixture
def env(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(
        tmp_path_factory.mktemp("verify"),
        database_url=servers.database_url,
        redis_url=servers.redis_url,
    )


async def verify(env: dict[str, str], named: str) -> Outcome:
    return await asyncio.to_thread(ordergraph, "verify-timeline", named, env=env)


async def test_it_says_intact_or_where_it_breaks_or_that_it_cannot_look(
    market: Market, env: dict[str, str]
) -> None:
    """An order is named by its number, its id, or the id that clients have."""
    order = await market.ship(await market.place())
    last = await EventRow.filter(order_id=order.id).order_by("-position").first()
    assert last is not None

    whole = await verify(env, order.number.lower())
    await tamper("DELETE FROM events WHERE order_id = $1 AND position = 2", order.id)
    broken = await verify(env, gid("Order", order.id))
    nothing = await verify(env, str(uuid4()))

    said = f"{order.number}: intact, 3 events; the last hash is {last.hash}\n"
    assert (whole.code, whole.out, whole.err) == (0, said, "")
    said = f"{order.number}: broken at event 2: expected an event, found a gap\n"
    assert (broken.code, broken.out) == (1, said)
    assert (nothing.code, nothing.out) == (2, "")
    assert nothing.err == "ordergraph: cannot verify: NotFound: There is no such order.\n"
