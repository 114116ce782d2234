"""Writing down what became of attempts to send refunds, many in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import changed_many
from ordergraph.infra.writing import Write, together
from ordergraph.kernel.actor import Role
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import RefundReceipt
from ordergraph.payments.ledger.process import Destination
from ordergraph.refunds import queries
from ordergraph.refunds.claiming import Claim
from ordergraph.refunds.events import (
    RefundDeclined,
    RefundMethodChanged,
    RefundPending,
    RefundSucceeded,
)
from ordergraph.refunds.models import AttemptOutcome, Refund
from ordergraph.refunds.process import (
    REFUND,
    RefundAction,
    RefundFailureReason,
    RefundMethod,
    RefundStatus,
    next_attempt_at,
)

DECLINED: Final = AttemptOutcome.DECLINED


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt. There is no receipt where no gateway was asked."""

    outcome: AttemptOutcome
    receipt: RefundReceipt | None = None
    problem: str | None = None
    retry_after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Answered:
    """A claim, and what became of it."""

    claim: Claim
    answer: Answer


async def record(
    tx: Tx, answered: Sequence[Answered], back_off: Sequence[timedelta]
) -> dict[UUID, bool]:
    """Write down what the gateway said; say of each refund whether the claim was still ours.
    `back_off`: how long those rest that are to be asked for again.

    One is waited for, if somebody else holds its order. Of several those are left out, as is the
    second refund of one order: they are for transactions of their own, and nobody's order waits for
    another one's.
    """
    of_refund = {each.claim.refund_id: each for each in answered}
    held = await queries.lock_many(tx, list(of_refund))
    ours = [row for row in held if row.claim == of_refund[row.id].claim.attempt_id]
    await _with_orders([row for row in ours if of_refund[row.id].answer.outcome is DECLINED])
    for refund in ours:
        _go_by_the_gateway(tx, refund, of_refund[refund.id])
    await _settle(tx, [(row, of_refund[row.id]) for row in ours])
    for refund in ours:
        each = of_refund[refund.id]
        tx.request_id = each.claim.request_id  # its event is on behalf of whoever asked for it
        was_rung = _was_rung(refund, each.claim)
        RECORD[each.answer.outcome](tx, refund, each.answer)
        if each.answer.outcome in AGAIN:
            again_at = next_attempt_at(tx.now, refund.unanswered, back_off)
            refund.next_attempt_at = tx.now if was_rung else again_at
    if ours:
        finished = _finished(tx, [of_refund[row.id] for row in ours])
        await together(finished, changed_many(ours, *COLUMNS))
    return dict.fromkeys((row.id for row in held), False) | dict.fromkeys(
        (row.id for row in ours), True
    )


def _go_by_the_gateway(tx: Tx, refund: Refund, answered: Answered) -> None:
    """What it has a receipt for went the first way, whatever was chosen while nobody knew of that."""
    first = RefundMethod.ORIGINAL_PAYMENT
    if answered.answer.receipt is None or refund.method is first:
        return
    refund.method = first
    tx.request_id = answered.claim.request_id
    ids = {"order_id": refund.order_id, "refund_id": refund.id}
    tx.emit(RefundMethodChanged(**ids, method=first), Role.GATEWAY)


def _was_rung(refund: Refund, claim: Claim) -> bool:
    """Whether the gateway rang while it was asked (sending.hurry): its answer may be older than that.

    The ring may be later than our moment, too: it may have held the order before us.
    """
    return refund.next_attempt_at != claim.until


async def _with_orders(refunds: Sequence[Refund]) -> None:
    """A refund that was declined waits for as long as its order's policy says."""
    if refunds:
        await Refund.fetch_for_list(list(refunds), "order")


async def _settle(tx: Tx, recorded: Sequence[tuple[Refund, Answered]]) -> None:
    await payments.settle_many(tx, [
        payments.Settlement(
            order_id=refund.order_id,
            amount=refund.amount,
            refund_id=refund.id,
            method=Destination[refund.method.name],
            request_id=each.claim.request_id,
        )
        for refund, each in recorded
        if each.answer.outcome is AttemptOutcome.SUCCEEDED
    ])  # fmt: skip


FINISH: Final = """
UPDATE refund_attempts AS a SET outcome = given.outcome, finished_at = $1, problem = given.problem
FROM unnest($2::uuid[], $3::text[], $4::text[]) AS given(id, outcome, problem) WHERE a.id = given.id"""


def _finished(tx: Tx, answered: Sequence[Answered]) -> Write:
    return Write("refund_attempts", FINISH, [
        tx.now,
        [each.claim.attempt_id for each in answered],
        [each.answer.outcome for each in answered],
        [each.answer.problem for each in answered],
    ])  # fmt: skip


def succeeded(tx: Tx, refund: Refund, answer: Answer) -> None:
    """The money is moved in the books with all others' of the batch."""
    receipt = answer.receipt
    refund.status = REFUND.after(RefundAction.SUCCEEDED, refund.status, Role.GATEWAY)
    refund.claim, refund.outcome_unknown, refund.next_attempt_at = None, False, None
    refund.sent_at, refund.settled_at = refund.sent_at or tx.now, tx.now
    refund.unanswered_since = None
    refund.gateway_reference = receipt.gateway_reference if receipt else None
    refund.bank_reference = receipt.bank_reference if receipt else refund.bank_reference
    tx.emit(RefundSucceeded(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


def pending(tx: Tx, refund: Refund, answer: Answer) -> None:
    """The gateway has it; it is asked again, less and less often, unless it rings sooner."""
    assert answer.receipt is not None, "what the gateway has, has a receipt"
    first_time = refund.status is RefundStatus.PROCESSING
    refund.unanswered += 1
    if first_time:
        refund.status = REFUND.after(RefundAction.ACCEPTED, refund.status, Role.GATEWAY)
        refund.unanswered = 1
    refund.claim, refund.outcome_unknown, refund.unanswered_since = None, False, None
    refund.sent_at = refund.sent_at or tx.now
    refund.gateway_reference = answer.receipt.gateway_reference
    if first_time:
        tx.emit(RefundPending(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


def declined(tx: Tx, refund: Refund, answer: Answer) -> None:
    """No money moved, definitely: only from here on is there a fresh key."""
    known = RefundFailureReason.__members__
    refund.status = REFUND.after(RefundAction.DECLINED, refund.status, Role.GATEWAY)
    refund.claim, refund.outcome_unknown, refund.next_attempt_at = None, False, None
    refund.unanswered, refund.unanswered_since, refund.sent_at = 0, None, None
    refund.declines += 1
    refund.failure_reason = known.get(answer.problem or "", RefundFailureReason.UNKNOWN)
    refund.action_due_at = tx.now + refund.order.policy.span("refund_action_s")
    tx.emit(RefundDeclined(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


def unknown(tx: Tx, refund: Refund, _answer: Answer) -> None:
    """It may have happened: the next attempt looks it up before it sends anything. Whoever was only
    asked whether the money is still there has sent nothing.
    """
    if refund.unanswered_since is None:  # until now it told at least how far it is
        refund.unanswered, refund.unanswered_since = 0, tx.now
    refund.unanswered += 1
    refund.claim = None
    refund.outcome_unknown = refund.outcome_unknown or refund.goes_through_the_gateway


def rate_limited(tx: Tx, refund: Refund, answer: Answer) -> None:
    """Nothing happened, and what was unknown before still is."""
    refund.claim, refund.next_attempt_at = None, tx.now + answer.retry_after


RECORD: Final[dict[AttemptOutcome, Callable[[Tx, Refund, Answer], None]]] = {
    AttemptOutcome.SUCCEEDED: succeeded,
    AttemptOutcome.PENDING: pending,
    AttemptOutcome.DECLINED: declined,
    AttemptOutcome.UNKNOWN: unknown,
    AttemptOutcome.RATE_LIMITED: rate_limited,
}
AGAIN: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN})
"""What says nothing for good: it is looked at again, less and less often."""
COLUMNS: Final = (
    "status", "claim", "outcome_unknown", "unanswered", "unanswered_since", "next_attempt_at",
    "sent_at", "settled_at", "gateway_reference", "bank_reference", "declines", "failure_reason",
    "action_due_at", "method",
)  # fmt: skip
"""What these change."""
