"""Sending a refund: claim, pay outside any transaction, record. Nothing here is paid twice.

claim     one transaction for many: an attempt row, and the lease (claiming.py)
pay       no transaction, no lock: if an earlier attempt may have reached the gateway, look the
          refund up there first; send only what the gateway does not know
record    one transaction for many, and only where the claim is still ours (recording.py)

What an operator has paid by hand takes the same way; only nobody has to be asked. For store credit the
gateway is asked whether the money is still there: what the bank took back, or somebody gave back at the
gateway itself, is not given once more. So it is where a part of the payment has gone another way, which
the gateway does not know of, and so would not decline too much.
"""

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from ordergraph.infra.correlation import on_behalf_of
from ordergraph.infra.database import Edge, Tx, again
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
    UnusableGateway,
)
from ordergraph.refunds import queries
from ordergraph.refunds.claiming import Claim, claim_attempts
from ordergraph.refunds.models import AttemptOutcome
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.process import BACK_OFF, RefundMethod, RefundStatus
from ordergraph.refunds.recording import Answer, Answered, record

log = structlog.get_logger(__name__)
T = TypeVar("T")
Problems = dict[UUID, Exception | None]
"""Of each refund that was attempted: what kept us from writing down how it went."""

OUTCOMES: Final = {
    Standing.SUCCEEDED: AttemptOutcome.SUCCEEDED,
    Standing.PENDING: AttemptOutcome.PENDING,
    Standing.FAILED: AttemptOutcome.DECLINED,
}
AT_ONCE: Final = 50
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
    back_off: Sequence[timedelta] = BACK_OFF

    def __post_init__(self) -> None:
        assert self.timeout * 2 < self.lease, (
            "a look-up and a refund must end before the claim does"
        )

    @property
    def is_paused(self) -> bool:
        """Whether the gateway wants to be left alone for now."""
        return self.pace.is_paused

    @property
    def _most(self) -> int:
        """How many are claimed at a time: as many as have two turns, for a look-up may be one, before
        what is left of their leases is needed for the calls themselves.
        """
        turns = self.pace.turns(self.lease - 2 * self.timeout)
        return max(1, min(self.at_once, turns // 2))

    async def send(self, refund_id: UUID) -> None:
        """Make one attempt at a refund that is due for one; harmless at any other time."""
        problem = (await self.send_many([refund_id])).get(refund_id)
        if problem is not None:
            raise problem

    async def send_many(self, refund_ids: Sequence[UUID]) -> Problems:
        """Make one attempt at each that is due for one; say of each how that went wrong, if it did.

        No more are claimed than may be with the gateway at a time, so that no lease ends before its
        turn has come; what is answered meanwhile is recorded together. While the gateway wants to be left
        alone, nothing is begun.
        """
        waiting, problems = list(refund_ids), Problems()
        asking: set[asyncio.Task[Answered]] = set()
        async with asyncio.TaskGroup() as group:
            while asking or (waiting and not self.is_paused):
                room = self._most - len(asking)
                if waiting and not self.is_paused and 2 * room >= self._most:
                    claims = await self._claim(waiting[:room], problems)
                    asking |= {group.create_task(self._ask(claim)) for claim in claims}
                    del waiting[:room]
                if asking:
                    answered, asking = await asyncio.wait(asking, return_when=FIRST_COMPLETED)
                    await self._record([task.result() for task in answered], problems)
        return problems

    async def _claim(self, refund_ids: Sequence[UUID], problems: Problems) -> list[Claim]:
        """In one transaction; where that fails, each in one of its own."""
        try:
            async with self.edge.transaction(SYSTEM) as tx:
                return await claim_attempts(tx, refund_ids, self.lease)
        except Exception as problem:  # noqa: BLE001  (whatever a row does, the others go on)
            if len(refund_ids) == 1:
                problems[refund_ids[0]] = problem
                return []
            log.info("refund.claimed_one_by_one", problem=type(problem).__name__)
        return [claim for id_ in refund_ids for claim in await self._claim([id_], problems)]

    async def _record(self, answered: Sequence[Answered], problems: Problems) -> None:
        """As `_claim`; what somebody else holds just now is waited for one by one, too."""
        try:
            ours = await again(lambda: self._write(answered))
        except Exception as problem:  # noqa: BLE001  (whatever a row does, the others go on)
            ours = {}
            if len(answered) == 1:
                problems[answered[0].claim.refund_id] = problem
                return
            log.info("refund.recorded_one_by_one", problem=type(problem).__name__)
        for each in answered:
            refund_id = each.claim.refund_id
            if refund_id not in ours:
                await self._record([each], problems)
                continue
            problems[refund_id] = None
            if not ours[refund_id]:
                log.warning("refund.claim_lost", refund=short(refund_id))

    async def _write(self, answered: Sequence[Answered]) -> dict[UUID, bool]:
        async with self.edge.transaction(GATEWAY) as tx:
            return await record(tx, answered, self.back_off)

    async def _ask(self, claim: Claim) -> Answered:
        with on_behalf_of(claim.request_id):
            return Answered(claim, await self._answer(claim))

    async def _answer(self, claim: Claim) -> Answer:
        try:
            receipt = await self._given(claim)
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
        if receipt is None:
            return Answer(AttemptOutcome.SUCCEEDED)
        return Answer(OUTCOMES[receipt.standing], receipt, receipt.failure)

    async def _given(self, claim: Claim) -> RefundReceipt | None:
        """Give it the way that was chosen; only the gateway gives a receipt."""
        if claim.method is RefundMethod.ORIGINAL_PAYMENT:
            self._refuse_another_gateways(claim)
            return await self._pay(claim)
        if claim.method is RefundMethod.STORE_CREDIT:
            sent = await self._sent_before(claim)
            if sent is None and self._has_it(claim):
                await self._turn()
                await self._make_sure_it_is_there(claim)
            return sent
        return None

    def _has_it(self, claim: Claim) -> bool:
        return claim.gateway == self.gateway.name

    def _refuse_another_gateways(self, claim: Claim) -> None:
        """Who never had the payment is not asked for it; what another may have done, it alone knows."""
        if self._has_it(claim):
            return
        log.error("refund.gateway_changed", refund=short(claim.refund_id), gateway=claim.gateway)
        if claim.look_first:
            raise UnusableGateway(f"only {claim.gateway} knows")
        raise Declined("GATEWAY_CHANGED")

    async def _sent_before(self, claim: Claim) -> RefundReceipt | None:
        """What a call without an answer has sent after all, before another way was chosen."""
        if not claim.look_first:
            return None
        self._refuse_another_gateways(claim)
        await self._turn()
        known = await self._look_up(claim.order)
        return None if known is None or known.standing is Standing.FAILED else known

    async def _make_sure_it_is_there(self, claim: Claim) -> None:
        """Raises Declined for money that has gone back already. A gateway that is not ours any more is not
        asked: what it was never told to send, it has not sent.
        """
        left = await self.in_time(self.gateway.remaining(claim.order))
        if not claim.rest.has(claim.order.amount.minor, left.minor):
            raise Declined("ALREADY_REFUNDED")

    async def _pay(self, claim: Claim) -> RefundReceipt:
        await self._turn()
        if claim.look_first or claim.rest.otherwise:
            known = await self._known(claim)
            if known is not None:
                return known
            await self._turn()
        return await self.in_time(self.gateway.refund(claim.order))

    async def _known(self, claim: Claim) -> RefundReceipt | None:
        """What the gateway has of it already; and if that is nothing, it makes sure that the money is there,
        where the gateway would not. Both together take as long as one call may: a lease lasts for two.
        """
        if not claim.rest.otherwise:
            return await self._look_up(claim.order)
        try:
            async with asyncio.timeout(self.timeout.total_seconds()):
                if claim.look_first:
                    known = await self._look_up(claim.order)
                    if known is not None:
                        return known
                    await self._turn()
                await self._make_sure_it_is_there(claim)
        except TimeoutError:
            raise OutcomeUnknown("no answer in time") from None
        return None

    async def _turn(self) -> None:
        """Wait for our turn; meanwhile others may have been told to leave the gateway alone."""
        await self.pace.turn()
        if self.is_paused:
            raise RateLimited(self.pace.pause_left)

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
