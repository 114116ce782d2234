"""Much work at once, and wake-ups that come twice, early or for nothing. Promises M1, J5, J12."""

import asyncio
from typing import Any

from tests.faults.deployment import PATIENCE_S, Deployment

ORDERS, PIECES = 100, 3
AT_ONCE = 8
WAKE_UPS = 50


async def ring(deployment: Deployment, times: int) -> None:
    """Wake the workers for refunds, each time by a job of its own."""
    async with deployment.backend.redis() as redis:
        for number in range(times):
            await redis.enqueue_job("send_refunds", _job_id=f"test:{number}")


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
    await ring(deployment, WAKE_UPS)

    deployment.worker("one")
    deployment.worker("two")
    await deployment.settled(2 * PATIENCE_S)

    assert await deployment.books.paid_back() == ORDERS * PIECES
    assert await deployment.books.attempts() == [("SUCCEEDED", True)] * ORDERS * PIECES


async def test_early_and_doubled_wake_ups_change_nothing(deployment: Deployment) -> None:
    await deployment.api()
