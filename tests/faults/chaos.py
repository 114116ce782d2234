"""Everything that can go wrong with the processes, at times drawn from a seed, while people shop."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from redis.exceptions import RedisError

from ordergraph.infra.child import Child
from tests.faults.deployment import LEASE_S, PATIENCE_S, SHORT, STEP_S, Deployment, until
from tests.faults.lives import Crowd

SLOW_BANK_S: Final = 0.3  # most refunds are under way when something happens
BETWEEN_S: Final = (0.5, 3.0)
JUMP: Final = timedelta(minutes=2)
MONTH: Final = timedelta(days=31)
MOST_MONTHS: Final = 8
WAKE_UPS: Final = 30

OVERDUE: Final = """
SELECT what, count(*) FROM (
    SELECT 'payment' AS what, payment_due_at AS due FROM orders WHERE status = 'PENDING_PAYMENT'
    UNION ALL SELECT 'window', closes_at FROM open_windows
    UNION ALL SELECT 'shipping', ship_by_at FROM orders WHERE status = 'PROCESSING'
    UNION ALL SELECT 'arrival', presumed_delivered_at FROM orders
        WHERE status = 'SHIPPED' AND disputed_at IS NULL
    UNION ALL SELECT 'protection', protection_ends_at FROM orders
        WHERE status = 'DELIVERED' AND disputed_at IS NULL
    UNION ALL SELECT 'refund', due_at FROM refunds WHERE status = 'SCHEDULED'
    UNION ALL SELECT 'hold', hold_until FROM refunds WHERE status = 'ON_HOLD'
    UNION ALL SELECT 'attempt', next_attempt_at FROM refunds WHERE status IN ('PROCESSING', 'PENDING')
    UNION ALL SELECT 'choice', action_due_at FROM refunds WHERE status = 'REQUIRES_ACTION'
    UNION ALL SELECT 'answer', seller_response_due_at FROM disputes WHERE status = 'AWAITING_SELLER'
) AS clocks WHERE due <= {now} GROUP BY what"""
GOING_ON: Final = """
SELECT (SELECT count(*) FROM orders WHERE status NOT IN ('COMPLETED', 'CANCELED', 'EXPIRED'))
     + (SELECT count(*) FROM refunds WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED'))
     + (SELECT count(*) FROM disputes WHERE status <> 'RESOLVED')
     + (SELECT count(*) FROM outbox)"""


@dataclass
class Chaos:
    """One run; `schedule` says what was done, and when, in seconds from the beginning."""

    deployment: Deployment
    seed: int
    schedule: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311  (it must repeat)
        self._began = time.monotonic()
        self._workers: list[Child] = []
        self._apis: list[Child] = []
        self._rung = 0

    async def run(self, for_s: float, late_s: float) -> int:
        """Let people shop and things break for a while, then heal; return how many orders there were.

        Healed, everything that is due is done within `late_s`.
        """
        await self._open()
        crowd = Crowd(self.deployment, self.seed)
        async with self.deployment.kept_up():
            shopping = asyncio.create_task(crowd.run())
            end = time.monotonic() + for_s
            while time.monotonic() < end:
                assert not shopping.done(), shopping.exception()
                await asyncio.sleep(self._random.uniform(*BETWEEN_S))
                await self._break()
            crowd.stop()
            await self.deployment.backend.heal()
            await asyncio.gather(shopping, self._is_punctual(late_s))
            await self._settle()
        return crowd.orders

    async def _open(self) -> None:
        for name in ("one", "two"):
            self._apis.append(await self.deployment.api(f"api-{name}"))
            worker = self.deployment.worker(f"worker-{name}", sandbox_delay_s=SLOW_BANK_S, **SHORT)
            self._workers.append(worker)

    async def _break(self) -> None:
        faults: dict[Callable[[], Awaitable[None]], int] = {
            self.kill_a_worker: 4,
            self.freeze_a_worker: 3,
            self.kill_an_api: 2,
            self.empty_redis: 2,
            self.take_redis_away: 2,
            self.crash_postgres: 1,
            self.ring_in_vain: 2,
            self.let_time_jump: 2,
        }
        (fault,) = self._random.choices(list(faults), list(faults.values()))
        self._note(fault.__name__)
        await fault()

    def _note(self, what: str) -> None:
        self.schedule.append(f"{time.monotonic() - self._began:6.1f} {what}")

    async def kill_a_worker(self) -> None:
        _send(self._random.choice(self._workers), signal.SIGKILL)

    async def kill_an_api(self) -> None:
        _send(self._random.choice(self._apis), signal.SIGKILL)

    async def freeze_a_worker(self) -> None:
        """Sometimes past its lease, so that another has done its work when it wakes."""
        worker = self._random.choice(self._workers)
        pid = worker.pid
        _send(worker, signal.SIGSTOP)
        await asyncio.sleep(self._random.choice([1.0, LEASE_S + 2.0]))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    async def empty_redis(self) -> None:
        async with self.deployment.backend.redis() as redis:
            await redis.flushall()

    async def take_redis_away(self) -> None:
        away_s = self._random.uniform(0.5, 3.0)
        valkey = self.deployment.backend.valkey
        await self.deployment.backend.restart(valkey, signal.SIGKILL, away_s)

    async def crash_postgres(self) -> None:
        away_s = self._random.uniform(0.2, 1.5)
        postgres = self.deployment.backend.postgres
        await self.deployment.backend.restart(postgres, signal.SIGQUIT, away_s)

    async def ring_in_vain(self) -> None:
        """Jobs that come doubled, and in any order."""
        jobs = ["send_refunds", "deliver_outbox", "close_windows", "expire_unpaid"]
        async with self.deployment.backend.redis() as redis:
            for _ in range(WAKE_UPS):
                self._rung += 1
                with suppress(RedisError, OSError):
                    await redis.enqueue_job(self._random.choice(jobs), _job_id=f"v:{self._rung}")

    async def let_time_jump(self) -> None:
        await self.deployment.advance(JUMP * self._random.random())

    async def _is_punctual(self, late_s: float) -> None:
        """Whatever was due at the moment of healing is done soon after it."""
        await until(self._are_up)
        healed, began = await self.deployment.books.one("SELECT ordergraph_now()"), time.monotonic()
        while late := [
            tuple(row)
            for row in await self.deployment.books.fetch(OVERDUE.format(now="$1"), healed)
        ]:
            took_s = time.monotonic() - began
            assert took_s < late_s, f"{took_s:.1f} s after healing there still waits {late}"
            await asyncio.sleep(STEP_S)
        self._note(f"healed; all that was due is done {time.monotonic() - began:.1f} s later")

    async def _are_up(self) -> bool:
        return all(child.is_alive for child in self.deployment.crew)

    async def _settle(self) -> None:
        """Let time pass, month by month, until everything is over."""
        for _ in range(MOST_MONTHS):
            if await self._all_is_over():
                return
            await self.deployment.advance(MONTH)
            await until(self._is_up_to_date, 2 * PATIENCE_S)
        await until(self._all_is_over, PATIENCE_S)

    async def _is_up_to_date(self) -> bool:
        return not await self.deployment.books.fetch(OVERDUE.format(now="ordergraph_now()"))

    async def _all_is_over(self) -> bool:
        return bool(await self.deployment.books.one(GOING_ON) == 0)


def _send(child: Child, how: signal.Signals) -> None:
    """It may be dead already, and not yet be brought back."""
    if child.is_alive:
        with suppress(ProcessLookupError):
            os.kill(child.pid, how)
