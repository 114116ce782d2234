"""Nudges: heard in this process and in all others, lost without harm, and nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from structlog.testing import capture_logs

from ordergraph.infra import embedded
from ordergraph.infra import hub as hubs
from ordergraph.infra.hub import CHANNEL, Hub
from tests.conftest import Servers

NOWHERE = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def process(redis_url: str) -> AsyncIterator[Hub]:
    """A process with a hub of its own, passing on what others say."""
    redis = Redis.from_url(redis_url)
    hub = Hub(redis)
    line = asyncio.create_task(hub.relay())
    try:
        yield hub
    finally:
        await hub.aclose()
        line.cancel()
        await asyncio.wait([line])
        await redis.aclose()


async def _until(is_so: Callable[[], object]) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def _listening(redis_url: str, count: int) -> None:
    redis = Redis.from_url(redis_url)
    for _ in range(500):
        if (await redis.pubsub_numsub(CHANNEL))[0][1] >= count:
            break
        await asyncio.sleep(0.01)
    await redis.aclose()


async def test_a_listener_hears_its_topic_and_no_other() -> None:
    hub = Hub()
    async with hub.listen("order:1") as one, hub.listen("order:2") as two:
        first, second = asyncio.create_task(one()), asyncio.create_task(two())
        await asyncio.sleep(0)

        hub.publish(["order:1"])
        await asyncio.wait_for(first, 1)

        assert not second.done()
        second.cancel()
    assert not hub.listeners


async def test_a_nudge_that_comes_before_the_wait_is_not_missed() -> None:
    hub = Hub()
    async with hub.listen("order:1") as nudged:
        hub.publish(["order:1"])
        hub.publish(["order:1"])

        await asyncio.wait_for(nudged(), 1)

        waiting = asyncio.create_task(nudged())  # two nudges were one "look again"
        await asyncio.sleep(0.02)
        assert not waiting.done()
        waiting.cancel()


async def test_a_listener_looks_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost nudge costs time, nothing else."""
    monkeypatch.setattr(hubs, "LOOK_AGAIN_S", 0.05)
    async with Hub().listen("order:1") as nudged:
        await asyncio.wait_for(nudged(), 1)


async def test_several_listeners_of_a_topic_all_hear_and_leave_one_by_one() -> None:
    hub = Hub()
    async with AsyncExitStack() as stack:
        listeners = [await stack.enter_async_context(hub.listen("t")) for _ in range(3)]
        async with hub.listen("t"):
            assert len(hub.listeners["t"]) == 4
        hub.publish(["t", "t"])
        await asyncio.wait_for(asyncio.gather(*(nudged() for nudged in listeners)), 1)
        assert len(hub.listeners["t"]) == 3
    assert "t" not in hub.listeners


def test_a_listener_that_fails_keeps_no_other_one_asleep() -> None:
    hub, woken = Hub(), []
    for wake in (lambda: woken.append("before"), lambda: 1 / 0, lambda: woken.append("after")):
        hub.add("order:1", wake)

    with capture_logs() as logs:
        hub.nudge(["order:1"])

    assert sorted(woken) == ["after", "before"]
    assert [(entry["event"], entry["topic"]) for entry in logs] == [
        ("nudge.listener_failed", "order")
    ]


async def test_what_one_process_says_the_others_hear(servers: Servers) -> None:
    """W8."""
    async with process(servers.redis_url) as here, process(servers.redis_url) as there:
        await _listening(servers.redis_url, 2)
        async with there.listen("order:1") as nudged:
            waiting = asyncio.create_task(nudged())
            await asyncio.sleep(0.05)

            here.publish(["order:1"])

            await asyncio.wait_for(waiting, 5)
        await _until(lambda: not here._unsent)


async def test_what_a_process_said_itself_wakes_its_listeners_once(servers: Servers) -> None:
    woken: list[str] = []
    async with process(servers.redis_url) as here, process(servers.redis_url) as there:
        await _listening(servers.redis_url, 2)
        await asyncio.sleep(0.05)  # both were woken by the beginning
        here.add("order:1", lambda: woken.append("here"))
        there.add("order:1", lambda: woken.append("there"))

        here.publish(["order:1"])
        await _until(lambda: "there" in woken)
        there.publish(["order:2"])
        await here.flush()
        await asyncio.sleep(0.05)

    assert woken == ["here", "there"]


async def test_a_line_that_was_cut_off_while_nobody_spoke_delays_nothing(servers: Servers) -> None:
    admin = Redis.from_url(servers.redis_url)
    async with process(servers.redis_url) as here, process(servers.redis_url) as there:
        await _listening(servers.redis_url, 2)
        here.publish(["order:1"])
        await here.flush()
        async with there.listen("order:2") as nudged:
            await admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            waiting = asyncio.create_task(nudged())
            with capture_logs() as logs:
                here.publish(["order:2"])
                await asyncio.wait_for(waiting, hubs.RECONNECT_S / 2)

    assert logs == []
    await admin.aclose()


async def test_the_first_is_said_at_once_and_what_follows_closely_in_one_message(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "GATHER_S", 0.3)
    redis = Redis.from_url(servers.redis_url)
    hub = Hub(redis)
    async with redis.pubsub(ignore_subscribe_messages=True) as line:
        await line.subscribe(CHANNEL)
        await _listening(servers.redis_url, 1)

        said = []
        for number in range(5):
            hub.publish([f"order:{number}"])
            if number == 0:
                said.append(await _said(line))
        said.append(await _said(line))

        assert said == [["order:0"], [f"order:{number}" for number in range(1, 5)]]
    await hub.aclose()
    await redis.aclose()


async def _said(line: PubSub) -> Any:
    message = None
    while message is None:
        message = await line.get_message(timeout=5)
    by, *topics = orjson.loads(message["data"])
    assert by.startswith("from:")
    return topics


async def test_after_the_line_was_lost_every_listener_looks_again(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W6: what was said meanwhile may have been meant for them."""
    monkeypatch.setattr(hubs, "RECONNECT_S", 0.02)
    admin = Redis.from_url(servers.redis_url)
    with capture_logs() as logs:
        async with process(servers.redis_url) as hub, hub.listen("order:1") as nudged:
            await asyncio.wait_for(nudged(), 5)  # of the first connection
            await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

            await asyncio.wait_for(nudged(), 5)

    assert "nudge.line_lost" in {entry["event"] for entry in logs}
    await admin.aclose()


async def test_a_line_that_fell_silent_is_tried_and_keeps_working(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "SILENCE_S", 0.05)
    async with process(servers.redis_url) as hub, hub.listen("order:1") as nudged:
        await asyncio.wait_for(nudged(), 5)
        await asyncio.sleep(0.3)  # several pings
        redis = Redis.from_url(servers.redis_url)
        await redis.publish(CHANNEL, b'["order:1"]')

        await asyncio.wait_for(nudged(), 5)
        await redis.aclose()


async def test_a_line_that_answers_no_more_is_given_up_and_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A Redis whose machine froze: the connection is open, and nobody is there."""
    monkeypatch.setattr(hubs, "SILENCE_S", 0.05)
    monkeypatch.setattr(hubs, "RECONNECT_S", 0.02)
    lines: list[asyncio.StreamWriter] = []

    async def frozen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        while said := await reader.read(4096):
            if b"SUBSCRIBE" in said:
                name = CHANNEL.encode()
                writer.write(b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n" % (len(name), name))
            elif b"PING" not in said:
                writer.write(b"+OK\r\n" * said.count(b"*"))
        writer.close()

    async with await asyncio.start_server(frozen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with capture_logs() as logs:
            async with process(f"redis://127.0.0.1:{port}") as hub, hub.listen("t") as nudged:
                await _until(lambda: len(lines) >= 2)
                await asyncio.wait_for(nudged(), 1)

    assert logs[0] == {
        "event": "nudge.line_lost", "problem": "ConnectionError", "log_level": "warning",
    }  # fmt: skip


async def test_without_redis_this_process_hears_itself_and_nothing_fails() -> None:
    """J14."""
    redis = Redis.from_url(NOWHERE)
    hub = Hub(redis)
    with capture_logs() as logs:
        async with hub.listen("order:1") as nudged:
            hub.publish(["order:1"])
            await asyncio.wait_for(nudged(), 1)
            await asyncio.sleep(0.1)
        await hub.aclose()

    assert [entry["event"] for entry in logs] == ["nudge.not_sent"]
    await redis.aclose()


async def test_what_redis_did_not_take_is_said_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """W6: a listener that Redis's return has nudged may have looked before this change was made."""
    monkeypatch.setattr(hubs, "RECONNECT_S", 0.02)
    port = embedded.free_port()
    async with (
        process(embedded.valkey_url(port)) as here,
        process(embedded.valkey_url(port)) as there,
    ):
        here.publish(["order:1"])
        here.publish(["order:2"])
        await _until(lambda: here._unsent)
        async with there.listen("order:1") as one, there.listen("order:2") as two:
            with embedded.valkey(tmp_path, port=port):
                await _listening(embedded.valkey_url(port), 2)

                await asyncio.wait_for(asyncio.gather(one(), two()), 5)
                await _until(lambda: not here._unsent)


def test_what_is_kept_for_redis_has_a_limit() -> None:
    """Beyond it everybody looks again instead."""
    hub = Hub()

    hub._keep({str(number) for number in range(hubs.MOST_UNSENT)})
    kept = len(hub._unsent)
    hub._keep({"one more"})

    assert (kept, hub._unsent) == (hubs.MOST_UNSENT, {hubs.EVERYTHING})


async def test_saying_nothing_sends_nothing() -> None:
    hub = Hub(Redis.from_url(NOWHERE))

    hub.publish([])

    assert hub._sending is None
