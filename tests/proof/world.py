"""One small world: a market over real Postgres, a bank with moods, and workers that stop anywhere."""

import asyncio
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from ordergraph.checkout import actions as checkout
from ordergraph.deadlines import DEADLINES, ERRANDS
from ordergraph.due import Deadline as Sweep
from ordergraph.due import Due, Errand
from ordergraph.errands import run_errands
from ordergraph.infra.database import again
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Actor
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import Refusal
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders.actions import NewLine
from ordergraph.orders.process import LOOKS
from ordergraph.payments.gateways.protocol import OutcomeUnknown, RateLimited, Standing
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries as refund_queries
from ordergraph.refunds import sending
from ordergraph.refunds.sending import Answered, Cashier, Claim
from ordergraph.sweeping import sweep
from ordergraph.telling import deliver
from tests.market import OLGA, Market
from tests.proof import laws
from tests.proof.bank import MEMORY, Bank, BankIsAway, Mood
from tests.proof.people import COMMANDS, Case, Command, case_of
from tests.watching import snapshot

LEASE: Final = timedelta(seconds=30)
JOBS: Final[dict[str, Due]] = {due.name: due for due in (*DEADLINES, *ERRANDS)}
LOOK: Final = "order.ended_unpaid"
SHIPPING: Final = {"EUR": "4.90", "JPY": "5", "KWD": "0.000"}
MOST_STOPS: Final = 300
BEARABLE: Final = (BankIsAway, OutcomeUnknown, RateLimited, asyncpg.TransactionRollbackError)
"""What a sweep or errand may log and leave for the next time."""


@dataclass
class Hand:
    """A worker with a claim in its hands: it may call, record, do either again, late, or never."""

    claim: Claim
    claimed_at: datetime
    answered: Answered | None = None


@dataclass
class World:
    """What the rules of the machine act on."""

    market: Market = field(default_factory=Market)
    orders: list[UUID] = field(default_factory=list)
    hands: list[Hand] = field(default_factory=list)
    raised: list[BaseException | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = self.market.clock
        self.bank = Bank(self.clock)
        self.cashier = Cashier(
            self.market.edge, self.bank, timeout=timedelta(seconds=5), lease=LEASE
        )

    # ── people ──────────────────────────────────────────────────────────────────────────────

    async def rule(self, *, late_cancellation: bool) -> None:
        """Choose the numbers of all orders from now on."""
        async with self.market.edge.transaction(OLGA) as tx:
            await marketplace.publish(tx, Policy(late_cancellation=late_cancellation))

    async def place(self, buyer: Actor, seller: Actor, lines: list[NewLine], mood: Mood) -> None:
        self.bank.moods.appendleft(mood)
        shipping = SHIPPING[lines[0].unit_price.currency]
        order = await self.market.place(
            *lines, buyer=buyer, seller=seller, shipping=shipping, paid=False
        )
        self.orders.append(order.id)
        await checkout.capture(self.cashier, order, await Payment.get(order_id=order.id))
        self.bank.moods.clear()

    async def act_by_name(self, name: str, place: int, number: int) -> None:
        await self.act_somehow((c for c in COMMANDS if c.name == name), place, number)

    async def act(self, command: Command, place: int, number: int, stranger: Actor | None) -> None:
        """Let somebody do it; a refusal has changed nothing at all."""
        case = await case_of(self.orders[place % len(self.orders)], number)
        if getattr(case, command.on) is None:
            return
        before = await snapshot()
        refused = await self._attempt(stranger or command.actor(case.order), command, case)
        if refused is not None:
            assert await snapshot() == before, f"{refused!r} left something behind"

    async def act_somehow(self, commands: Iterable[Command], place: int, number: int) -> None:
        """Let people try one after the other, until one of them is not refused."""
        case = await case_of(self.orders[place % len(self.orders)], number)
        for command in _possible(commands, case):
            if await self._attempt(command.actor(case.order), command, case) is None:
                break

    async def act_at_once(self, commands: list[Command], place: int, number: int) -> None:
        """Let several do theirs on connections of their own; refusals are fine, half deeds are not."""
        case = await case_of(self.orders[place % len(self.orders)], number)

        async def act(command: Command) -> None:
            with suppress(Refusal):
                await again(lambda: self._do(command.actor(case.order), command, case))

        await asyncio.gather(*map(act, _possible(commands, case)))

    async def _attempt(self, actor: Actor, command: Command, case: Case) -> Refusal | None:
        try:
            await self._do(actor, command, case)
        except Refusal as refusal:
            return refusal
        return None

    async def _do(self, actor: Actor, command: Command, case: Case) -> None:
        async with self.market.edge.transaction(actor) as tx:
            await command.deed(tx, case)

    # ── workers ─────────────────────────────────────────────────────────────────────────────

    async def work(self, jobs: Iterable[str], workers: int) -> None:
        """Let so many workers do the same jobs at once; whatever they log as a failure is kept."""
        with self._listening():
            await asyncio.gather(*(self._worker(jobs) for _ in range(workers)))
        faults = [fault for fault in self.raised if not isinstance(fault, BEARABLE)]
        for fault in faults:
            assert fault is not None
            raise fault

    async def _worker(self, jobs: Iterable[str]) -> None:
        for name in jobs:
            job = JOBS[name]
            if isinstance(job, Sweep):
                await sweep(self.market.edge, job)
            elif isinstance(job, Errand):
                await run_errands(self.cashier, job)
        await deliver(self.market.hub, self.clock, limit=100)

    async def claim(self, place: int) -> None:
        """A worker takes a refund in hand, and is stopped there."""
        waiting = await refund_queries.to_attempt().order_by("created_at", "id")
        if not waiting:
            return
        refund = waiting[place % len(waiting)]
        async with self.market.edge.transaction(SYSTEM) as tx:
            claims = await sending.claim_attempts(tx, [refund.id], LEASE)
        self.hands += [Hand(claim, self.clock.at) for claim in claims]

    async def ring(self, place: int) -> None:
        """The bank rings for one of its refunds, whether or not there is news."""
        if self.bank.book:
            paid = self.bank.book[place % len(self.bank.book)]
            async with self.market.edge.transaction(GATEWAY) as tx:
                await sending.hurry(tx, paid.order.reference)

    def forget(self) -> None:
        """Keys of yesterday mean nothing any more. No worker sleeps so long before its call."""
        self.hands = [hand for hand in self.hands if hand.claimed_at > self.clock.at - MEMORY]
        self.bank.forget()

    async def call(self, place: int) -> None:
        """One of the stopped workers goes on as far as the bank's answer."""
        if self.hands:
            hand = self.hands[place % len(self.hands)]
            hand.answered = await self.cashier._ask(hand.claim)

    async def record(self, place: int) -> None:
        """One of them goes on to write the answer down, however late, and for the how manieth time."""
        answered = [hand.answered for hand in self.hands if hand.answered is not None]
        if answered:
            async with self.market.edge.transaction(GATEWAY) as tx:
                late = answered[place % len(answered)]
                await sending.record(tx, [late], self.cashier.back_off)

    # ── the end ─────────────────────────────────────────────────────────────────────────────

    async def heal(self) -> None:
        """Everything works from now on: move from deadline to deadline until nothing waits."""
        self.bank.moods.clear()
        self.hands.clear()
        for _ in range(MOST_STOPS):
            self.bank.settle(Standing.SUCCEEDED)
            while due := [name for name, job in JOBS.items() if await job.find(self.clock.at, 1)]:
                await self.work(due, workers=1)
            following = await self._next_stop()
            if following is None:
                break
            self.clock.at = following
        await laws.assert_nothing_hangs(self.bank)
        await laws.assert_all_is_over(self.bank)

    async def _next_stop(self) -> datetime | None:
        """The next deadline; looks at what ended unpaid come last, and all at once."""
        now = self.clock.at
        moments = [await job.soonest(now) for name, job in JOBS.items() if name != LOOK]
        moments += await resting_until(now)
        following = [moment for moment in moments if moment is not None]
        if following:
            return min(following)
        return now + LOOKS[-1] if await JOBS[LOOK].soonest(now) else None

    @contextmanager
    def _listening(self) -> Iterator[None]:
        processors = structlog.get_config()["processors"]
        usual = processors.copy()
        processors[:] = [self._keep]
        try:
            yield
        finally:
            processors[:] = usual

    def _keep(self, _logger: object, _method: str, said: MutableMapping[str, Any]) -> Any:
        if said.get("exc_info"):
            fault = said["exc_info"]
            self.raised.append(fault if isinstance(fault, BaseException) else sys.exception())
        raise structlog.DropEvent


async def resting_until(now: datetime) -> list[datetime]:
    """When the pauses of work that failed are over."""
    rows = DeadLetter.filter(retry_at__gt=now)
    return [letter.retry_at for letter in await rows if letter.retry_at is not None]


def _possible(commands: Iterable[Command], case: Case) -> list[Command]:
    return [command for command in commands if getattr(case, command.on) is not None]
