"""Postgres restarts while people shop. Promises M1, M3, J13, J15."""

import asyncio
import signal
from datetime import timedelta

import pytest

from tests.faults.deployment import SWEEP_S, Deployment, until
from tests.faults.load import Load

ORDERS, AWAY_S = 60, 1.0
FAST, CRASH = signal.SIGINT, signal.SIGQUIT
LONGEST_WAIT = timedelta(minutes=1)  # for a lease, or after an attempt of unknown outcome


@pytest.mark.parametrize("how", [FAST, CRASH], ids=["fast", "crash"])
async def test_postgres_restarts_while_people_shop_and_nobody_loses_a_cent(
    deployment: Deployment, how: signal.Signals
) -> None:
    apis = await asyncio.gather(deployment.api(), deployment.api("other"))
    worker = deployment.worker(sandbox_delay_s=0.3)  # most refunds are under way when it happens
    load = Load(deployment, ORDERS, waits_s=0.3)

    shopping = asyncio.create_task(load.run())
    for share in (0.25, 0.6):
        await load.has_done(share)
        await deployment.backend.restart(deployment.backend.postgres, how, AWAY_S)
    await shopping
    await deployment.advance(LONGEST_WAIT)
    await deployment.settled()

    assert load.unanswered > 0, "it was felt"
    assert all(process.is_alive for process in (*apis, worker)), "nobody had to start again"
    assert load.promised, "people did come through"
    assert await deployment.books.succeeded(load.promised) == len(load.promised)


async def test_a_job_that_fails_for_it_is_told_of_once(deployment: Deployment) -> None:
    """arq keeps what it failed with, and complained that JSON has no form for it."""
    deployment.worker()
    log, backend = deployment.log("worker"), deployment.backend

    async def has_failed() -> bool:
        return "job.failed" in log.read_text()

    await deployment.settled()
    await backend.restart(backend.postgres, CRASH, AWAY_S + 2 * SWEEP_S)
    await until(has_failed)
    await asyncio.sleep(SWEEP_S)  # arq spoke after us, when the job was over

    assert "serializing" not in log.read_text()
