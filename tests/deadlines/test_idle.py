"""Looking for what is due costs what is due, and not what waits: each look walks along one partial index."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import pytest
from structlog.testing import capture_logs
from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph.deadlines import DEADLINES, ERRANDS, named_errand
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.database import Edge
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.process import RefundStatus
from ordergraph.sweeping import sweep
from tests.appeals.bench import appealed, ruled
from tests.cancellations.late import C, request_in
from tests.disputes.court import disputed
from tests.market import ADA, NOON, Market
from tests.states import order_in, refund_in
from tests.watching import explained, statements, steps

WAITING: Final = 10_000
FEW_BLOCKS: Final = 8
"""The way down an index, and a look at what rests."""
ALL: Final = (*DEADLINES, *ERRANDS)

LATER: Final = "'cause_id', gen_random_uuid(), 'status', '{}', '{}', row.given->'due_at'"
HELD: Final = LATER.format("ON_HOLD", "hold_until")
STUCK: Final = LATER.format("REQUIRES_ACTION", "action_due_at")
# fmt: off
COPIED: Final = (
    # table           such a row           what each of its copies has for itself
    ("orders",        "PROCESSING",        "'number', left(md5(n::text), 16)"),
    ("refunds",       "SCHEDULED",         "'cause_id', gen_random_uuid()"),
    ("refunds",       "SCHEDULED",         HELD),
    ("refunds",       "SCHEDULED",         STUCK),
    ("disputes",      "AWAITING_SELLER",   "'order_id', gen_random_uuid()"),
    ("cancellations", "REQUESTED",         "'order_id', gen_random_uuid()"),
    ("appeals",       "UNDER_REVIEW",      "'order_id', gen_random_uuid(), 'dispute_id', gen_random_uuid()"),
)
ENDED: Final = (
    ("orders",        "EXPIRED",           "'number', left(md5(n::text), 16)"),
    ("orders",        "EXPIRED",           "'number', left(md5('g' || n), 16), 'payment_look_at', NULL"),
)
# fmt: on
FILL: Final = """
INSERT INTO {table} SELECT made.* FROM generate_series(1, {count}) AS n,
LATERAL (SELECT to_jsonb(one) AS given FROM {table} AS one WHERE status = '{status}' LIMIT 1) AS row,
jsonb_populate_record(NULL::{table}, row.given
    || jsonb_build_object('n', n, 'id', gen_random_uuid(), {own})) AS made;
ANALYZE {table}"""


OPENED: Final = """
INSERT INTO open_windows SELECT id, cancelable_until FROM orders WHERE status = 'PROCESSING'
ON CONFLICT DO NOTHING;
ANALYZE open_windows"""
REMINDED: Final = """
INSERT INTO reminders SELECT id, id, 'SHIP_BY', paid_at, ship_by_at, ship_by_at FROM orders
WHERE status = 'PROCESSING' ON CONFLICT DO NOTHING;
ANALYZE reminders"""


async def _fill(copied: Sequence[tuple[str, str, str]]) -> None:
    """Copy a row of each that waits, in this transaction."""
    connection = connections.get("default")
    await connection.execute_script(
        "SET LOCAL session_replication_role = replica"
    )  # no foreign keys
    for table, status, own in copied:
        await connection.execute_script(
            FILL.format(table=table, count=WAITING, status=status, own=own)
        )


async def test_however_much_waits_a_look_reads_a_few_blocks_of_one_index(market: Market) -> None:
    await market.place()
    await refund_in(market, RefundStatus.SCHEDULED)
    await appealed(market, ADA, await ruled(market, 500), 1000)
    await disputed(market)
    await request_in(market, C.REQUESTED)
    dear = {}

    async with in_transaction() as transaction:
        await _fill(COPIED)
        await connections.get("default").execute_script(OPENED)
        await connections.get("default").execute_script(REMINDED)
        for due in ALL:
            plan = await explained(partial(due.find, NOON, 100))
            if _is_dear(plan, due.waiting().model._meta.db_table):
                dear[due.name] = plan
        await transaction.rollback()

    assert dear == {}


def _is_dear(plan: dict[str, Any], table: str) -> bool:
    scans = [n["Node Type"] for n in steps(plan) if n.get("Relation Name") == table]
    sorts = [n for n in steps(plan) if "Sort" in n["Node Type"]]
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return bool(sorts) or blocks > FEW_BLOCKS or not all("Index" in scan for scan in scans)


async def test_orders_that_ended_unpaid_cost_nothing_until_their_next_look(market: Market) -> None:
    """Neither those that wait for it, nor those that were given up."""
    order = await order_in(market, OrderStatus.EXPIRED)
    look = named_errand("order.ended_unpaid")

    async with in_transaction() as transaction:
        await _fill(ENDED)
        idle = await explained(partial(look.find, market.clock.at, 100))
        await Order.filter(id=order.id).update(payment_look_at=NOON)
        found = await look.find(market.clock.at, 100)
        await transaction.rollback()

    assert not _is_dear(idle, "orders")
    assert found == [order.id]


@pytest.mark.parametrize("deadline", DEADLINES, ids=lambda deadline: str(deadline.name))
async def test_where_nothing_is_due_there_is_no_transaction(clean: str, deadline: Any) -> None:  # noqa: ARG001  (it needs the database)
    with statements() as seen, capture_logs() as logs:
        assert await sweep(Edge(DatabaseClock()), deadline) == 0

    assert len(seen) == 2, seen
    assert logs == []
