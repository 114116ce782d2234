"""Many rows in one statement: all of them, or none; counted; and what Postgres would not tell is refused."""

from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.timelines import read
from ordergraph.infra.writing import Write, increase, insert, insert_all, together, update
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.marketplace.models import Reason
from ordergraph.orders.events import OrderCanceled, OrderCompleted
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds.models import Refund, RefundLine
from tests.market import Market, line
from tests.states import cancel
from tests.watching import snapshot, told


async def _lines(order: Order) -> list[OrderLine]:
    return await OrderLine.filter(order_id=order.id).order_by("position")


async def _cancellation(order: Order) -> Cancellation:
    reason = await Reason.all().first()
    assert reason is not None
    return Cancellation(
        order_id=order.id,
        status=CancellationStatus.REQUESTED,
        version=1,
        whole=True,
        reason_id=reason.id,
        note="“Ünïcode”, 'quotes' and \\",
        requested_by=Role.BUYER,
        requested_at=order.placed_at,
        response_due_at=order.placed_at + timedelta(days=1),
    )


async def test_rows_that_point_at_each_other_go_in_one_statement(market: Market) -> None:
    order = await market.place(line(), line("Bulb"))
    lines = await _lines(order)
    request = await _cancellation(order)
    parts = [
        {"cancellation_id": request.id, "order_line_id": each.id, "quantity": 1} for each in lines
    ]
    order.carrier = "Post"

    async with told() as said:
        counts = await together(
            insert_all(CancellationLine, parts), insert(request), update(order, "carrier")
        )

    assert (counts, len(said)) == ([2, 1, 1], 1)
    assert dict(await Cancellation.get(id=request.id)) == dict(request)
    assert await CancellationLine.filter(cancellation_id=request.id).count() == 2
    assert (await Order.get(id=order.id)).carrier == "Post"


async def test_every_kind_of_column_is_stored_as_tortoise_stores_it(market: Market) -> None:
    done = await cancel(market, await market.place())
    assert done.refund is not None
    theirs = await Refund.get(id=done.refund.id)
    ours = Refund(**{**dict(theirs), "id": uuid7(), "cause_id": uuid7()})

    await together(insert(ours))

    alike = {"id": theirs.id, "cause_id": theirs.cause_id}
    assert {**dict(await Refund.get(id=ours.id)), **alike} == dict(theirs)


async def test_a_row_that_was_inserted_is_changed_by_saving_it(market: Market) -> None:
    request = await _cancellation(await market.place())

    await together(insert(request))
    request.note = "Another."
    await request.save(update_fields=["note"])

    assert (await Cancellation.get(id=request.id)).note == "Another."


async def test_what_several_add_to_a_row_is_added_once(market: Market) -> None:
    """Postgres would do one of two updates of a row in a statement, and keep quiet about the other."""
    one, other = await _lines(await market.place(line(), line("Bulb")))

    counts = await together(
        increase(OrderLine, {one.id: {"canceled_quantity": 1}, other.id: {"canceled_quantity": 2}}),
        increase(OrderLine, {one.id: {"refunded_minor": 700, "canceled_quantity": 1}}),
    )

    await one.refresh_from_db()
    await other.refresh_from_db()
    assert counts == [2]
    assert (one.canceled_quantity, one.refunded_minor) == (2, 700)
    assert (other.canceled_quantity, other.refunded_minor) == (2, 0)


async def test_a_table_that_is_written_twice_is_a_mistake(market: Market) -> None:
    order = await market.place()
    before = await snapshot()

    with pytest.raises(AssertionError, match="written twice"):
        await together(update(order, "carrier"), update(order, "status"))

    assert await snapshot() == before


async def test_if_one_is_refused_none_is_written(market: Market) -> None:
    """M3: a guard of the database counts for all that goes with it."""
    order = await market.place()
    request = await _cancellation(order)
    (first,) = await _lines(order)
    before = await snapshot()

    with pytest.raises(IntegrityError, match="order_lines_quantities"):
        await together(
            insert(request),
            increase(OrderLine, {first.id: {"canceled_quantity": first.quantity + 1}}),
        )

    assert await snapshot() == before


async def test_a_later_one_reads_what_an_earlier_one_returns(market: Market) -> None:
    order = await market.place()
    moved = Write(
        "orders", "UPDATE orders SET carrier = $2 WHERE id = $1", [order.id, "Post"],
        name="sent", returning="id, carrier",
    )  # fmt: skip
    noted = Write(
        "order_lines",
        "UPDATE order_lines SET title = $1 || sent.carrier FROM sent WHERE order_id = sent.id",
        ["by "],
    )

    assert await together(moved, noted) == [1, 1]
    assert [each.title for each in await _lines(order)] == ["by Post"]


async def test_how_many_rows_there_are_does_not_change_the_statement(market: Market) -> None:
    said: list[str] = []
    for count in (1, 3):
        order = await market.place(*(line(f"Lamp {n}") for n in range(count)))
        done = await cancel(market, order)
        assert done.refund is not None
        rows = await RefundLine.filter(refund_id=done.refund.id)
        assert len(rows) == count
        said.append(insert_all(RefundLine, [dict(row) for row in rows]).sql)

    assert said[0] == said[1]


async def test_nothing_to_write_takes_no_statement(market: Market) -> None:  # noqa: ARG001  (it needs the database)
    async with told() as said:
        assert await together() == []

    assert said == []


async def test_postgres_chains_events_as_whoever_checks_them(market: Market) -> None:
    """L1 of timelines: the hash is made in the statement that appends, and found again in Python."""
    orders = [await market.place() for _ in range(3)]
    strange = 'Gr\u00fc\u00dfe, "quotes", \\ and \u0000'.replace("\u0000", "\u2028")

    async with market.edge.transaction(SYSTEM, 'a "request"') as tx:
        for order in (orders[0], orders[1], orders[0], orders[2], orders[0]):
            tx.now += timedelta(microseconds=1)
            tx.emit(OrderCanceled(order_id=order.id, reason=strange), Role.SYSTEM)
            tx.emit(OrderCompleted(order_id=order.id), Role.SYSTEM)

    chains = await read([order.id for order in orders])
    found: dict[UUID, tuple[int, object]] = {
        order_id: (chain.events, chain.fault) for order_id, chain in chains.items()
    }
    assert found == dict(
        zip([o.id for o in orders], [(8, None), (4, None), (4, None)], strict=True)
    )
    newest = await EventRow.filter(order_id=orders[0].id).order_by("-position").first()
    assert newest is not None
    assert newest.hash == chains[orders[0].id].head
