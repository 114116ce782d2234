"""Transactions: state and events together or not at all, one clock reading, steps that fail alone."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import pytest

from ordergraph.infra.database import SESSION, Edge, Tx, configuration, silence
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.infra.reading import rows
from ordergraph.infra.rows import change, changed
from ordergraph.infra.writing import Batch
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.event import Event
from ordergraph.orders.events import OrderCompleted, OrderExpired
from ordergraph.orders.models import Order
from tests.market import ADA, Market
from tests.watching import snapshot, told


async def test_returning_commits_the_change_and_its_event_together(market: Market) -> None:
    order = await market.place()

    async with market.edge.transaction(ADA, "request-1") as tx:
        await change(order, carrier="Post")
        tx.emit(OrderCompleted(order_id=order.id), Role.BUYER)

    row = await EventRow.filter(order_id=order.id).order_by("-position").first()
    assert row is not None
    assert (row.type, row.actor_role, row.actor_id) == ("order.completed", "BUYER", ADA.user_id)
    assert (row.request_id, row.occurred_at) == ("request-1", market.clock.at)
    assert row.event == OrderCompleted(order_id=order.id)
    assert await OutboxRow.exists(event_id=row.id)


async def test_raising_takes_everything_back_and_announces_nothing(market: Market) -> None:
    order = await market.place()
    announced: list[Event] = []

    async def announce(events: Sequence[Event]) -> None:
        announced.extend(events)

    async def fails_late() -> None:
        async with Edge(market.clock, announce).transaction(ADA) as tx:
            await change(order, carrier="Post")
            tx.emit(OrderCompleted(order_id=order.id), Role.BUYER)
            raise ZeroDivisionError

    before = await snapshot()

    with pytest.raises(ZeroDivisionError):
        await fails_late()

    assert await snapshot() == before
    assert announced == []


async def test_what_happened_is_announced_after_the_commit_and_only_then(market: Market) -> None:
    order = await market.place()
    seen: list[tuple[Event, bool]] = []

    async def announce(events: Sequence[Event]) -> None:
        for event in events:
            stored = await EventRow.exists(order_id=order.id, type=event.type)
            seen.append((event, stored))

    async with Edge(market.clock, announce).transaction(ADA) as tx:
        tx.emit(OrderCompleted(order_id=order.id), Role.BUYER)

    assert seen == [(OrderCompleted(order_id=order.id), True)]


async def test_without_anybody_to_announce_to_the_outbox_still_has_it(market: Market) -> None:
    order = await market.place()

    async with Edge(market.clock, silence).transaction(ADA) as tx:
        tx.emit(OrderCompleted(order_id=order.id), Role.BUYER)

    assert await EventRow.exists(order_id=order.id, type="order.completed")


async def test_the_clock_is_read_once_for_a_transaction(market: Market) -> None:
    async with market.edge.transaction(ADA) as tx:
        before = tx.now
        market.clock.advance(timedelta(hours=1))

        assert tx.now == before


async def test_a_step_that_fails_vanishes_with_its_events_and_the_rest_stays(
    market: Market,
) -> None:
    kept, lost = await market.place(), await market.place()

    async with market.edge.transaction(SYSTEM) as tx:
        async with tx.step():
            await change(kept, carrier="Post")
            tx.emit(OrderCompleted(order_id=kept.id), Role.SYSTEM)
        with pytest.raises(ZeroDivisionError):
            await _fail_half_way(tx, lost)

    assert (await Order.get(id=kept.id)).carrier == "Post"
    assert (await Order.get(id=lost.id)).carrier is None
    assert await EventRow.exists(order_id=kept.id, type="order.completed")
    assert not await EventRow.exists(type="order.expired")


async def _fail_half_way(tx: Tx, order: Order) -> None:
    async with tx.step():
        await change(order, carrier="Post")
        tx.emit(OrderExpired(order_id=order.id), Role.SYSTEM)
        raise ZeroDivisionError


async def test_a_transaction_inside_another_is_a_mistake(market: Market) -> None:
    async with market.edge.transaction(ADA):
        with pytest.raises(AssertionError, match="open already"):
            async with market.edge.transaction(ADA):
                raise AssertionError("it was let in")


async def test_a_change_counts_up_and_knows_its_columns(market: Market) -> None:
    order = await market.place()

    await change(order, carrier="Post")

    stored = await Order.get(id=order.id)
    assert (stored.carrier, stored.version) == ("Post", order.version) == ("Post", 3)
    with pytest.raises(AssertionError, match="no column parcel"):
        await change(order, parcel="?")


async def test_events_of_several_orders_in_one_transaction_continue_each_timeline(
    market: Market,
) -> None:
    one, other = await market.place(), await market.place()

    async with market.edge.transaction(SYSTEM) as tx:
        for order in (one, other, one):
            tx.emit(OrderCompleted(order_id=order.id), Role.SYSTEM)

    for order, length in ((one, 4), (other, 3)):
        rows = await EventRow.filter(order_id=order.id).order_by("position")
        assert [row.position for row in rows] == list(range(1, length + 1))


# ── the connection ───────────────────────────────────────────────────────────────────────────


def test_only_postgres_is_spoken_to() -> None:
    with pytest.raises(AssertionError, match="only PostgreSQL"):
        configuration("sqlite://file")


LIMITS = ["statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout"]


async def test_a_statement_that_takes_too_long_and_a_frozen_transaction_are_ended(
    database: str,  # noqa: ARG001  (it needs the database)
) -> None:
    found = await rows("SELECT name, setting::int FROM pg_settings WHERE name = ANY($1)", LIMITS)

    assert all(0 < row["setting"] <= 30_000 for row in found)
    assert len(found) == len(LIMITS)


async def test_a_process_that_freezes_while_it_prepares_a_statement_lets_go_of_its_locks(
    market: Market, database: str
) -> None:
    """Postgres takes it to be active, and waits for it without end but for this limit."""
    order = await market.place()
    hold = "SELECT FROM orders WHERE id = $1 FOR UPDATE"
    limits = {**SESSION, "transaction_timeout": "1500"}
    frozen = await asyncpg.connect(database, ssl=False, server_settings=limits)
    try:
        await frozen.execute(f"BEGIN; {hold.replace('$1', repr(str(order.id)))}")
        await frozen.prepare("SELECT title FROM order_lines")  # and from here on it does nothing
        state = await rows(
            "SELECT state FROM pg_stat_activity WHERE pid = $1", frozen.get_server_pid()
        )
        assert [row["state"] for row in state] == ["active"]

        async with asyncio.timeout(10):
            await rows(hold, order.id)
    finally:
        frozen.terminate()


async def test_what_is_put_off_goes_with_the_events_in_one_statement(market: Market) -> None:
    order = await market.place()

    async with told() as said, market.edge.transaction(ADA) as tx:
        tx.finish(Batch([changed(order, carrier="Post")]))
        tx.emit(OrderCompleted(order_id=order.id), Role.BUYER)

    begin, written, end = said
    assert (begin, end) == ("BEGIN;", "COMMIT;")
    assert "UPDATE orders" in written
    assert "INSERT INTO events" in written
    assert (await Order.get(id=order.id)).carrier == "Post"
    assert await EventRow.filter(order_id=order.id, type="order.completed").exists()


async def test_who_counts_what_was_put_off_may_refuse_all_of_it(market: Market) -> None:
    order = await market.place()
    counted: list[int] = []

    async def refuse(counts: Sequence[int]) -> None:
        counted.extend(counts)
        raise ZeroDivisionError

    async def put_off() -> None:
        async with market.edge.transaction(ADA) as tx:
            tx.finish(Batch([changed(order, carrier="Post")], refuse))
            tx.emit(OrderCompleted(order_id=order.id), Role.BUYER)

    before = await snapshot()

    with pytest.raises(ZeroDivisionError):
        await put_off()

    assert counted == [1, 1, 1]  # the order, its event, and the outbox
    assert await snapshot() == before


async def test_a_step_writes_at_once(market: Market) -> None:
    """It may fail by itself, so nothing of it may be left for the end."""
    order = await market.place()

    async with market.edge.transaction(ADA) as tx:
        with pytest.raises(AssertionError, match="at once"):
            async with tx.step():
                tx.finish(Batch([changed(order, carrier="Post")]))

    assert (await Order.get(id=order.id)).carrier is None


async def test_a_transaction_is_finished_once(market: Market) -> None:
    order = await market.place()

    async with market.edge.transaction(ADA) as tx:
        tx.finish(Batch([changed(order, carrier="Post")]))
        with pytest.raises(AssertionError, match="once"):
            tx.finish(Batch([changed(order, carrier="Snail")]))
