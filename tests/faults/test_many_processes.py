"""Several APIs and workers at once, and the ways they are told to end. Promises W6, W8, J5, J11."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.exceptions import ConnectionClosedError

from tests.faults.deployment import PATIENCE_S, Deployment, begin, ended, until

PROMPTLY_S = 5.0  # nudged: by itself a listener looks again after twenty seconds
GRACE_S = 5.0
SERVICE_RESTART = 1012


async def canceled(deployment: Deployment) -> tuple[dict[str, Any], dict[str, Any]]:
    """An order and its refund, promised for a time that the test does not wait for."""
    order = await deployment.client("olga").place()
    answer = await deployment.client("ada").cancel(order)
    assert answer["__typename"] == "OrderCancelSuccess", answer
    return order, answer["refund"]


async def test_what_is_done_at_one_api_is_seen_at_the_other_at_once(
    deployment: Deployment,
) -> None:
    await asyncio.gather(deployment.api(), deployment.api("other"))
    order = await deployment.client("olga").place()

    async with deployment.client("ada", "other").watch(order) as watch:
        nothing_yet = asyncio.create_task(watch.next())
        await asyncio.sleep(0.5)
        assert not nothing_yet.done()
        refund = (await deployment.client("ada").cancel(order))["refund"]

        assert await asyncio.wait_for(nothing_yet, PROMPTLY_S) == "SCHEDULED"
        await deployment.client("nordic-lamps").release(refund)
        assert await watch.next(PROMPTLY_S) == "PROCESSING"
        deployment.worker()
        await watch.reads("SUCCEEDED")


async def test_what_happened_while_redis_was_away_is_seen_when_it_is_back(
    deployment: Deployment,
) -> None:
    await asyncio.gather(deployment.api(), deployment.api("other"))
    order, refund = await canceled(deployment)
    valkey = deployment.backend.valkey

    async with deployment.client("ada", "other").watch(order) as watch:
        assert await watch.next() == "SCHEDULED"
        os.kill(valkey.pid, signal.SIGKILL)
        await ended(valkey)
        answer = await deployment.client("nordic-lamps").release(refund)
        assert answer["refund"]["status"] == "PROCESSING"
        await begin(valkey)

        assert await watch.next(3 * PROMPTLY_S) == "PROCESSING"
        deployment.worker()
        await watch.reads("SUCCEEDED")


async def test_listeners_that_leave_or_drop_leave_no_connection_behind(
    deployment: Deployment,
) -> None:
    api = psutil.Process((await deployment.api()).pid)
    order, _ = await canceled(deployment)
    client = deployment.client("ada")
    async with client.watch(order) as watch:  # what is opened once, stays open
        await watch.next()

    async def connections() -> int:
        return sum(c.laddr.port == deployment.ports["api"] for c in api.net_connections("tcp"))

    before = await connections()
    for _ in range(5):
        async with client.watch(order) as leaves, client.watch(order) as drops:
            assert [await leaves.next(), await drops.next()] == ["SCHEDULED", "SCHEDULED"]
            assert await connections() == before + 2
            drops.socket.transport.abort()

    async def is_as_before() -> bool:
        return await connections() == before

    await until(is_as_before, PROMPTLY_S)


async def test_an_api_told_to_end_answers_who_asked_and_sends_listeners_elsewhere(
    deployment: Deployment,
) -> None:
    api = await deployment.api(sandbox_delay_s=0.5)
    order, _ = await canceled(deployment)

    async with deployment.client("ada").watch(order) as watch:
        await watch.next()
        asked = asyncio.create_task(deployment.client("olga").place())
        await until(lambda: deployment.books.one("SELECT count(*) = 2 FROM sandbox_journal"))
        told_at = time.monotonic()
        os.kill(api.pid, signal.SIGTERM)
        with pytest.raises(ConnectionClosedError) as closed:
            await watch.next()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SERVICE_RESTART
    assert (await asked)["status"] == "PROCESSING"
    await ended(api, GRACE_S)
    assert time.monotonic() - told_at < GRACE_S


async def test_arq_itself_runs_the_worker(deployment: Deployment) -> None:
    arq = str(Path(sys.executable).with_name("arq"))
    await deployment.api()
    await canceled(deployment)
    worker = deployment.worker(argv=(arq, "workers.main.WorkerSettings"))

    await deployment.settled()
    health = deployment.worker("health", argv=(arq, "--check", "workers.main.WorkerSettings"))

    assert await deployment.books.attempts() == [("SUCCEEDED", True)]
    assert await ended(health) == 0, deployment.log("health").read_text()
    worker.stop(PATIENCE_S)
    assert worker.exit_code == 0
