"""Writing down what became of an attempt to send a refund."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import RefundReceipt
from ordergraph.payments.ledger.process import Destination
from ordergraph.refunds import queries
from ordergraph.refunds.claiming import Claim
from ordergraph.refunds.events import RefundDeclined, RefundPending, RefundSucceeded
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.process import (
    REFUND,
    RefundAction,
    RefundFailureReason,
    RefundStatus,
    next_attempt_at,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt. There is no receipt where no gateway was asked."""

    outcome: AttemptOutcome
    receipt: RefundReceipt | None = None
    problem: str | None = None
    retry_after: timedelta = timedelta()


async def record(tx: Tx, claim: Claim, answer: Answer) -> bool:
    """Write down what the gateway said, if the claim is still ours; say whether it was."""
    refund, _, _ = await queries.lock(tx, claim.refund_id)
    if refund.claim != claim.attempt_id:
        return False
    await RefundAttempt.filter(id=claim.attempt_id).update(
        outcome=answer.outcome, finished_at=tx.now, problem=answer.problem
    )
    await RECORD[answer.outcome](tx, refund, answer)
    return True


async def succeeded(tx: Tx, refund: Refund, answer: Answer) -> None:
    receipt = answer.receipt
    await payments.settle_reserved(
        tx,
        refund.order_id,
        refund.amount,
        refund_id=refund.id,
        method=Destination[refund.method.name],
    )
    await change(
        refund,
        status=REFUND.after(RefundAction.SUCCEEDED, refund.status, Role.GATEWAY),
        claim=None,
        outcome_unknown=False,
        next_attempt_at=None,
        sent_at=refund.sent_at or tx.now,
        settled_at=tx.now,
        gateway_reference=receipt.gateway_reference if receipt else None,
        bank_reference=receipt.bank_reference if receipt else refund.bank_reference,
    )
    tx.emit(RefundSucceeded(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


async def pending(tx: Tx, refund: Refund, answer: Answer) -> None:
    """The gateway has it; it is asked again, less and less often, unless it rings sooner."""
    assert answer.receipt is not None, "what the gateway has, has a receipt"
    first_time = refund.status is RefundStatus.PROCESSING
    status, unanswered = refund.status, refund.unanswered + 1
    if first_time:
        status = REFUND.after(RefundAction.ACCEPTED, refund.status, Role.GATEWAY)
        unanswered = 1
    await change(
        refund,
        status=status,
        claim=None,
        outcome_unknown=False,
        unanswered=unanswered,
        sent_at=refund.sent_at or tx.now,
        next_attempt_at=next_attempt_at(tx.now, unanswered),
        gateway_reference=answer.receipt.gateway_reference,
    )
    if first_time:
        tx.emit(RefundPending(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


async def declined(tx: Tx, refund: Refund, answer: Answer) -> None:
    """No money moved, definitely: only from here on is there a fresh key."""
    known = RefundFailureReason.__members__
    reason = known.get(answer.problem or "", RefundFailureReason.UNKNOWN)
    order = await refund.order
    await change(
        refund,
        status=REFUND.after(RefundAction.DECLINED, refund.status, Role.GATEWAY),
        claim=None,
        outcome_unknown=False,
        unanswered=0,
        next_attempt_at=None,
        sent_at=None,
        declines=refund.declines + 1,
        failure_reason=reason,
        action_due_at=tx.now + order.policy.span("refund_action_s"),
    )
    tx.emit(RefundDeclined(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


async def unknown(tx: Tx, refund: Refund, _answer: Answer) -> None:
    """It may have happened: the next attempt looks it up before it sends anything."""
    unanswered = refund.unanswered + 1
    await change(
        refund,
        claim=None,
        outcome_unknown=True,
        unanswered=unanswered,
        next_attempt_at=next_attempt_at(tx.now, unanswered),
    )


async def rate_limited(tx: Tx, refund: Refund, answer: Answer) -> None:
    """Nothing happened, and what was unknown before still is."""
    await change(refund, claim=None, next_attempt_at=tx.now + answer.retry_after)


RECORD: Final[dict[AttemptOutcome, Callable[[Tx, Refund, Answer], Awaitable[None]]]] = {
    AttemptOutcome.SUCCEEDED: succeeded,
    AttemptOutcome.PENDING: pending,
    AttemptOutcome.DECLINED: declined,
    AttemptOutcome.UNKNOWN: unknown,
    AttemptOutcome.RATE_LIMITED: rate_limited,
}
