"""Valkey is emptied, or away, while people shop. Promises J1, J13, J14, W6."""

import asyncio
import os
import signal
import time

from tests.faults.deployment import Deployment, begin, ended
from tests.faults.load import Load

ORDERS = 40


async def test_an_emptied_redis_loses_no_refund(deployment: Deployment) -> None:
    await deployment.api()
    worker = deployment.worker()
    load = Load(deployment, ORDERS, waits_s=0.3)

    shopping = asyncio.create_task(load.run())
    async with deployment.backend.redis() as redis:
        while not shopping.done():
            await redis.flushall()
            await asyncio.sleep(0.2)
    await shopping
    await deployment.settled()

    assert worker.is_alive
    assert await deployment.books.paid_back() == len(load.acknowledged) == ORDERS * 3 // 4


async def test_while_redis_is_away_people_shop_and_later_the_money_goes_back(
    deployment: Deployment,
) -> None:
    api = await deployment.api()
    worker = deployment.worker()
    valkey = deployment.backend.valkey
    await Load(deployment, 4).run()
    os.kill(valkey.pid, signal.SIGKILL)
    await ended(valkey)

    started = time.monotonic()
    load = Load(deployment, 12)
    await load.run()
    took = time.monotonic() - started
    await asyncio.sleep(4)  # past the due time
    await begin(valkey)
    await deployment.settled()

    assert took < 5
    assert worker.is_alive
    assert api.is_alive
    assert await deployment.books.paid_back() == 3 + 9  # of four orders one is kept
