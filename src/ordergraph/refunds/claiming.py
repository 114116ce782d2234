"""Taking the right to send a refund: committed before anything is sent, and over by itself."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.payments.gateways.protocol import RefundOrder
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.process import RefundMethod, RefundStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one refund until the lease is over; `order` is None where nobody is asked."""

    attempt_id: UUID
    refund_id: UUID
    order_id: UUID
    order: RefundOrder | None
    look_first: bool


async def claim_attempt(tx: Tx, refund_id: UUID, lease: timedelta) -> Claim | None:
    """Take the right to send, and commit it before anything is sent."""
    refund = await queries.claim(refund_id)
    if refund is None or refund.next_attempt_at is None or refund.next_attempt_at > tx.now:
        return None
    left_over = await RefundAttempt.filter(refund_id=refund.id, finished_at=None).update(
        outcome=AttemptOutcome.UNKNOWN, finished_at=tx.now, problem="left unfinished"
    )
    attempt = await RefundAttempt.create(
        refund_id=refund.id,
        number=refund.attempts + 1,
        idempotency_key=refund.idempotency_key,
        outcome=AttemptOutcome.STARTED,
        started_at=tx.now,
    )
    look_first = bool(left_over) or refund.outcome_unknown or refund.status is RefundStatus.PENDING
    await change(
        refund,
        claim=attempt.id,
        attempts=attempt.number,
        outcome_unknown=look_first,
        next_attempt_at=tx.now + lease,
    )
    return Claim(attempt.id, refund.id, refund.order_id, await _order(refund), look_first)


async def _order(refund: Refund) -> RefundOrder | None:
    """What the gateway is told, if the money goes back that way."""
    if refund.method is not RefundMethod.ORIGINAL_PAYMENT:
        return None
    payment = await Payment.get(id=refund.payment_id)
    assert payment.gateway_reference is not None, "only what was captured is given back"
    return RefundOrder(
        reference=refund.id,
        payment_reference=payment.id,
        payment_gateway_reference=payment.gateway_reference,
        amount=refund.amount,
        idempotency_key=refund.idempotency_key,
    )
