"""Sending a refund: claim, pay outside any transaction, record. Nothing here is paid twice.

claim     one transaction for many: an attempt row, and the lease (claiming.py)
pay       no transaction, no lock: if an earlier attempt may have reached the gateway, look the
          refund up there first; send only what the gateway does not know
record    one transaction for many, and only where the claim is still ours (recording.py)

Store credit, and what an operator has paid by hand, take the same way; only nobody has to be asked.
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
)
from ordergraph.refunds import queries
from ordergraph.refunds.claiming import Claim, claim_attempts
from ordergraph.refunds.models import AttemptOutcome
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.process import RefundStatus
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
        problem = (await self.send_many([refund_id])).get(refund_id)
        if problem is not None:
            raise problem

    async def send_many(self, refund_ids: Sequence[UUID]) -> Problems:
        """Make one attempt at each that is due for one; say of each how that went wrong, if it did.

        No more are claimed than may be with the gateway at a time, so that no lease waits for its
        turn; what is answered meanwhile is recorded together. While the gateway wants to be left
        alone, nothing is begun.
        """
        waiting, problems = list(refund_ids), Problems()
        asking: set[asyncio.Task[Answered]] = set()
        async with asyncio.TaskGroup() as group:
            while asking or (waiting and not self.is_paused):
                room = self.at_once - len(asking)
                if waiting and not self.is_paused and 2 * room >= self.at_once:
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
            return await record(tx, answered)

    async def _ask(self, claim: Claim) -> Answered:
        with on_behalf_of(claim.request_id):
            return Answered(claim, await self._answer(claim))

    async def _answer(self, claim: Claim) -> Answer:
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
        await self._turn()
        if look_first:
            known = await self._look_up(order)
            if known is not None:
                return known
            await self._turn()
        return await self.in_time(self.gateway.refund(order))

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
