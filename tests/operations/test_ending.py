"""SIGTERM: what is being done is finished, told twice it ends at once, and streams hold up nobody (J11)."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.conftest import Servers
from tests.faults.deployment import ended, until
from tests.nursery import Nursery
from tests.operations.plant import CANCEL, PLACE, RELEASE, Plant, planted
from tests.tour.installation import ORDERGRAPH, create_database, environment

SLOW_S = 2.0
WATCH = "subscription { notificationAdded { __typename } }"


@pytest.fixture(scope="module")
async def shop(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[Plant]:
    """Without processes: each test starts its own."""
    async with planted(servers, tmp_path_factory.mktemp("shop"), nursery) as found:
        yield found


async def _serving(shop: Plant) -> Any:
    shop.stripe.pause_s = 0.0
    child = shop.start("serve")
    await shop.is_up()
    return child


def _asked(shop: Plant, path: str) -> int:
    return sum(1 for head in shop.stripe.heads if head[":asked"] == f"POST {path}")


async def test_a_request_in_flight_is_answered_before_the_server_ends(shop: Plant) -> None:
    api = await _serving(shop)
    shop.stripe.pause_s, before = SLOW_S, _asked(shop, "/v1/payment_intents")
    placing = asyncio.create_task(shop.place())

    async def captures() -> bool:
        return _asked(shop, "/v1/payment_intents") > before

    await until(captures)
    os.kill(api.pid, signal.SIGTERM)
    order = await placing

    assert order["status"] == "PROCESSING"
    await ended(api, within_s=10)
    assert "ending.forced" not in shop.log("serve")


async def test_who_is_told_twice_ends_at_once(shop: Plant) -> None:
    api = await _serving(shop)
    shop.stripe.pause_s, before = 20.0, _asked(shop, "/v1/payment_intents")
    placing = asyncio.create_task(shop.post("olga", PLACE, input=_basket()))

    async def captures() -> bool:
        return _asked(shop, "/v1/payment_intents") > before

    await until(captures)
    os.kill(api.pid, signal.SIGTERM)
    await asyncio.sleep(0.3)
    began = time.monotonic()
    os.kill(api.pid, signal.SIGTERM)
    code = await ended(api, within_s=5)

    assert code == 128 + signal.SIGTERM
    assert time.monotonic() - began < 3
    with pytest.raises(httpx.TransportError):
        await placing
    shop.stripe.pause_s = 0.0


def _basket() -> dict[str, Any]:
    line = {"sku": "L-1", "title": "Lamp", "quantity": 1, "unitPrice": "39.90"}
    return {
        "sellerExternalId": "nordic-lamps",
        "buyerExternalId": "ada",
        "currency": "EUR",
        "lines": [line],
        "paymentToken": "pm_card_visa",
    }


@pytest.mark.parametrize(
    ("path", "accept", "complete"),
    [
        ("/graphql/stream", "text/event-stream", b"event: complete"),
        ("/graphql", "multipart/mixed;subscriptionSpec=1.0", b"--graphql--"),
    ],
)
async def test_an_open_stream_ends_whole_with_its_server(
    shop: Plant, path: str, accept: str, complete: bytes
) -> None:
    """It has no end of its own, and would use up all of the grace. Its client is to connect again."""
    api = await _serving(shop)
    before = len(shop.lines("serve"))
    headers = {"authorization": f"Bearer {shop.token('ada')}", "accept": accept}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
        client.stream("POST", shop.url + path, json={"query": WATCH}, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        chunks = stream.aiter_raw()
        await anext(chunks)
        os.kill(api.pid, signal.SIGTERM)
        rest = b"".join([chunk async for chunk in chunks])
        await ended(api, within_s=8)

    assert complete not in rest
    assert [x for x in shop.lines("serve")[before:] if x["level"] == "error"] == []


async def test_a_worker_finishes_the_refund_that_it_is_sending(shop: Plant) -> None:
    """J11: a deploy loses no job, and counts none as failed."""
    await _serving(shop)
    worker = shop.start("worker")
    order = await shop.place()
    canceled = await shop.ask("ada", CANCEL, id=order["id"], note="")
    shop.stripe.pause_s, before = SLOW_S, _asked(shop, "/v1/refunds")
    await shop.ask("nordic-lamps", RELEASE, id=canceled["refund"]["id"])

    async def sends() -> bool:
        return _asked(shop, "/v1/refunds") > before

    await until(sends)
    os.kill(worker.pid, signal.SIGTERM)
    code = await ended(worker, within_s=20)
    shop.stripe.pause_s = 0.0

    assert code == 0
    await shop.refund_is(order["id"], "SUCCEEDED")
    assert _asked(shop, "/v1/refunds") == before + 1
    assert await _attempts(shop) == [("SUCCEEDED", 1)]
    os.kill(shop.crew["serve"].pid, signal.SIGTERM)
    await ended(shop.crew["serve"])


async def _attempts(shop: Plant) -> list[tuple[str, int]]:
    connection: Any = await asyncpg.connect(shop.env["ORDERGRAPH_DATABASE_URL"])
    try:
        rows = await connection.fetch("SELECT outcome, number FROM refund_attempts")
    finally:
        await connection.close()
    return [(row["outcome"], row["number"]) for row in rows]


async def test_three_migrations_that_start_at_once_all_succeed(
    servers: Servers, tmp_path: Path
) -> None:
    """Three replicas of a deploy may each begin by migrating."""
    url = await create_database(servers.database_url, "thrice")
    env = environment(tmp_path, database_url=url, redis_url=servers.redis_url)

    async def migrated() -> tuple[int | None, str]:
        process = await create_subprocess_exec(
            *ORDERGRAPH, "migrate", env=env, stdout=PIPE, stderr=sys.stderr
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    done = await asyncio.gather(*(migrated() for _ in range(3)))

    assert [code for code, _ in done] == [0, 0, 0]
    assert sum("nothing to migrate" in out for _, out in done) == 2
