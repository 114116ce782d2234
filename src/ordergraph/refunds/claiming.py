"""Taking the right to send refunds: committed before anything is sent, and over by itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.many import store
from ordergraph.infra.outbox import origins
from ordergraph.payments.gateways.protocol import RefundOrder
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.process import RefundMethod, RefundStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one refund until the lease is over; `order` is None where nobody is asked.

    `request_id`: on whose behalf it is sent.
    """

    attempt_id: UUID
    refund_id: UUID
    order_id: UUID
    order: RefundOrder | None
    look_first: bool
    request_id: str


async def claim_attempts(tx: Tx, refund_ids: Sequence[UUID], lease: timedelta) -> list[Claim]:
    """Take the right to send, and commit it before anything is sent.

    What is not due for an attempt, or held by somebody else just now, is left alone.
    """
    refunds = await queries.claim_many(refund_ids)
    refunds = [r for r in refunds if r.next_attempt_at is not None and r.next_attempt_at <= tx.now]
    if not refunds:
        return []
    left_over = await _close_left_over(tx, [refund.id for refund in refunds])
    attempts = [_attempt(tx, refund) for refund in refunds]
    await RefundAttempt.bulk_create(attempts)
    for refund, attempt in zip(refunds, attempts, strict=True):
        may_be_there = refund.id in left_over or refund.status is RefundStatus.PENDING
        refund.outcome_unknown = refund.outcome_unknown or may_be_there
        refund.claim, refund.attempts = attempt.id, attempt.number
        refund.next_attempt_at = tx.now + lease
    await store(refunds, "claim", "attempts", "outcome_unknown", "next_attempt_at")
    return await _claims(refunds)


def _attempt(tx: Tx, refund: Refund) -> RefundAttempt:
    return RefundAttempt(
        id=uuid7(),
        refund_id=refund.id,
        number=refund.attempts + 1,
        idempotency_key=refund.idempotency_key,
        outcome=AttemptOutcome.STARTED,
        started_at=tx.now,
    )


LEFT_OVER: Final = """
UPDATE refund_attempts SET outcome = $3, finished_at = $2, problem = 'left unfinished'
WHERE refund_id = ANY($1) AND finished_at IS NULL RETURNING refund_id"""


async def _close_left_over(tx: Tx, refund_ids: Collection[UUID]) -> set[UUID]:
    """What is due again and was never finished belonged to a worker that is gone, or frozen."""
    rows = await connections.get("default").execute_query_dict(
        LEFT_OVER, [list(refund_ids), tx.now, AttemptOutcome.UNKNOWN]
    )
    return {row["refund_id"] for row in rows}


async def _claims(refunds: Sequence[Refund]) -> list[Claim]:
    payments = await Payment.in_bulk({refund.payment_id for refund in refunds}, "id")
    asked = await origins([(refund.order_id, refund.id) for refund in refunds])
    return [
        Claim(
            attempt_id=refund.claim,
            refund_id=refund.id,
            order_id=refund.order_id,
            order=_order(refund, payments[refund.payment_id]),
            look_first=refund.outcome_unknown,
            request_id=asked.get(refund.id, ""),
        )
        for refund in refunds
        if refund.claim is not None
    ]


def _order(refund: Refund, payment: Payment) -> RefundOrder | None:
    """What the gateway is told, if the money goes back that way."""
    if refund.method is not RefundMethod.ORIGINAL_PAYMENT:
        return None
    assert payment.gateway_reference is not None, "only what was captured is given back"
    return RefundOrder(
        reference=refund.id,
        payment_reference=payment.id,
        payment_gateway_reference=payment.gateway_reference,
        amount=refund.amount,
        idempotency_key=refund.idempotency_key,
    )
