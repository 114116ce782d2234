"""Much work at once, and wake-ups that come twice, early or for nothing. Promises M1, J5, J7, J8, J12."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.faults.deployment import PATIENCE_S, Deployment, until

ORDERS, PIECES = 100, 3
AT_ONCE = 8
WAKE_UPS = 50
PROMISE = timedelta(hours=1)
PUNCTUAL = timedelta(seconds=10)  # two seconds between looks, and a machine that does other things
LATE = """
SELECT 'refund' AS what, a.started_at - r.due_at AS by
FROM refunds r JOIN refund_attempts a ON a.refund_id = r.id
UNION ALL SELECT 'window', e.occurred_at - o.cancelable_until
FROM orders o JOIN events e ON e.order_id = o.id AND e.type = 'order.cancel_window_closed'"""


class Bell:
    """Wakes the workers for refunds, by hand."""

    def __init__(self, deployment: Deployment) -> None:
        self._backend = deployment.backend
        self._rung = 0

    async def ring(self, times: int = WAKE_UPS) -> None:
        """Each time a job of its own."""
        async with self._backend.redis() as redis:
            for number in range(self._rung, self._rung + times):
                await redis.enqueue_job("send_refunds", _job_id=f"test:{number}")
        self._rung += times

    async def is_heard(self) -> bool:
        """Whether every job was run."""
        async with self._backend.redis() as redis:
            return not await redis.exists(*(f"arq:job:test:{n}" for n in range(self._rung)))


async def cancel_piece_by_piece(deployment: Deployment) -> None:
    """Make one refund of each piece of each order."""
    gate = asyncio.Semaphore(AT_ONCE)
    olga, ada = deployment.client("olga"), deployment.client("ada")

    async def shop() -> None:
        async with gate:
            order: dict[str, Any] = await olga.place(quantity=PIECES)
            for _ in range(PIECES):
                answer = await ada.cancel(order, quantity=1)
                assert answer["__typename"] == "OrderCancelSuccess", answer

    async with asyncio.TaskGroup() as group:
        for _ in range(ORDERS):
            group.create_task(shop())


async def test_three_hundred_refunds_due_at_once_are_paid_once_each_by_two_workers(
    deployment: Deployment,
) -> None:
    await deployment.api()
    await cancel_piece_by_piece(deployment)
    assert await deployment.books.refunds("SCHEDULED") == ORDERS * PIECES
    await Bell(deployment).ring()

    deployment.worker("one")
    deployment.worker("two")
    await deployment.settled(2 * PATIENCE_S)

    assert await deployment.books.paid_back() == ORDERS * PIECES
    assert await deployment.books.attempts() == [("SUCCEEDED", True)] * ORDERS * PIECES


async def test_wake_ups_that_come_early_or_too_often_change_nothing(
    deployment: Deployment,
) -> None:
    delay = int(PROMISE.total_seconds())
    await deployment.run("seed", "--no-market", policy__refund_delay_s=delay)
    await deployment.api()
    order = await deployment.client("olga").place()
    await deployment.client("ada").cancel(order)
    bell = Bell(deployment)
    deployment.worker("one")
    deployment.worker("two")

    await bell.ring()
    await until(bell.is_heard)
    assert await deployment.books.refunds("SCHEDULED") == 1
    await deployment.advance(PROMISE)
    await bell.ring()
    await deployment.settled()
    await bell.ring()
    await until(bell.is_heard)

    assert await deployment.books.attempts() == [("SUCCEEDED", True)]
    assert await deployment.books.paid_back() == 1


async def test_where_nothing_breaks_deadlines_are_kept_within_seconds(
    deployment: Deployment,
) -> None:
    """J8."""
    await deployment.run("seed", "--no-market", policy__cancel_window_s=5, policy__refund_delay_s=2)
    await deployment.api()
    deployment.worker()
    olga, ada = deployment.client("olga"), deployment.client("ada")
    for number in range(AT_ONCE):
        order = await olga.place()
        if number % 2:
            assert (await ada.cancel(order))["__typename"] == "OrderCancelSuccess"

    await until(lambda: _are_over(deployment))
    await deployment.settled()

    late = await deployment.books.fetch(LATE)
    assert sorted(row["what"] for row in late) == ["refund"] * 4 + ["window"] * 4
    assert all(timedelta() <= row["by"] < PUNCTUAL for row in late), late


async def _are_over(deployment: Deployment) -> bool:
    return not await deployment.books.one("SELECT count(*) FROM open_windows")
