"""The limit of writing: what orderCancel leaves behind, by bare asyncpg.

One transaction of two statements: the first claims the key and locks the order, the second writes
order, lines, cancellation, refund, ledger, events and outbox. Between them the events are chained by
hash, which Postgres cannot do as ordergraph does it.
"""

import hashlib
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import orjson
from uuid_utils.compat import uuid7

from bench.servers.sql import global_id, money
from ordergraph.infra.chaining import BEGINNING, fingerprint

BEGIN: Final = """
WITH claimed AS (
    INSERT INTO idempotency_keys (id, user_id, key, mutation, fingerprint, created_at)
    VALUES ($3, $2, $4, 'orderCancel', $5, now()))
SELECT now() AS at, head.position, head.hash FROM orders o CROSS JOIN LATERAL (
    SELECT position, hash FROM events WHERE order_id = o.id ORDER BY position DESC LIMIT 1) head
WHERE o.id = $1 AND o.buyer_id = $2 AND o.status = 'PROCESSING' AND now() < o.cancelable_until
FOR NO KEY UPDATE OF o"""

# $1 order, $2 user, $3 cancellation, $4 refund, $5 key; from $6 on the two events, column by column
WRITE: Final = f"""
WITH canceled AS (
    UPDATE orders SET status = 'CANCELED', canceled_at = now(), version = version + 1
    WHERE id = $1 RETURNING *
), decided AS (
    INSERT INTO cancellations (id, order_id, status, version, whole, reason_id, note, requested_by,
        requested_by_id, requested_at, decided_at, decided_by)
    SELECT $3, $1, 'APPROVED', 1, true, id, '', 'BUYER', $2, now(), now(), 'BUYER' FROM reasons
    WHERE context = 'CANCELLATION' AND handle = 'no-longer-needed'
), taken AS (
    UPDATE order_lines SET canceled_quantity = quantity, refunded_minor = paid_minor
    WHERE order_id = $1 RETURNING id, quantity, paid_minor
), of_cancellation AS (
    INSERT INTO cancellation_lines (id, cancellation_id, order_line_id, quantity)
    SELECT uuidv7(), $3, id, quantity FROM taken
), reserved AS (
    UPDATE payments SET refund_reserved_minor = captured_minor WHERE order_id = $1
    RETURNING id, captured_minor
), promised AS (
    INSERT INTO refunds (id, order_id, payment_id, status, version, cause, cause_id, method,
        borne_by, note, currency, amount_minor, shipping_minor, adjustment_minor, created_at, due_at,
        attempts, declines, outcome_unknown, unanswered)
    SELECT $4, $1, reserved.id, 'SCHEDULED', 1, 'CANCELLATION', $3, 'ORIGINAL_PAYMENT',
        'SELLER', '', currency, captured_minor, shipping_minor, 0, now(),
        now() + (policy_numbers->>'refund_delay_s')::int * interval '1 s', 0, 0, false, 0
    FROM canceled, reserved RETURNING status, amount_minor, currency
), of_refund AS (
    INSERT INTO refund_lines (id, refund_id, order_line_id, quantity, amount_minor)
    SELECT uuidv7(), $4, id, quantity, paid_minor FROM taken
), posting AS (SELECT uuidv7() AS id), entered AS (
    INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency,
        amount_minor, refund_id, request_id, at)
    SELECT uuidv7(), posting.id, $1, 'REFUND_PROMISED', line.account,
        CASE line.sign WHEN 1 THEN seller_id END, currency, line.sign * captured_minor, $4, '', now()
    FROM canceled, reserved, posting,
        (VALUES ('SELLER_PAYABLE', 1), ('REFUND_RESERVED', -1)) line(account, sign)
), happened AS (
    INSERT INTO events (id, order_id, position, type, actor_role, actor_id, request_id, occurred_at,
        data, hash)
    SELECT id, $1, position, type, 'BUYER', $2, '', now(), data::jsonb, hash
    FROM unnest($6::uuid[], $7::int[], $8::text[], $9::text[], $10::text[])
        AS event(id, position, type, data, hash)
    RETURNING id
), told AS (INSERT INTO outbox (event_id) SELECT id FROM happened), concluded AS (
    UPDATE idempotency_keys SET result_type = 'OrderCancelSuccess', result_ids = json_build_object(
        'order', 'Order:' || $1, 'cancellation', 'Cancellation:' || $3, 'refund', 'Refund:' || $4)
    WHERE user_id = $2 AND key = $5
)
SELECT row_to_json(answer)::text FROM (SELECT 'OrderCancelSuccess' AS "__typename",
    (SELECT row_to_json(o) FROM (
        SELECT {global_id("Order", "id")} AS id, number, status FROM canceled) o) AS "order",
    (SELECT row_to_json(c) FROM (SELECT 'APPROVED' AS status) c) AS cancellation,
    (SELECT row_to_json(r) FROM (
        SELECT status, {money("amount_minor", "currency")} AS amount FROM promised) r) AS refund
) answer"""


class Line(NamedTuple):
    """An event to be chained."""

    order_id: UUID
    position: int
    type: str
    data: dict[str, str]
    occurred_at: Any
    actor_id: UUID
    actor_role: str = "BUYER"


async def cancel(pool: Any, user: str, order: str) -> str:
    """Cancel all of it and promise the money back; the answer as JSON."""
    order_id, user_id, key = UUID(order), UUID(user), uuid4().hex
    meant = hashlib.sha256(order.encode()).hexdigest()
    cancellation_id, refund_id = uuid7(), uuid7()
    async with pool.acquire() as connection, connection.transaction():
        head = await connection.fetchrow(BEGIN, order_id, user_id, uuid7(), key, meant)
        events = _chained(head, order_id, user_id, refund_id)
        answer: str = await connection.fetchval(
            WRITE, order_id, user_id, cancellation_id, refund_id, key, *events
        )
    return answer


def _chained(head: Any, order_id: UUID, user_id: UUID, refund_id: UUID) -> tuple[list[Any], ...]:
    """The columns of both events."""
    happened = {
        "order.canceled": {"order_id": str(order_id), "reason": "no-longer-needed"},
        "refund.scheduled": {"order_id": str(order_id), "refund_id": str(refund_id)},
    }
    before = head["hash"] or BEGINNING
    rows = []
    for nth, (kind, data) in enumerate(happened.items(), start=1):
        line = Line(order_id, head["position"] + nth, kind, data, head["at"], user_id)
        before = fingerprint(line, before)
        rows.append((uuid7(), line.position, kind, orjson.dumps(data).decode(), before))
    return tuple(list(column) for column in zip(*rows, strict=True))
