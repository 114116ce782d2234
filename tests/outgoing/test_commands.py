"""`ordergraph webhooks`: listen, send and replay, as somebody types them, each a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ordergraph.infra.child import Child, Program
from ordergraph.outgoing import actions
from ordergraph.outgoing.models import WebhookDelivery, WebhookEndpoint
from tests.conftest import Servers
from tests.faults.deployment import ended, until
from tests.market import KEYRING, OLGA, Market, gid
from tests.outgoing.bench import endpoint, happened, only, secret, send
from tests.outgoing.receiver import answer, receiving
from tests.tour.installation import ORDERGRAPH, Outcome, environment, ordergraph


class Shell:
    """Where it is typed; `market` is the installation, seen from inside."""

    def __init__(self, servers: Servers, folder: Path, market: Market) -> None:
        self.folder, self.market = folder, market
        self.market.clock.at = datetime.now(UTC)  # commands ask the database, which nobody moved
        self.env = environment(
            folder,
            database_url=servers.database_url,
            redis_url=servers.redis_url,
            webhook_secret_key=KEYRING.keys[0],
            webhook_allow_private="true",
        )

    async def webhooks(self, *args: str, **settings: str) -> Outcome:
        env = self.env | {f"ORDERGRAPH_{name.upper()}": text for name, text in settings.items()}
        return await asyncio.to_thread(ordergraph, "webhooks", *args, env=env)

    @asynccontextmanager
    async def listening(self, *args: str) -> AsyncIterator["Terminal"]:
        log = self.folder / "listen.log"
        argv = (*ORDERGRAPH, "webhooks", "listen", *args)
        env = self.env | {"PYTHONUNBUFFERED": "1"}
        lock = self.folder / "listen.lock"
        child = Child(Program(name="listen", argv=argv, env=env, lock=lock, log=log))
        assert child.start()
        terminal = Terminal(child, log)
        try:
            await terminal.says("listening on ")
            yield terminal
        finally:
            child.kill()


class Terminal:
    """A command that runs, and what it has printed."""

    def __init__(self, child: Child, log: Path) -> None:
        self.child, self._log = child, log

    @property
    def text(self) -> str:
        return self._log.read_text()

    @property
    def url(self) -> str:
        return self.text.partition("listening on ")[2].split()[0]

    async def says(self, words: str) -> None:
        async def so() -> bool:
            return words in self.text

        await until(so)

    async def end(self, how: signal.Signals) -> int:
        os.kill(self.child.pid, how)
        return await ended(self.child)


@pytest.fixture
def shell(market: Market, servers: Servers, tmp_path: Path) -> Shell:
    return Shell(servers, tmp_path, market)


async def test_send_says_what_the_endpoint_answered(shell: Shell) -> None:
    async with receiving(script=[answer(200), answer(500)]) as shop:
        row = await endpoint(shell.market, shop.url())

        good = await shell.webhooks(
            "send", "refund.succeeded", "--endpoint", gid("WebhookEndpoint", row.id)
        )
        bad = await shell.webhooks("send", "webhook.test")

        assert (good.code, bad.code) == (0, 1), good.err + bad.err
        assert good.out.split()[1:] == ["refund.succeeded", "DELIVERED:", "200"]
        assert bad.out.split()[1:] == ["webhook.test", "REFUSED:", "500"]
        assert shop.got[0].verified(secret(row))["data"]["test"] is True
        assert good.out.split()[0] == shop.got[0].id


async def test_send_to_nobody_or_of_no_event_is_one_line(shell: Shell) -> None:
    nobody = await shell.webhooks("send", "order.paid")
    await endpoint(shell.market, "http://127.0.0.1:9/")
    nothing = await shell.webhooks("send", "order.vanished")

    assert (nobody.code, nobody.err.strip()) == (
        1,
        "ordergraph: There is no such webhook endpoint.",
    )
    assert (nothing.code, "no such event" in nothing.err) == (1, True)
    assert await WebhookDelivery.all().count() == 0


async def test_replay_sends_again_one_message_or_a_span(shell: Shell) -> None:
    async with receiving() as shop:
        await endpoint(shell.market, shop.url())
        await happened(shell.market)
        await send(shell.market)
        shell.market.clock.at = datetime.now(UTC)
        delivery = await only()

        one = await shell.webhooks("replay", gid("WebhookDelivery", delivery.id))
        shell.market.clock.at = datetime.now(UTC)
        await send(shell.market)
        span = await shell.webhooks("replay", "--since", "2h")
        shell.market.clock.at = datetime.now(UTC)
        await send(shell.market)
        neither = await shell.webhooks("replay")

        assert one.out.strip() == f"{delivery.message_id} order.paid is on its way"
        assert span.out.strip() == f"1 messages are on their way to {shop.url()}"
        assert neither.code == 1
        assert [got.id for got in shop.got] == [delivery.message_id] * 3


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_listen_shows_each_message_and_leaves_no_endpoint_behind(
    shell: Shell, how: signal.Signals
) -> None:
    async with shell.listening("--event", "order.paid") as terminal:
        (row,) = await WebhookEndpoint.all()
        assert (row.url, row.event_types) == (terminal.url, ["order.paid"])
        shell.market.clock.at = datetime.now(UTC)
        await happened(shell.market)
        await send(shell.market)

        await terminal.says(f"verified {(await only()).message_id} order.paid")
        async with httpx.AsyncClient() as stranger:
            forged = await stranger.post(terminal.url, json={"type": "order.paid"})
        await terminal.says("NOT VERIFIED")
        code = await terminal.end(how)

    assert forged.status_code == 401
    assert code == 0
    await row.refresh_from_db()
    assert row.status == "DELETED"


async def test_listen_passes_on_and_gives_the_answer_back(shell: Shell) -> None:
    async with (
        receiving(script=[answer(418)]) as app,
        shell.listening("--forward", app.url("/inbox")) as terminal,
    ):
        shell.market.clock.at = datetime.now(UTC)
        await happened(shell.market)
        await send(shell.market)
        await terminal.says("answered 418")

        assert {got.path for got in app.got} == {"/inbox"}
        assert all("webhook-signature" in got.headers for got in app.got)
        found: Any = await WebhookDelivery.filter(attempts=1).values_list("failures", flat=True)
        assert sorted(found) == [0] * (len(found) - 1) + [1]


async def test_listen_with_a_secret_needs_no_installation(shell: Shell) -> None:
    row = await endpoint(shell.market, "https://shop.example/")
    async with shell.listening("--secret", secret(row)) as terminal:
        async with shell.market.edge.transaction(OLGA) as tx:
            await actions.update(tx, row.id, {"url": terminal.url})
        await happened(shell.market)
        await send(shell.market)

        await terminal.says("verified ")
    assert await WebhookEndpoint.all().count() == 1


async def test_listen_says_how_to_allow_it_where_it_is_not(shell: Shell) -> None:
    done = await shell.webhooks("listen", webhook_allow_private="false")

    assert done.code == 1
    assert "ORDERGRAPH_WEBHOOK_ALLOW_PRIVATE=true" in done.err
    assert await WebhookEndpoint.all().count() == 0
