"""Valkey is emptied, or goes away, while people shop. Promises J1, J2, J13, J14."""

import asyncio
import os
import signal
import time

from tests.faults.deployment import Deployment, begin, ended
from tests.faults.load import Load

ORDERS = 40
PROMPTLY_S = 10.0
PAST_THE_DUE_TIME_S = 3.0


async def test_a_redis_emptied_again_and_again_loses_no_refund(deployment: Deployment) -> None:
    await deployment.api()
    worker = deployment.worker()
    load = Load(deployment, ORDERS, waits_s=0.3)

    shopping = asyncio.create_task(load.run())
    async with deployment.backend.redis() as redis:
        while not shopping.done():
            await redis.flushall()
            await asyncio.sleep(0.1)
    await shopping
    await deployment.settled()

    assert load.unanswered == 0
    assert worker.is_alive
    assert await deployment.books.succeeded(load.promised) == len(load.promised) == ORDERS * 3 // 4


async def test_without_redis_people_shop_on_and_their_money_goes_back_when_it_is_back(
    deployment: Deployment,
) -> None:
    api, worker, valkey = await deployment.api(), deployment.worker(), deployment.backend.valkey
    await Load(deployment, 4).run()
    await deployment.settled()  # so everybody has a line to Valkey by now
    os.kill(valkey.pid, signal.SIGKILL)
    await ended(valkey)

    started_at, load = time.monotonic(), Load(deployment, 16)
    await load.run()
    took_s = time.monotonic() - started_at
    await asyncio.sleep(PAST_THE_DUE_TIME_S)
    assert await deployment.books.succeeded(load.promised) == 0
    await begin(valkey)
    await deployment.settled()

    assert took_s < PROMPTLY_S
    assert load.unanswered == 0
    assert api.is_alive
    assert worker.is_alive, "a short outage is outlived"
    assert await deployment.books.succeeded(load.promised) == len(load.promised) == 12
