"""Sending a refund: claim, pay outside any transaction, record. Nothing here is paid twice.

claim     one transaction: an attempt row, and the lease (`next_attempt_at` moves forward)
pay       no transaction, no lock: if an earlier attempt may have reached the gateway, look the
          refund up there first; send only what the gateway does not know
record    one transaction, and only if the claim is still ours
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from ordergraph.infra.database import Edge, Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Role
from ordergraph.kernel.ids import short
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import (
    Declined,
    OutcomeUnknown,
    PaymentGateway,
    RefundOrder,
    RefundReceipt,
    Standing,
)
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.process import (
    REFUND,
    RefundAction,
    RefundDeclined,
    RefundFailureReason,
    RefundPending,
    RefundStatus,
    RefundSucceeded,
    next_attempt_at,
)

log = structlog.get_logger(__name__)
T = TypeVar("T")

OUTCOMES: Final = {
    Standing.SUCCEEDED: AttemptOutcome.SUCCEEDED,
    Standing.PENDING: AttemptOutcome.PENDING,
    Standing.FAILED: AttemptOutcome.DECLINED,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one refund until the lease is over."""

    attempt_id: UUID
    refund_id: UUID
    order: RefundOrder
    look_first: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt."""

    outcome: AttemptOutcome
    receipt: RefundReceipt | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Cashier:
    """Who sends refunds: the gateway, how long to wait for it, and how long a claim lasts."""

    edge: Edge
    gateway: PaymentGateway
    timeout: timedelta
    lease: timedelta

    def __post_init__(self) -> None:
        assert self.timeout * 2 < self.lease, (
            "a look-up and a refund must end before the claim does"
        )

    async def send(self, refund_id: UUID) -> None:
        """Make one attempt at a refund that is due for one; harmless at any other time."""
        async with self.edge.transaction(SYSTEM) as tx:
            claim = await claim_attempt(tx, refund_id, self.lease)
        if claim is None:
            return
        answer = await self._ask(claim)
        async with self.edge.transaction(GATEWAY) as tx:
            await record(tx, claim, answer)

    async def _ask(self, claim: Claim) -> Answer:
        try:
            receipt = await self._pay(claim)
        except Declined as no:
            return Answer(AttemptOutcome.DECLINED, problem=no.code)
        except Exception as problem:  # noqa: BLE001  (whatever a gateway raises, the effect may have happened)
            log.warning(
                "refund.outcome_unknown", refund=short(claim.refund_id), problem=repr(problem)[:200]
            )
            return Answer(AttemptOutcome.UNKNOWN, problem=type(problem).__name__)
        return Answer(OUTCOMES[receipt.standing], receipt, receipt.failure)

    async def _pay(self, claim: Claim) -> RefundReceipt:
        if claim.look_first:
            known = await self.in_time(self.gateway.find_refund(claim.order))
            if known is not None:
                return known
        return await self.in_time(self.gateway.refund(claim.order))

    async def in_time(self, call: Awaitable[T]) -> T:
        """Wait for the gateway as long as we may; raise OutcomeUnknown after that."""
        try:
            return await asyncio.wait_for(call, self.timeout.total_seconds())
        except TimeoutError:
            raise OutcomeUnknown("no answer in time") from None


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
    payment = await Payment.get(id=refund.payment_id)
    assert payment.gateway_reference is not None, "only what was captured is given back"
    order = RefundOrder(
        reference=refund.id,
        payment_reference=payment.id,
        payment_gateway_reference=payment.gateway_reference,
        amount=refund.amount,
        idempotency_key=refund.idempotency_key,
    )
    return Claim(attempt.id, refund.id, order, look_first)


async def record(tx: Tx, claim: Claim, answer: Answer) -> bool:
    """Write down what the gateway said, if the claim is still ours; say whether it was."""
    refund, _, _ = await queries.lock(tx, claim.refund_id)
    if refund.claim != claim.attempt_id:
        log.warning("refund.claim_lost", refund=short(refund.id))
        return False
    await RefundAttempt.filter(id=claim.attempt_id).update(
        outcome=answer.outcome, finished_at=tx.now, problem=answer.problem
    )
    match answer.outcome:
        case AttemptOutcome.SUCCEEDED:
            await _succeeded(tx, refund, answer)
        case AttemptOutcome.PENDING:
            await _pending(tx, refund, answer)
        case AttemptOutcome.DECLINED:
            await _declined(tx, refund, answer)
        case _:
            again = next_attempt_at(tx.now, refund.attempts)
            await change(refund, claim=None, outcome_unknown=True, next_attempt_at=again)
    return True


async def _succeeded(tx: Tx, refund: Refund, answer: Answer) -> None:
    assert answer.receipt is not None, "a success has a receipt"
    await payments.settle_reserved(refund.order_id, refund.amount)
    await change(
        refund,
        status=REFUND.after(RefundAction.SUCCEEDED, refund.status, Role.GATEWAY),
        claim=None,
        outcome_unknown=False,
        next_attempt_at=None,
        sent_at=refund.sent_at or tx.now,
        settled_at=tx.now,
        gateway_reference=answer.receipt.gateway_reference,
        bank_reference=answer.receipt.bank_reference,
    )
    tx.emit(RefundSucceeded(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


async def _pending(tx: Tx, refund: Refund, answer: Answer) -> None:
    assert answer.receipt is not None, "what the gateway has, has a receipt"
    first_time = refund.status is RefundStatus.PROCESSING
    status = RefundStatus.PENDING
    if first_time:
        status = REFUND.after(RefundAction.ACCEPTED, refund.status, Role.GATEWAY)
    await change(
        refund,
        status=status,
        claim=None,
        outcome_unknown=False,
        sent_at=refund.sent_at or tx.now,
        next_attempt_at=next_attempt_at(tx.now, refund.attempts),
        gateway_reference=answer.receipt.gateway_reference,
    )
    if first_time:
        tx.emit(RefundPending(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


async def _declined(tx: Tx, refund: Refund, answer: Answer) -> None:
    known = RefundFailureReason.__members__
    reason = known.get(answer.problem or "", RefundFailureReason.UNKNOWN)
    order = await refund.order
    await change(
        refund,
        status=REFUND.after(RefundAction.DECLINED, refund.status, Role.GATEWAY),
        claim=None,
        outcome_unknown=False,
        next_attempt_at=None,
        declines=refund.declines + 1,
        failure_reason=reason,
        action_due_at=tx.now + order.policy.span("refund_action_s"),
    )
    tx.emit(RefundDeclined(order_id=refund.order_id, refund_id=refund.id), Role.GATEWAY)


async def hurry(tx: Tx, refund_id: UUID) -> bool:
    """Somebody at the gateway says that this refund is worth another look: make it due now.

    Return whether there was anything to hurry.
    """
    if not await Refund.exists(id=refund_id):
        return False
    refund, _, _ = await queries.lock(tx, refund_id)
    if refund.status not in {RefundStatus.PROCESSING, RefundStatus.PENDING}:
        return False
    await change(refund, next_attempt_at=tx.now)
    return True
