"""Taking the right to send refunds: committed before anything is sent, and over by itself."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import origins
from ordergraph.infra.rows import changed_many
from ordergraph.infra.writing import Write, together
from ordergraph.payments.gateways.protocol import RefundOrder
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries
from ordergraph.refunds.models import AttemptOutcome, Refund
from ordergraph.refunds.process import RefundMethod, RefundStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one refund until the lease is over.

    `gateway`: who has the payment. `otherwise_minor`: what of the payment went back, or is to go back,
    by other ways than this gateway. `request_id`: on whose behalf it is sent.
    """

    attempt_id: UUID
    refund_id: UUID
    method: RefundMethod
    gateway: str
    order: RefundOrder
    otherwise_minor: int
    look_first: bool
    request_id: str


async def claim_attempts(tx: Tx, refund_ids: Sequence[UUID], lease: timedelta) -> list[Claim]:
    """Take the right to send, and commit it before anything is sent.

    What is not due for an attempt, or held by somebody else just now, is left alone.
    """
    held = await queries.claim_many(refund_ids)
    due = {refund: payment for refund, payment in held if _is_due(refund, tx.now)}
    if not due:
        return []
    left_over = await _close_left_over(tx, [refund.id for refund in due])
    for refund in due:
        may_be_there = refund.id in left_over or refund.status is RefundStatus.PENDING
        refund.outcome_unknown = refund.outcome_unknown or may_be_there
        refund.claim, refund.attempts = uuid7(), refund.attempts + 1
        refund.next_attempt_at = tx.now + lease
    changes = ("claim", "attempts", "outcome_unknown", "next_attempt_at")
    await together(_attempts(tx, list(due)), changed_many(list(due), *changes))
    return await _claims(due)


def _is_due(refund: Refund, now: datetime) -> bool:
    return refund.next_attempt_at is not None and refund.next_attempt_at <= now


START: Final = """
INSERT INTO refund_attempts (id, refund_id, number, idempotency_key, outcome, started_at)
SELECT *, $5::text, $6::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[])"""


def _attempts(tx: Tx, refunds: Sequence[Refund]) -> Write:
    return Write("refund_attempts", START, [
        [refund.claim for refund in refunds],
        [refund.id for refund in refunds],
        [refund.attempts for refund in refunds],
        [refund.idempotency_key for refund in refunds],
        AttemptOutcome.STARTED,
        tx.now,
    ])  # fmt: skip


LEFT_OVER: Final = """
UPDATE refund_attempts SET outcome = $3, finished_at = $2, problem = 'left unfinished'
WHERE refund_id = ANY($1) AND finished_at IS NULL RETURNING refund_id"""


async def _close_left_over(tx: Tx, refund_ids: Collection[UUID]) -> set[UUID]:
    """What is due again and was never finished belonged to a worker that is gone, or frozen."""
    rows = await connections.get("default").execute_query_dict(
        LEFT_OVER, [list(refund_ids), tx.now, AttemptOutcome.UNKNOWN]
    )
    return {row["refund_id"] for row in rows}


async def _claims(claimed: Mapping[Refund, Payment]) -> list[Claim]:
    asked = await origins([(refund.order_id, refund.id) for refund in claimed])
    otherwise = await _otherwise(claimed)
    return [
        Claim(
            attempt_id=refund.claim,
            refund_id=refund.id,
            method=refund.method,
            gateway=payment.gateway,
            order=_order(refund, payment),
            otherwise_minor=otherwise.get(refund.id, 0),
            look_first=refund.outcome_unknown,
            request_id=asked.get(refund.id, ""),
        )
        for refund, payment in claimed.items()
        if refund.claim is not None
    ]


async def _otherwise(refunds: Collection[Refund]) -> dict[UUID, int]:
    """For each that becomes credit, what else of its order goes back past the gateway, in minor units."""
    credits_ = [refund for refund in refunds if refund.method is RefundMethod.STORE_CREDIT]
    if not credits_:
        return {}
    others = await queries.of_orders({refund.order_id for refund in credits_})
    return {
        refund.id: sum(
            other.amount_minor
            for other in others[refund.order_id]
            if other.id != refund.id and _goes_past_the_gateway(other)
        )
        for refund in credits_
    }


def _goes_past_the_gateway(refund: Refund) -> bool:
    """Whether its money is given, or being given, by another way than the payment's."""
    on_its_way = refund.status in {RefundStatus.PROCESSING, RefundStatus.SUCCEEDED}
    return on_its_way and refund.method is not RefundMethod.ORIGINAL_PAYMENT


def _order(refund: Refund, payment: Payment) -> RefundOrder:
    """What the gateway is told, or asked about."""
    assert payment.gateway_reference is not None, "only what was captured is given back"
    return RefundOrder(
        reference=refund.id,
        payment_reference=payment.id,
        payment_gateway_reference=payment.gateway_reference,
        amount=refund.amount,
        idempotency_key=refund.idempotency_key,
    )
