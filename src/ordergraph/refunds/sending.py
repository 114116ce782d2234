"""Sending a refund: claim, pay outside any transaction, record. Nothing here is paid twice.

claim     one transaction: an attempt row, and the lease (claiming.py)
pay       no transaction, no lock: if an earlier attempt may have reached the gateway, look the
          refund up there first; send only what the gateway does not know
record    one transaction, and only if the claim is still ours (recording.py)

Store credit, and what an operator has paid by hand, take the same way; only nobody has to be asked.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from ordergraph.infra.correlation import current, on_behalf_of
from ordergraph.infra.database import Edge, Tx, again
from ordergraph.infra.outbox import origin
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import GATEWAY, SYSTEM
from ordergraph.kernel.ids import short
from ordergraph.kernel.refusal import NotFound
from ordergraph.payments.gateways.protocol import (
    Declined,
    OutcomeUnknown,
    PaymentGateway,
    RateLimited,
    RefundOrder,
    RefundReceipt,
    Standing,
)
from ordergraph.refunds import queries
from ordergraph.refunds.claiming import Claim, claim_attempt
from ordergraph.refunds.models import AttemptOutcome
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.process import RefundStatus
from ordergraph.refunds.recording import Answer, record

log = structlog.get_logger(__name__)
T = TypeVar("T")

OUTCOMES: Final = {
    Standing.SUCCEEDED: AttemptOutcome.SUCCEEDED,
    Standing.PENDING: AttemptOutcome.PENDING,
    Standing.FAILED: AttemptOutcome.DECLINED,
}
AT_ONCE: Final = 10
"""How many refunds one process has with the gateway at a time."""


@dataclass(frozen=True, slots=True)
class Cashier:
    """Who sends refunds: the gateway, how long to wait for it, and how long a claim lasts."""

    edge: Edge
    gateway: PaymentGateway
    timeout: timedelta
    lease: timedelta
    pace: Pace = field(default_factory=Pace)
    at_once: int = AT_ONCE

    def __post_init__(self) -> None:
        assert self.timeout * 2 < self.lease, (
            "a look-up and a refund must end before the claim does"
        )

    @property
    def is_paused(self) -> bool:
        """Whether the gateway wants to be left alone for now."""
        return self.pace.is_paused

    async def send(self, refund_id: UUID) -> None:
        """Make one attempt at a refund that is due for one; harmless at any other time."""
        await self.pace.turn()
        async with self.edge.transaction(SYSTEM) as tx:
            claim = await claim_attempt(tx, refund_id, self.lease)
        if claim is None:
            return
        with on_behalf_of(await origin(claim.order_id, claim.refund_id)):
            answer = await self._ask(claim)
            if not await again(lambda: self._record(claim, answer)):
                log.warning("refund.claim_lost", refund=short(claim.refund_id))

    async def _record(self, claim: Claim, answer: Answer) -> bool:
        async with self.edge.transaction(GATEWAY, current()) as tx:
            return await record(tx, claim, answer)

    async def _ask(self, claim: Claim) -> Answer:
        if claim.order is None:
            return Answer(AttemptOutcome.SUCCEEDED)
        try:
            receipt = await self._pay(claim.order, look_first=claim.look_first)
        except Declined as no:
            return Answer(AttemptOutcome.DECLINED, problem=no.code)
        except RateLimited as busy:
            self.pace.pause(busy.retry_after)
            return Answer(AttemptOutcome.RATE_LIMITED, retry_after=busy.retry_after)
        except Exception as problem:  # noqa: BLE001  (whatever a gateway raises, the effect may have happened)
            log.warning(
                "refund.outcome_unknown",
                refund=short(claim.refund_id),
                problem=type(problem).__name__,
            )
            return Answer(AttemptOutcome.UNKNOWN, problem=type(problem).__name__)
        return Answer(OUTCOMES[receipt.standing], receipt, receipt.failure)

    async def _pay(self, order: RefundOrder, *, look_first: bool) -> RefundReceipt:
        if look_first:
            known = await self._look_up(order)
            if known is not None:
                return known
            await self.pace.turn()
        return await self.in_time(self.gateway.refund(order))

    async def _look_up(self, order: RefundOrder) -> RefundReceipt | None:
        """A look-up declines nothing: taken for a definite no, it would give the refund a fresh key."""
        try:
            return await self.in_time(self.gateway.find_refund(order))
        except Declined as odd:
            raise OutcomeUnknown(f"the look-up was declined: {odd.code}") from None

    async def in_time(self, call: Awaitable[T]) -> T:
        """Wait for the gateway as long as we may; raise OutcomeUnknown after that."""
        try:
            return await asyncio.wait_for(call, self.timeout.total_seconds())
        except TimeoutError:
            raise OutcomeUnknown("no answer in time") from None


async def hurry(tx: Tx, refund_id: UUID) -> bool:
    """The gateway says that this refund is worth another look: make that look due now.

    It is only a ring. What it was about is asked from the gateway, so that a forged, doubled or
    late message can do no harm. Says whether there was a refund to look at.
    """
    try:
        refund, _, _ = await queries.lock(tx, refund_id)
    except NotFound:
        return False
    if refund.status not in {RefundStatus.PROCESSING, RefundStatus.PENDING}:
        return False
    await change(refund, next_attempt_at=tx.now)
    return True
