"""A worker that is told to end is gone soon, even when nothing that it waits for ever comes back (J13)."""

import asyncio
import os
import signal

from tests.faults.deployment import Deployment, ended, until

GRACE_S = 2


async def test_a_worker_whose_servers_are_gone_for_good_ends_when_it_is_told(
    deployment: Deployment,
) -> None:
    worker = deployment.worker(grace_s=GRACE_S, log_json=True)

    async def beats() -> bool:
        async with deployment.backend.redis() as redis:
            return bool(await redis.hlen("ordergraph:workers"))

    await until(beats)
    for server in (deployment.backend.postgres, deployment.backend.valkey):
        os.kill(server.pid, signal.SIGKILL)
        await ended(server)
    await asyncio.sleep(1)
    os.kill(worker.pid, signal.SIGTERM)

    await ended(worker, within_s=GRACE_S + 8)
