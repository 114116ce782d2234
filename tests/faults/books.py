"""Reading what is written, past ordergraph, and whether all of it agrees."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from strawberry import relay

from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.infra.outbox import EventRow

UNSETTLED = """
SELECT (SELECT count(*) FROM orders WHERE status = 'PENDING_PAYMENT')
     + (SELECT count(*) FROM refunds WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED'))
     + (SELECT count(*) FROM outbox)"""

# Each finds what must not be there: OURS looks at our own books only, JOURNAL at the gateway's too.
# fmt: off
OURS = {
    "a payment's columns differ from its refunds": """
        SELECT p.id FROM payments p
        LEFT JOIN LATERAL (SELECT
            coalesce(sum(amount_minor) FILTER (WHERE status = 'SUCCEEDED'), 0) AS paid,
            coalesce(sum(amount_minor) FILTER (
                WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED')), 0) AS open
            FROM refunds WHERE payment_id = p.id) r ON true
        WHERE (p.refunded_minor, p.refund_reserved_minor) IS DISTINCT FROM (r.paid, r.open)""",
    "a refund succeeded and was not entered once": """
        SELECT r.id FROM refunds r WHERE (r.status = 'SUCCEEDED')::int <> (
            SELECT count(*) FROM ledger_entries e WHERE e.refund_id = r.id
            AND e.account IN ('REFUNDED', 'STORE_CREDIT') AND e.amount_minor = -r.amount_minor)""",
    "a canceled order that was paid has not exactly its whole price promised back": """
        SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id
        LEFT JOIN LATERAL (SELECT
            coalesce(sum(amount_minor) FILTER (WHERE status NOT IN ('FAILED', 'CANCELED')), 0) AS back,
            coalesce(bool_or(status IN ('FAILED', 'CANCELED')), false) AS called_off
            FROM refunds WHERE order_id = o.id) r ON true
        WHERE o.status IN ('CANCELED', 'EXPIRED') AND NOT r.called_off AND p.captured_minor <> r.back""",
    "a refund succeeded without one confirmed attempt and one event": """
        SELECT r.id FROM refunds r WHERE r.status = 'SUCCEEDED' AND (
            (SELECT count(*) FROM refund_attempts a WHERE a.refund_id = r.id
                AND a.outcome = 'SUCCEEDED') <> 1
         OR (SELECT count(*) FROM events e WHERE e.order_id = r.order_id
                AND e.type = 'refund.succeeded' AND e.data->>'refund_id' = r.id::text) <> 1)""",
    "attempts are not numbered without gaps, or are more than one in flight": """
        SELECT refund_id FROM refund_attempts GROUP BY refund_id
        HAVING count(*) <> max(number) OR count(*) FILTER (WHERE finished_at IS NULL) > 1""",
    "a payment's columns differ from the ledger": """
        SELECT p.id FROM payments p LEFT JOIN LATERAL (SELECT
            coalesce(sum(amount_minor) FILTER (WHERE account = 'CAPTURED'), 0) AS captured,
            coalesce(-sum(amount_minor) FILTER (WHERE account = 'REFUND_RESERVED'), 0) AS reserved,
            coalesce(-sum(amount_minor) FILTER (
                WHERE account IN ('REFUNDED', 'STORE_CREDIT')), 0) AS refunded,
            coalesce(-sum(amount_minor) FILTER (WHERE account = 'PAID_OUT'), 0) AS paid_out
            FROM ledger_entries e WHERE e.order_id = p.order_id) l ON true
        WHERE (p.captured_minor, p.refund_reserved_minor, p.refunded_minor, p.paid_out_minor)
            IS DISTINCT FROM (l.captured, l.reserved, l.refunded, l.paid_out)""",
    "a posting of the ledger does not sum to zero": """
        SELECT posting_id FROM ledger_entries GROUP BY posting_id HAVING sum(amount_minor) <> 0""",
    "the seller of a complete order was not paid out, or paid out before": """
        SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE o.status <> 'COMPLETED' AND p.paid_out_minor <> 0
           OR o.status = 'COMPLETED' AND p.paid_out_minor <> greatest(0, p.captured_minor
              + p.platform_cost_minor - p.return_cost_minor - p.refund_reserved_minor - p.refunded_minor)""",
    "a return that was sent was not paid for once": """
        SELECT d.id FROM disputes d WHERE (SELECT coalesce(-sum(e.amount_minor), 0) FROM ledger_entries e
                WHERE e.dispute_id = d.id AND e.account = 'RETURN_SHIPPING')
            <> CASE WHEN d.status = 'RESOLVED' AND d.return_shipped_at IS NOT NULL
                    THEN coalesce(d.return_cost_minor, 0) ELSE 0 END""",
    "an attempt is in flight at a refund that is over": """
        SELECT r.id FROM refunds r JOIN refund_attempts a ON a.refund_id = r.id
        WHERE a.finished_at IS NULL AND r.status IN ('SUCCEEDED', 'FAILED', 'CANCELED')""",
    "a refund is not the sum of its parts": """
        SELECT r.id FROM refunds r WHERE r.amount_minor <> r.shipping_minor + r.adjustment_minor
            + (SELECT coalesce(sum(amount_minor), 0) FROM refund_lines WHERE refund_id = r.id)""",
    "a line was given back otherwise than its refunds say": """
        SELECT l.id FROM order_lines l WHERE l.refunded_minor <> (
            SELECT coalesce(sum(x.amount_minor), 0) FROM refund_lines x
            JOIN refunds r ON r.id = x.refund_id
            WHERE x.order_line_id = l.id AND r.status NOT IN ('FAILED', 'CANCELED'))""",
    "a key was committed without its result": """
        SELECT id FROM idempotency_keys
        WHERE result_type IS NULL OR result_ids IS NULL OR result_type NOT LIKE '%Success'""",
    "a key names an order that is not there": """
        SELECT k.id FROM idempotency_keys k WHERE k.result_ids->>'order' IS NOT NULL
        AND NOT EXISTS (SELECT FROM orders o WHERE 'Order:' || o.id = k.result_ids->>'order')""",
}
GIVEN = """(SELECT reference, payment_reference, currency,
        sum(CASE kind WHEN 'REFUND' THEN amount_minor ELSE -amount_minor END) AS minor,
        count(*) FILTER (WHERE kind = 'REFUND') - count(*) FILTER (WHERE kind = 'FAILED') AS times
    FROM sandbox_journal WHERE kind IN ('REFUND', 'FAILED')
    GROUP BY reference, payment_reference, currency)"""
"""What the gateway gave back for each refund; what failed later has a line that takes it back."""
JOURNAL = {
    "a payment's columns differ from the gateway's journal": f"""
        SELECT p.id FROM payments p
        LEFT JOIN LATERAL (SELECT coalesce(sum(minor), 0) AS back
            FROM {GIVEN} g WHERE g.payment_reference = p.id) j ON true
        LEFT JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS captured
            FROM sandbox_journal WHERE kind = 'CAPTURE' AND payment_reference = p.id) c ON true
        LEFT JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS otherwise FROM refunds
            WHERE payment_id = p.id AND status = 'SUCCEEDED' AND method <> 'ORIGINAL_PAYMENT') r ON true
        WHERE (p.refunded_minor - r.otherwise, p.captured_minor)
              IS DISTINCT FROM (j.back, c.captured)""",
    "the gateway paid something that no succeeded refund is": f"""
        SELECT j.reference FROM {GIVEN} j LEFT JOIN refunds r ON r.id = j.reference
        WHERE j.times > 0 AND (r.status, r.amount_minor, r.currency, r.payment_id)
              IS DISTINCT FROM ('SUCCEEDED', j.minor, j.currency, j.payment_reference)""",
    "a refund is twice in the journal": f"SELECT reference FROM {GIVEN} j WHERE times > 1",
    "a refund succeeded that is not in the journal": f"""
        SELECT r.id FROM refunds r LEFT JOIN {GIVEN} j ON j.reference = r.id AND j.times = 1
        WHERE r.status = 'SUCCEEDED' AND r.method = 'ORIGINAL_PAYMENT' AND j.reference IS NULL""",
}
CANCELED = {
    "a paid order was canceled without a refund": """
        SELECT c.order_id FROM cancellations c JOIN orders o ON o.id = c.order_id
        WHERE c.status = 'APPROVED' AND o.paid_at IS NOT NULL AND o.total_minor > 0
        AND NOT EXISTS (SELECT FROM refunds r WHERE r.cause_id = c.id)""",
}
WRONG = OURS | JOURNAL | CANCELED
# fmt: on


class Books:
    """Looks over one connection, and over another where the server was away since the last look."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._url)
            rows: list[asyncpg.Record] = await self._connection.fetch(query, *values)
            return rows

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()

    async def one(self, query: str, *values: object) -> Any:
        """The only value of the only row."""
        ((value,),) = await self.fetch(query, *values)
        return value

    async def execute(self, statement: str, *values: object) -> None:
        await self.fetch(statement, *values)

    async def paid_back(self) -> int:
        """How many refunds the gateway has in its journal."""
        count: int = await self.one("SELECT count(*) FROM sandbox_journal WHERE kind = 'REFUND'")
        return count

    async def refunds(self, status: str) -> int:
        """How many refunds have this status."""
        count: int = await self.one("SELECT count(*) FROM refunds WHERE status = $1", status)
        return count

    async def succeeded(self, refunds: Sequence[str]) -> int:
        """How many of these refunds, named as clients name them, have succeeded."""
        ids = [UUID(relay.from_base64(refund)[1]) for refund in refunds]
        query = "SELECT count(*) FROM refunds WHERE id = ANY($1) AND status = 'SUCCEEDED'"
        count: int = await self.one(query, ids)
        return count

    async def attempts(self) -> list[tuple[str, bool]]:
        """How each attempt ended, in order, and whether it has ended."""
        rows = await self.fetch(
            "SELECT outcome, finished_at IS NOT NULL FROM refund_attempts ORDER BY number, id"
        )
        return [(outcome, is_over) for outcome, is_over in rows]

    async def are_settled(self) -> bool:
        return bool(await self.one(UNSETTLED) == 0)


async def assert_books_balance(books: Books) -> None:
    """Whatever happened: every amount agrees with every other, and every timeline is whole."""
    for what, query in WRONG.items():
        rows = await books.fetch(query)
        assert not rows, f"{what}: {rows[:3]}"
    before: dict[object, tuple[int, str]] = {}
    for record in await books.fetch("SELECT * FROM events ORDER BY order_id, position"):
        row = EventRow(**dict(record) | {"data": json.loads(record["data"])})
        position, head = before.get(row.order_id, (0, BEGINNING))
        assert row.position == position + 1, f"the timeline of {row.order_id} has a gap"
        assert row.hash == fingerprint(row, head), f"the timeline of {row.order_id} was changed"
        before[row.order_id] = (row.position, row.hash)
    orders = await books.one("SELECT count(*) FROM orders")
    assert len(before) == orders, "every order has a timeline"
