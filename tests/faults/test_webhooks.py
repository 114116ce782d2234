"""Workers that die with a webhook in their hands, and endpoints that are away: nothing is lost (J3)."""

import os
import signal
from datetime import timedelta
from typing import Any, Final

from cryptography.fernet import Fernet

from tests.faults.deployment import PATIENCE_S, Deployment, until
from tests.outgoing.documents import CREATE
from tests.outgoing.receiver import Receiver, receiving

OUT: Final[dict[str, Any]] = {
    "webhook_secret_key": Fernet.generate_key().decode(),
    "webhook_allow_private": "true",
    "webhook_timeout_s": 2,
    "webhook_lease_s": 5,
}
ATTEMPTS = "SELECT outcome FROM webhook_attempts ORDER BY started_at, number"
WAITING = "SELECT count(*) FROM webhook_deliveries WHERE status = 'PENDING'"


async def listened(deployment: Deployment, url: str) -> str:
    """An endpoint that hears of paid orders; its secret."""
    answered = await deployment.client("olga").ask(CREATE, url=url, types=["order.paid"])
    secret: str = answered["secret"]
    return secret


async def outcomes(deployment: Deployment) -> list[str]:
    return [row["outcome"] for row in await deployment.books.fetch(ATTEMPTS)]


async def came(shop: Receiver, times: int) -> None:
    async def so() -> bool:
        return len(shop.got) >= times

    await until(so)


async def test_a_worker_killed_with_a_message_on_its_way_is_followed_by_one_that_sends_it_again(
    deployment: Deployment,
) -> None:
    async with receiving(hangs=True) as shop:
        await deployment.api(**OUT)
        secret = await listened(deployment, shop.url())
        await deployment.client("olga").place()
        lost = deployment.worker("lost", **OUT)
        await came(shop, 1)
        os.kill(lost.pid, signal.SIGKILL)
        assert await outcomes(deployment) == ["STARTED"]
        shop.hangs = False

        deployment.worker("next", **OUT)
        await came(shop, 2)
        await until(lambda: _none_waits(deployment))

        first, second = shop.got
        assert (first.id, first.body) == (second.id, second.body)
        assert second.verified(secret)
    assert await outcomes(deployment) == ["UNKNOWN", "DELIVERED"]


async def _none_waits(deployment: Deployment) -> bool:
    return await deployment.books.one(WAITING) == 0


async def test_a_worker_that_froze_with_a_message_records_nothing_when_it_wakes(
    deployment: Deployment,
) -> None:
    async with receiving(delay_s=1.0) as shop:
        await deployment.api(**OUT)
        await listened(deployment, shop.url())
        await deployment.client("olga").place()
        frozen = deployment.worker("frozen", **OUT)
        await came(shop, 1)
        os.kill(frozen.pid, signal.SIGSTOP)
        deployment.worker("other", **OUT)
        await came(shop, 2)
        await until(lambda: _none_waits(deployment))
        before = await deployment.books.fetch("SELECT * FROM webhook_deliveries")

        os.kill(frozen.pid, signal.SIGCONT)
        await until(lambda: _has_said(deployment, "frozen", "webhook.claim_lost"))

        assert await deployment.books.fetch("SELECT * FROM webhook_deliveries") == before
        assert len({got.id for got in shop.got}) == 1
    assert await outcomes(deployment) == ["UNKNOWN", "DELIVERED"]


async def _has_said(deployment: Deployment, name: str, words: str) -> bool:
    return words in deployment.log(name).read_text()


async def test_what_happens_while_workers_die_and_the_endpoint_is_away_arrives_once_it_is_back(
    deployment: Deployment,
) -> None:
    async with receiving() as gone:
        url, port = gone.url(), gone.port
    await deployment.api(**OUT)
    await listened(deployment, url)
    worker = deployment.worker(**OUT)
    async with deployment.kept_up():
        orders = [await deployment.client("olga").place() for _ in range(3)]
        await until(lambda: _refused(deployment, len(orders)))
        os.kill(worker.pid, signal.SIGKILL)
        await deployment.advance(timedelta(hours=9))
        async with receiving(port=port) as back:
            await until(lambda: _none_waits(deployment), PATIENCE_S + OUT["webhook_lease_s"])

            paid = {got.said["data"]["order"]["id"] for got in back.got}
            assert paid == {order["id"] for order in orders}
            assert len({got.id for got in back.got}) == len(orders)


async def _refused(deployment: Deployment, times: int) -> bool:
    return (await outcomes(deployment)).count("UNREACHABLE") >= times
