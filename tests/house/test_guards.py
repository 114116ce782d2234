"""The constraints bite: SQL that our own code would never send is refused by the database."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from ordergraph.infra.writing import together
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.orders import actions as orders
from ordergraph.orders import queries
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderAction, OrderStatus
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from tests.market import NOON, Market
from tests.scripted import cashier
from tests.states import cancel, fall_due, order_in, refund_in
from tests.watching import snapshot


async def _refused(sql: str, *values: object, by: str) -> None:
    """The database refuses it, by the constraint of that name, and nothing has changed."""
    before = await snapshot()
    with pytest.raises(IntegrityError, match=by):
        await connections.get("default").execute_query(sql, list(values))
    assert await snapshot() == before


async def _copy(table: str, id_: UUID, **changes: Any) -> tuple[str, list[object]]:
    """The statement that writes a row once more, under a new id and with these changes."""
    rows = await connections.get("default").execute_query_dict(
        "SELECT column_name FROM information_schema.columns WHERE table_name = $1", [table]
    )
    columns = [row["column_name"] for row in rows]
    values: dict[str, object] = {"id": uuid7(), **changes}
    chosen = [
        f"${list(values).index(column) + 2}" if column in values else f'"{column}"'
        for column in columns
    ]
    names = ", ".join(f'"{column}"' for column in columns)
    sql = f"INSERT INTO {table} ({names}) SELECT {', '.join(chosen)} FROM {table} WHERE id = $1"
    return sql, [id_, *values.values()]


async def _twice(table: str, id_: UUID, *, by: str, **changes: Any) -> None:
    sql, values = await _copy(table, id_, **changes)
    await _refused(sql, *values, by=by)


@pytest.mark.parametrize(
    "too_much",
    [
        "refund_reserved_minor = captured_minor + 1",
        "refunded_minor = captured_minor + 1",
        "refund_reserved_minor = captured_minor, refunded_minor = 1",
        "refund_reserved_minor = -1",
        "refunded_minor = -1",
        "captured_minor = 0, refunded_minor = 1",
    ],
)
async def test_no_more_goes_back_than_was_captured(market: Market, too_much: str) -> None:
    """M2."""
    order = await market.place()

    await _refused(
        f"UPDATE payments SET {too_much} WHERE order_id = $1",
        order.id,
        by="payments_never_more_back",
    )


async def test_a_cause_leads_to_one_refund(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)

    await _twice("refunds", refund.id, by="uid_refunds|unique|refunds_cause")


async def test_an_order_has_one_payment(market: Market) -> None:
    order = await market.place()
    rows = await connections.get("default").execute_query_dict(
        "SELECT id FROM payments WHERE order_id = $1", [order.id]
    )

    await _twice("payments", rows[0]["id"], by="payments_one_per_order")


async def test_an_order_is_canceled_as_a_whole_once(market: Market) -> None:
    done = await cancel(market, await market.place())

    await _twice("cancellations", done.cancellation.id, by="cancellations_one_whole")


async def test_an_order_has_one_open_request_to_cancel(market: Market) -> None:
    order = await market.place()
    lines = await OrderLine.filter(order_id=order.id)
    done = await cancel(market, order, lines={lines[0].id: 1})
    opened = {"status": "REQUESTED", "decided_at": None, "response_due_at": NOON}
    sql, values = await _copy("cancellations", done.cancellation.id, **opened)
    await connections.get("default").execute_query(sql, values)

    await _twice("cancellations", done.cancellation.id, by="cancellations_one_open", **opened)


@pytest.mark.parametrize(
    ("impossible", "constraint"),
    [
        ("status = 'REQUESTED', response_due_at = now()", "cancellations_decided"),
        ("decided_at = NULL", "cancellations_decided"),
        ("status = 'REJECTED'", "cancellations_clock"),
        ("status = 'LOST'", "cancellations_status_known|cancellations_"),
        ("answer = 'No.'", "cancellations_answer"),
    ],
)
async def test_a_cancellation_is_what_its_state_says(
    market: Market, impossible: str, constraint: str
) -> None:
    done = await cancel(market, await market.place())

    await _refused(
        f"UPDATE cancellations SET {impossible} WHERE id = $1",
        done.cancellation.id,
        by=constraint,
    )


async def test_no_order_moves_on_and_leaves_an_open_request_behind(market: Market) -> None:
    """It is judged when the transaction ends, so that order and request may change in any sequence."""
    order = await market.place()
    lines = await OrderLine.filter(order_id=order.id)
    done = await cancel(market, order, lines={lines[0].id: 1})
    sql, values = await _copy(
        "cancellations",
        done.cancellation.id,
        status="REQUESTED",
        decided_at=None,
        response_due_at=NOON,
    )
    await connections.get("default").execute_query(sql, values)
    before = await snapshot()

    async def forgetful() -> None:
        async with market.edge.transaction(SYSTEM) as tx:
            held, _ = await queries.lock(tx, order.id)
            await together(orders.canceled(tx, held, OrderAction.SHIP_TIMEOUT, Role.SYSTEM))

    with pytest.raises(asyncpg.RestrictViolationError, match="none_left_behind"):
        await forgetful()

    assert await snapshot() == before


OPEN_DISPUTE = """
INSERT INTO disputes (id, order_id, status, stage, version, reason_id, description, asked, currency,
                      requested_minor, message_count, opened_at)
SELECT gen_random_uuid(), $1, 'AWAITING_SELLER', 'NEGOTIATION', 1, id, 'Broken.', 'REFUND_ONLY',
       'EUR', 100, 0, now()
FROM reasons WHERE context = 'DISPUTE' AND handle = 'defective'"""


async def test_an_order_has_one_open_dispute(market: Market) -> None:
    order = await order_in(market, OrderStatus.DELIVERED)
    await connections.get("default").execute_query(OPEN_DISPUTE, [order.id])

    await _refused(OPEN_DISPUTE, order.id, by="disputes_one_open")


async def test_a_refund_has_one_attempt_in_flight(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    await fall_due(market, refund)
    teller, _ = cashier(market, "cut")
    await teller.send(refund.id)
    rows = await connections.get("default").execute_query_dict(
        "UPDATE refund_attempts SET finished_at = NULL WHERE refund_id = $1 RETURNING id",
        [refund.id],
    )

    await _twice("refund_attempts", rows[0]["id"], number=2, by="refund_attempts_one_in_flight")


@pytest.mark.parametrize(
    ("status", "impossible", "constraint"),
    [
        (OrderStatus.SHIPPED, "canceled_at = now()", "orders_canceled"),
        (OrderStatus.CANCELED, "shipped_at = now()", "orders_canceled_not_shipped|orders_shipped"),
        (OrderStatus.SHIPPED, "status = 'CANCELED'", "orders_"),
        (OrderStatus.CANCELED, "status = 'SHIPPED'", "orders_"),
        (OrderStatus.PROCESSING, "status = 'SHIPPED'", "orders_shipped_at"),
        (OrderStatus.PROCESSING, "status = 'LOST'", "orders_status_known"),
        (OrderStatus.PROCESSING, "cancelable_until = NULL", "orders_window"),
        (OrderStatus.PROCESSING, "total_minor = 0", "orders_total_positive"),
        (OrderStatus.PROCESSING, "shipping_minor = total_minor + 1", "orders_total_positive"),
        (OrderStatus.PROCESSING, "buyer_id = seller_id", "orders_two_parties"),
    ],
)
async def test_an_order_is_never_in_two_states(
    market: Market, status: OrderStatus, impossible: str, constraint: str
) -> None:
    order = await order_in(market, status)

    await _refused(
        f"UPDATE orders SET {impossible} WHERE id = $1",
        order.id,
        by=constraint,
    )


@pytest.mark.parametrize(
    ("impossible", "constraint"),
    [
        ("canceled_quantity = quantity + 1", "order_lines_quantities"),
        ("returned_quantity = quantity, canceled_quantity = 1", "order_lines_quantities"),
        ("canceled_quantity = -1", "order_lines_quantities"),
        ("quantity = 0", "order_lines_quantities"),
        ("refunded_minor = paid_minor + 1", "order_lines_refunded"),
        ("refunded_minor = -1", "order_lines_refunded"),
        ("discount_minor = -1", "order_lines_amounts"),
    ],
)
async def test_a_line_gives_back_no_more_than_it_has(
    market: Market, impossible: str, constraint: str
) -> None:
    order = await market.place()

    await _refused(
        f"UPDATE order_lines SET {impossible} WHERE order_id = $1",
        order.id,
        by=constraint,
    )


@pytest.mark.parametrize(
    ("status", "impossible", "constraint"),
    [
        (RefundStatus.SCHEDULED, "status = 'SUCCEEDED'", "refunds_settled"),
        (RefundStatus.SCHEDULED, "settled_at = now()", "refunds_settled"),
        (RefundStatus.SUCCEEDED, "settled_at = NULL", "refunds_settled"),
        (RefundStatus.PROCESSING, "next_attempt_at = NULL", "refunds_next_attempt"),
        (RefundStatus.SCHEDULED, "status = 'PROCESSING'", "refunds_next_attempt"),
        (RefundStatus.SCHEDULED, "status = 'GONE'", "refunds_status_known|refunds_"),
        (RefundStatus.SCHEDULED, "amount_minor = 0", "refunds_amount_positive"),
    ],
)
async def test_a_refund_is_what_its_state_says(
    market: Market, status: RefundStatus, impossible: str, constraint: str
) -> None:
    refund = await refund_in(market, status)

    await _refused(
        f"UPDATE refunds SET {impossible} WHERE id = $1",
        refund.id,
        by=constraint,
    )


@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "book", ["events", "sandbox_journal", "messages", "read_marks", "policies"]
)
async def test_the_books_are_only_ever_added_to(market: Market, book: str, change: str) -> None:
    """L2."""
    order = await order_in(market, OrderStatus.DELIVERED)
    await _one_line_in_each_book(order)

    await _refused(change.format(book), by=f"{book} is append-only")


async def _one_line_in_each_book(order: Order) -> None:
    connection = connections.get("default")
    await connection.execute_query(OPEN_DISPUTE, [order.id])
    await connection.execute_script("""
        INSERT INTO messages (id, dispute_id, position, author_role, body, sent_at)
        SELECT gen_random_uuid(), id, 1, 'BUYER', 'Hello.', now() FROM disputes;
        INSERT INTO read_marks (id, dispute_id, user_id, position, read_at)
        SELECT gen_random_uuid(), id, gen_random_uuid(), 1, now() FROM disputes;
        INSERT INTO policies (id, version, numbers, published_at)
        VALUES (gen_random_uuid(), 1, '{}', now());
    """)


async def test_no_event_takes_anothers_place_in_a_timeline(market: Market) -> None:
    """S4: gapless per order, so two writers can never write one position."""
    order = await market.place()
    rows = await connections.get("default").execute_query_dict(
        "SELECT id FROM events WHERE order_id = $1 AND position = 1", [order.id]
    )

    await _twice("events", rows[0]["id"], by="events")


async def test_the_test_clock_has_one_hand_and_it_does_not_turn_back(market: Market) -> None:  # noqa: ARG001  (it needs the database)
    insert = "INSERT INTO test_clock (id, ahead) VALUES ($1, $2::text::interval)"

    await _refused(insert, 2, "1 hour", by="test_clock_forward")
    await _refused(insert, 1, "-1 hour", by="test_clock_forward")


async def test_what_hangs_on_an_order_keeps_it(market: Market) -> None:
    order = await market.place()

    await _refused("DELETE FROM orders WHERE id = $1", order.id, by="orders")
    assert await Refund.all().count() == 0
