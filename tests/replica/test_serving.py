"""Who is answered by the replica, and who must not be: its replay is paused, so it shows what was before."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from ordergraph.accounts.models import User
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.counters import REPLICA_QUERIES
from ordergraph.infra.reading import rows
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.sweeping import sweep
from ordergraph.telling import deliver
from tests.conftest import Servers
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid
from tests.notifications.feed import CANCEL, FEED
from tests.replica.conftest import Branch
from tests.replica.standby import Standby
from tests.watching import told

ORDER = "query Q($id: ID!) { order(id: $id) { status refunds { id status } } }"
ALL_OF_IT = """mutation C($id: ID!) { orderCancel(input: {orderId: $id, reasonHandle: "other"}) {
  ... on OrderCancelSuccess { order { status buyer { displayName } lines { title }
    refunds { status } timeline(first: 9) { nodes { type } } actions { kind } } } } }"""
LIVE = "subscription S($id: ID!) { orderUpdated(orderId: $id) { status } }"
WHERE = "SELECT pg_is_in_recovery()"


@pytest.fixture
async def order(branch: Branch, servers: Servers, paused: Standby) -> Order:
    """An order that the replica knows, and of whose people nobody has a mark; from now on it is paused."""
    await paused.resume()
    order = await branch.place()
    await branch.place(buyer=BEN)
    await _forget(servers)
    await paused.pause()
    return order


async def _forget(servers: Servers) -> None:
    """Time passes for the marks, as it does in some seconds."""
    async with Redis.from_url(servers.redis_url) as redis:
        for key in await redis.keys("ordergraph:changed:*"):
            await redis.delete(key)


async def _seen(branch: Branch, who: Actor, order: Order) -> Any:
    return (await branch.ask(who, ORDER, id=gid("Order", order.id)))["order"]


async def _status(branch: Branch, who: Actor, order: Order) -> str:
    return str((await _seen(branch, who, order))["status"])


def _served(by: str) -> float:
    return REPLICA_QUERIES.labels(by)._value.get()


async def _silently_shipped(order: Order) -> None:
    """By a process that knows of no replica, and so marks nobody."""
    await Market().ship(order)


async def test_a_query_is_answered_by_the_replica(
    branch: Branch, order: Order, paused: Standby
) -> None:
    await _silently_shipped(order)
    before = _served("replica")

    shown = [await _status(branch, who, order) for who in (ADA, LAMPS)]
    await paused.resume()

    assert shown == ["PROCESSING", "PROCESSING"]
    assert _served("replica") == before + 2
    assert await _status(branch, ADA, order) == "SHIPPED"


async def test_both_sides_see_at_once_what_one_of_them_did(branch: Branch, order: Order) -> None:
    await branch.ask(ADA, CANCEL, id=gid("Order", order.id), reason="other")

    assert await _status(branch, ADA, order) == "CANCELED"
    assert await _status(branch, LAMPS, order) == "CANCELED"


async def test_others_are_answered_by_the_replica_meanwhile(branch: Branch, order: Order) -> None:
    other = await Order.get(buyer_id=BEN.user_id)
    await branch.ask(ADA, CANCEL, id=gid("Order", order.id), reason="other")
    before = _served("replica")

    assert await _status(branch, BEN, other) == "PROCESSING"
    assert _served("replica") == before + 1


async def test_what_a_worker_did_is_seen_at_once(
    branch: Branch, order: Order, servers: Servers
) -> None:
    await branch.ask(ADA, CANCEL, id=gid("Order", order.id), reason="other")
    await _forget(servers)
    branch.clock.advance(timedelta(days=7))

    assert await sweep(branch.edge, named("refund.due")) == 1
    assert await run_errands(branch.cashier, named_errand("refund.attempt")) == 1

    for who in (ADA, LAMPS):
        assert (await _seen(branch, who, order))["refunds"][0]["status"] == "SUCCEEDED"


async def test_whoever_is_told_by_the_outbox_finds_it_in_the_feed(
    branch: Branch, order: Order
) -> None:
    """Also where the process that made the change ended before it could mark anybody."""
    await _silently_shipped(order)

    await deliver(branch.hub, branch.clock, limit=100, marks=branch.replica.marks)

    told = (await branch.ask(ADA, FEED))["viewer"]["notifications"]["edges"]
    assert "order.shipped" in {edge["node"]["type"] for edge in told}
    assert await _status(branch, LAMPS, order) == "SHIPPED"


@pytest.mark.usefixtures("order")
async def test_what_changes_no_order_marks_whoever_did_it(branch: Branch) -> None:
    said = "mutation { emailNotificationsSet(input: {wanted: false}) { __typename } }"
    await branch.ask(ADA, said)

    wanted = (await branch.ask(ADA, "{ viewer { emailNotifications } }"))["viewer"]
    assert wanted == {"emailNotifications": False}


async def test_staff_and_strangers_are_answered_by_the_primary(
    branch: Branch, order: Order
) -> None:
    await _silently_shipped(order)
    before = _served("others")

    assert await _status(branch, OLGA, order) == "SHIPPED"
    assert await branch.ask(None, "{ now }")
    assert _served("others") == before + 2


async def test_a_mutation_and_a_subscription_ask_the_primary_alone(
    branch: Branch, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(sql: str, *_: object) -> Any:
        asked.append(sql)
        raise AssertionError("the replica was asked")

    monkeypatch.setattr(branch.replica.reader, "ask", ask)
    live = await branch.listen(ADA, LIVE, id=gid("Order", order.id))
    first = await anext(live)
    await branch.ask(ADA, ALL_OF_IT, id=gid("Order", order.id))
    second = await anext(live)
    await live.aclose()

    assert [first.data, second.data] == [
        {"orderUpdated": {"status": "PROCESSING"}},
        {"orderUpdated": {"status": "CANCELED"}},
    ]
    assert [sql for sql in asked if "pg_control_system" not in sql] == []


@pytest.mark.usefixtures("order")
async def test_nothing_can_be_written_to_it(branch: Branch) -> None:
    """Whatever a query might try: neither by the ORM, nor in a transaction, nor by SQL."""

    async def by_the_orm() -> None:
        await User.all().update(display_name="Nobody")

    async def in_a_transaction() -> None:
        async with branch.edge.transaction(ADA):
            await rows("DELETE FROM users RETURNING id")

    async def by_sql() -> None:
        await rows("DELETE FROM users RETURNING id")

    for write in (by_the_orm, in_a_transaction, by_sql):
        with pytest.raises((AttributeError, asyncpg.ReadOnlySQLTransactionError)):
            await branch.replica.serve(ADA, write)
    assert await User.filter(display_name="Ada").exists()


@pytest.mark.usefixtures("order")
async def test_a_transaction_in_a_query_stays_on_one_connection(
    branch: Branch,
) -> None:
    """What reads inside one reads where it was begun, though the replica's pool is at hand."""
    me = "SELECT pg_backend_pid()"

    async def twice() -> set[int]:
        async with branch.edge.transaction(ADA):
            return {(await rows(me))[0][0] for _ in range(3)}

    assert len(await branch.replica.serve(ADA, twice)) == 1
    async with branch.edge.transaction(ADA):
        assert not (await rows(WHERE))[0][0]
        with pytest.raises(AssertionError, match="stays in it"):
            await branch.replica.serve(LAMPS, twice)


async def test_queries_side_by_side_are_answered_each_where_it_may(
    branch: Branch, order: Order
) -> None:
    await branch.ask(ADA, CANCEL, id=gid("Order", order.id), reason="other")
    other = await Order.get(buyer_id=BEN.user_id)
    await Market().ship(other)

    shown = await asyncio.gather(
        *(
            _status(branch, who, what)
            for _ in range(10)
            for who, what in ((ADA, order), (BEN, other))
        )
    )

    assert shown == ["CANCELED", "PROCESSING"] * 10


async def _costs(servers: Servers, branch: Market, document: str, **variables: Any) -> list[int]:
    """Statements for the primary, and commands of Redis about marks."""
    async with Redis.from_url(servers.redis_url) as redis, told() as said:
        before = await _marked_or_asked(redis)
        await branch.ask(ADA, document, **variables)
        after = await _marked_or_asked(redis)
    return [len([sql for sql in said if "pg_control_system" not in sql]), after - before]


async def _marked_or_asked(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("mget", "evalsha"))


async def test_what_it_costs_with_a_replica_and_that_it_costs_nothing_without(
    branch: Branch, order: Order, servers: Servers
) -> None:
    other = await Order.get(buyer_id=BEN.user_id)
    await Order.filter(id=other.id).update(buyer_id=ADA.user_id)
    alone = Market(clock=branch.clock)

    usual = await _costs(servers, alone, ORDER, id=gid("Order", order.id))
    read = await _costs(servers, branch, ORDER, id=gid("Order", order.id))
    canceled = await _costs(servers, branch, CANCEL, id=gid("Order", order.id), reason="other")
    as_usual = await _costs(servers, alone, CANCEL, id=gid("Order", other.id), reason="other")

    assert usual[0] > 0
    assert usual[1] == as_usual[1] == 0
    assert read == [0, 1]
    assert canceled == [as_usual[0] + 1, 1]
