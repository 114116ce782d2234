"""Postgres restarts while people shop. Promises M1, M3, J13, J15."""

import asyncio
import signal
from datetime import timedelta

import pytest
from strawberry.relay import GlobalID

from ordergraph.api.ids import uuid_of
from tests.faults.deployment import LEASE_S, PATIENCE_S, Deployment
from tests.faults.load import Load

ORDERS = 60
FAST, CRASH = signal.SIGINT, signal.SIGQUIT
LONGEST_WAIT = timedelta(minutes=1)  # after an attempt whose outcome is unknown

PAID = "SELECT count(*) FROM refunds WHERE id = ANY($1) AND status = 'SUCCEEDED'"


@pytest.mark.parametrize("how", [FAST, CRASH], ids=["fast", "crash"])
async def test_postgres_restarts_under_load_and_nobody_loses_a_cent(
    deployment: Deployment, how: signal.Signals
) -> None:
    apis = [await deployment.api("api"), await deployment.api("api-2")]
    worker = deployment.worker(sandbox_delay_s=0.3)
    load = Load(deployment, ORDERS, waits_s=0.3)

    shopping = asyncio.create_task(load.run())
    for share in (0.25, 0.6):
        while load.done < ORDERS * share:  # noqa: ASYNC110 - looked at as a person would
            await asyncio.sleep(0.05)
        await deployment.backend.restart(deployment.backend.postgres, how, 1)
    await shopping
    await deployment.advance(LONGEST_WAIT)
    await deployment.settled(LEASE_S + PATIENCE_S)

    assert all(api.is_alive for api in apis)
    assert worker.is_alive
    assert len(load.acknowledged) > ORDERS / 3
    kept = [uuid_of(GlobalID.from_id(refund["id"]), "Refund") for refund in load.acknowledged]
    assert await deployment.books.one(PAID, kept) == len(kept)
