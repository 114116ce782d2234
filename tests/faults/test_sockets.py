"""Subscriptions over processes that end and a Redis that comes and goes. Promises W1, W6, W8, J11."""

import asyncio
import os
import random
import secrets
import signal
import time
from contextlib import AsyncExitStack
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ordergraph.infra.hub import CHANNEL, EVERYTHING
from tests.faults.client import WATCH, insist
from tests.faults.deployment import Deployment, begin, ended
from tests.faults.followers import STATE, THREAD, Follower, event, following

MESSAGES, IN_TURN = 48, 6
SOON_S = 12.0  # by itself a listener looks again after twenty seconds
SOCKETS = 120
GONE_WITHIN_S = 3.0
SERVICE_RESTART = 1012


async def disputed(deployment: Deployment) -> str:
    """A dispute about an order of ada's."""
    order = await deployment.client("olga").place()
    ada, lamps = deployment.client("ada"), deployment.client("nordic-lamps")
    await lamps.do("orderShip", orderId=order["id"], carrier="Post", trackingNumber="T1")
    await ada.do("orderConfirmReceipt", orderId=order["id"])
    answer = await ada.do(
        "disputeOpen",
        "... on DisputeOpenSuccess { dispute { id } } ... on UserError { message }",
        orderId=order["id"],
        reasonHandle="damaged",
        description="It broke.",
        amount="10.00",
        asked="REFUND_ONLY",
    )
    id_: str = answer["dispute"]["id"]
    return id_


async def talk(deployment: Deployment, dispute: str) -> list[str]:
    """Both sides write, at both APIs in turn; return what they wrote."""
    apis, bodies = list(deployment.ports), [str(n) for n in range(MESSAGES)]
    people = [deployment.client(who, api) for who in ("ada", "nordic-lamps") for api in apis]
    for number, body in enumerate(bodies):
        writer = people[(number // IN_TURN) % len(people)]
        answer = await writer.do("messageSend", disputeId=dispute, body=body)
        assert answer["__typename"] == "MessageSendSuccess", answer
        await asyncio.sleep(0.02)
    return bodies


async def trouble(deployment: Deployment) -> None:
    """Redis is emptied, killed, and comes back, while they talk."""
    valkey = deployment.backend.valkey
    for _ in range(2):
        async with deployment.backend.redis() as redis:
            await redis.flushall()
        await asyncio.sleep(0.2)
        os.kill(valkey.pid, signal.SIGKILL)
        await ended(valkey)
        await asyncio.sleep(0.3)
        await begin(valkey)
        await asyncio.sleep(0.2)


async def test_whoever_comes_again_and_again_misses_nothing_and_never_goes_back(
    deployment: Deployment,
) -> None:
    """W6, W8."""
    seed = secrets.randbelow(2**32)
    print(f"chance: {seed}")  # noqa: T201  (pytest shows it when the test fails)
    chance = random.Random(seed)  # noqa: S311  (chance, and to be repeated)
    await asyncio.gather(deployment.api(), deployment.api("other"))
    dispute = await disputed(deployment)
    tokens = [deployment.token(who) for who in ("ada", "nordic-lamps", "olga")]
    followers = [Follower(deployment, token, chance) for token in tokens]

    last = str(MESSAGES - 1)
    async with asyncio.TaskGroup() as group:
        threads = [group.create_task(f.thread(dispute, last)) for f in followers]
        counts = [group.create_task(f.counts(dispute, MESSAGES)) for f in followers]
        trouble_ = group.create_task(trouble(deployment))
        bodies = await talk(deployment, dispute)
        await trouble_
        done_at = time.monotonic()
    took_s = time.monotonic() - done_at

    for thread in threads:
        assert [body for body in thread.result() if body.isdigit()] == bodies
    for count in counts:
        assert count.result() == sorted(count.result())
    assert all(follower.visits > 2 for follower in followers)
    assert took_s < SOON_S


async def test_a_line_that_holds_loses_nothing_to_a_redis_that_goes_away(
    deployment: Deployment,
) -> None:
    """W6: a change is told promptly although the process that made it had nobody to tell."""
    await asyncio.gather(deployment.api(), deployment.api("other"))
    dispute = await disputed(deployment)
    url = f"ws://127.0.0.1:{deployment.ports['other']}/graphql"
    thread = "subscription T($id: ID!) { messageAdded(disputeId: $id) { node { body } } }"

    async with following(url, deployment.token("ada"), thread, id=dispute) as line:
        talking = asyncio.create_task(talk(deployment, dispute))
        await trouble(deployment)
        bodies = await talking
        heard: list[str] = []
        async with asyncio.timeout(SOON_S):
            while not heard or heard[-1] != bodies[-1]:
                heard.append((await event(line))["node"]["body"])

    assert [body for body in heard if body.isdigit()] == bodies


async def test_a_line_that_holds_outlives_a_postgres_that_restarts(
    deployment: Deployment,
) -> None:
    """W6, J15: who looked while it was away looks again, and is told what came of it."""
    await deployment.api()
    dispute = await disputed(deployment)
    url = f"ws://127.0.0.1:{deployment.ports['api']}/graphql"
    token, lamps = deployment.token("ada"), deployment.client("nordic-lamps")

    async with (
        following(url, token, STATE, id=dispute) as state,
        following(url, token, THREAD, id=dispute) as thread,
    ):
        before = (await event(state))["messageCount"]
        restarting = asyncio.create_task(
            deployment.backend.restart(deployment.backend.postgres, signal.SIGQUIT, away_s=1)
        )
        async with deployment.backend.redis() as redis:
            while not restarting.done():
                await redis.publish(CHANNEL, f'["{EVERYTHING}"]')
                await asyncio.sleep(0.1)
        await restarting
        await insist(lambda key: lamps.do("messageSend", key=key, disputeId=dispute, body="Hello"))

        async with asyncio.timeout(SOON_S):
            assert (await event(state))["messageCount"] == before + 1
            while (await event(thread))["node"]["body"] != "Hello":
                continue


async def test_a_server_that_ends_tells_every_socket_and_is_gone(deployment: Deployment) -> None:
    """W1, J11: 1012, on which clients come again, to another process."""
    api = await deployment.api(lines_per_user=SOCKETS)
    order = await deployment.client("olga").place()
    await deployment.client("ada").cancel(order)
    url, token = f"ws://127.0.0.1:{deployment.ports['api']}/graphql", deployment.token("ada")

    async with AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(following(url, token, WATCH, order=order["id"]))
            for _ in range(SOCKETS)
        ]
        await asyncio.gather(*(event(line) for line in lines))
        told_at = time.monotonic()
        os.kill(api.pid, signal.SIGTERM)
        codes = await asyncio.gather(*(_code(line) for line in lines))
        await ended(api, GONE_WITHIN_S)
        took_s = time.monotonic() - told_at

    assert set(codes) == {SERVICE_RESTART}
    assert took_s < GONE_WITHIN_S


async def _code(line: ClientConnection) -> Any:
    try:
        while True:
            await line.recv()
    except ConnectionClosed as end:
        return end.rcvd and end.rcvd.code
