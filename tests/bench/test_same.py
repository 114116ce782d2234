"""The same statements by bare asyncpg: as long as they are the same, they say what ordergraph costs."""

import re
from typing import Any

import orjson

from bench.contenders import document
from bench.market import connected
from bench.servers.same import Canceling
from bench.workloads import C
from ordergraph.infra.idempotency import CLAIM
from ordergraph.infra.timelines import Chain, Fault, Line
from ordergraph.orders.models import Order
from tests.market import ADA, Market, gid, line
from tests.watching import told

AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STOPPED = """
CREATE OR REPLACE FUNCTION ordergraph_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT '{at}'::timestamptz $$"""

OF_REFUND = "refund_id IN (SELECT id FROM refunds WHERE order_id = $1)"
OF_CANCELLATION = "cancellation_id IN (SELECT id FROM cancellations WHERE order_id = $1)"
TOLD = "(SELECT order_id, position, type FROM outbox JOIN events e ON e.id = event_id)"
LEFT = (
    "orders x WHERE id = $1",
    "order_lines x WHERE order_id = $1 ORDER BY id",
    "payments x WHERE order_id = $1",
    "refunds x WHERE order_id = $1",
    f"refund_lines x WHERE {OF_REFUND} ORDER BY order_line_id",
    "cancellations x WHERE order_id = $1",
    f"cancellation_lines x WHERE {OF_CANCELLATION} ORDER BY order_line_id",
    "reasons x WHERE id IN (SELECT reason_id FROM cancellations WHERE order_id = $1)",
    "ledger_entries x WHERE order_id = $1 ORDER BY at, kind, account",
    "events x WHERE order_id = $1 ORDER BY position",
    f"{TOLD} x WHERE order_id = $1 ORDER BY position",
    "idempotency_keys x WHERE result_ids->>'order' = 'Order:' || $1::uuid",
)
DIFFERENT = ["key", "fingerprint", "request_id", "hash"]
"""As each client or server likes, or made of ids."""


async def test_it_sends_order_cancels_statements_and_leaves_the_same(
    market: Market, database: str
) -> None:
    order = await market.place(line("Lamp"), line("Shade", quantity=1, price="5.05"))
    canceling = Canceling()

    async with connected(database) as connection:
        answer, theirs = await _undone(connection, canceling, order, market)
        before = await _left(connection, order)
        async with told() as said:
            data = await market.ask(ADA, document(C), id=gid("Order", order.id))
        ours = await _left(connection, order)

    statements = [" ".join(each.split()) for each in (CLAIM, canceling.hold, canceling.write)]
    assert said[1:-1] == statements
    assert data["orderCancel"]["__typename"] == "OrderCancelSuccess"
    assert answer == data["orderCancel"]
    assert all(ours[table] != before[table] for table in LEFT)
    assert ours["broken"] is None
    assert theirs == ours


async def _undone(
    connection: Any, canceling: Canceling, order: Order, market: Market
) -> tuple[Any, dict[str, Any]]:
    """What it answers and leaves at the market's moment, before it is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(STOPPED.format(at=market.clock.at.isoformat()))
    answer = await canceling.cancel(connection, str(order.buyer_id), str(order.id))
    left = await _left(connection, order)
    await transaction.rollback()
    return orjson.loads(answer), left


async def _left(connection: Any, order: Order) -> dict[str, Any]:
    """All rows as JSON. Ids are numbered as they appear: which is which is compared, not how they read."""
    seen: dict[str, str] = {}
    left: dict[str, Any] = {"broken": await _broken(connection, order)}
    for table in LEFT:
        rows = await connection.fetch(
            f"SELECT (to_jsonb(x) - $2::text[])::text FROM {table}", order.id, DIFFERENT
        )
        left[table] = [
            AN_ID.sub(lambda found: seen.setdefault(found[0], f"{len(seen)}"), row)
            for (row,) in rows
        ]
    return left


async def _broken(connection: Any, order: Order) -> Fault | None:
    chain = Chain()
    columns = ", ".join(Line._fields)
    events = f"SELECT {columns} FROM events WHERE order_id = $1 ORDER BY position"
    for row in await connection.fetch(events, order.id):
        chain.add(Line(**{**row, "data": orjson.loads(row["data"])}))
    return chain.fault
