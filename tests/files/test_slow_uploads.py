"""Files that do not come, or come many times at once, over real sockets."""

import asyncio
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from ordergraph import downloads
from ordergraph.files.models import Attachment
from ordergraph.infra.http_line import HttpLine
from tests.files.filing import PNG, Desk, links_of
from tests.serving import served
from tests.transports.serving import Raw, raw

HOLD: Final = """
import sys
from pathlib import Path
from ordergraph.files.links import Links
from ordergraph.files.storages.local import Local
from ordergraph.files.storages.protocol import Surroundings
part = Local(Surroundings(Path(sys.argv[1]), Links.of("s", "")))._begin(sys.argv[2])
part.write(b"of the one that is killed")
part.flush()
print("begun", flush=True)
input()
"""
"""Another process that is in the middle of taking a file."""


@pytest.fixture
async def url(desk: Desk) -> AsyncIterator[str]:
    async with served(links_of(desk.market), http=HttpLine) as found:
        yield found


async def _announced(desk: Desk) -> dict[str, Any]:
    shown: dict[str, Any] = (await desk.announced((await desk.delivered()).id))["attachment"]
    return shown


@asynccontextmanager
async def _sending(url: str, shown: dict[str, Any], content: bytes) -> AsyncIterator[Raw]:
    """A PUT of which so much has come."""
    path = urlsplit(shown["upload"]["url"]).path
    head = f"PUT {path} HTTP/1.1\r\nhost: x\r\n" + "".join(
        f"{header['name']}: {header['value']}\r\n" for header in shown["upload"]["headers"]
    )
    async with raw(url) as line:
        await line.say(head.encode() + b"\r\n" + content)
        yield line


def _parts(desk: Desk) -> list[Path]:
    return list((desk.market.files / "files" / "parts").glob("*"))


async def _has(desk: Desk, parts: int) -> None:
    async with asyncio.timeout(5):
        while len(_parts(desk)) != parts:  # noqa: ASYNC110  (files tell nobody)
            await asyncio.sleep(0.01)


async def test_what_stops_in_the_middle_is_not_waited_for(
    desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SILENT_S", 0.2)
    shown = await _announced(desk)

    async with _sending(url, shown, PNG[:-1]) as line:
        answer = await line.hear_all()

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"REQUEST_TIMEOUT"' in answer
    assert _parts(desk) == []
    assert (await desk.sent(shown)).status_code == 200


async def test_what_comes_byte_by_byte_has_an_end_too(
    desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SENT_WITHIN_S", 0.4)
    shown = await _announced(desk)

    with capture_logs() as logs:
        async with _sending(url, shown, b"") as line:
            over = asyncio.create_task(line.reader.read())
            for n in range(len(PNG) - 1):
                if over.done():  # with an answer, or, as we are still sending, with a reset
                    break
                line.writer.write(PNG[n : n + 1])
                await asyncio.sleep(0.02)
            await asyncio.wait([over], timeout=5)

    assert over.done()
    assert over.exception() or over.result().startswith(b"HTTP/1.1 408 ")
    assert [x["code"] for x in logs if x["event"] == "link.refused"] == ["REQUEST_TIMEOUT"]
    assert _parts(desk) == []


async def test_a_phone_may_be_slow(desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "SILENT_S", 0.3)
    shown = await _announced(desk)

    async with _sending(url, shown, b"") as line:
        for start in range(0, len(PNG), 20):
            await asyncio.sleep(0.1)
            await line.say(PNG[start : start + 20])
        answer = await line.hear(b"}")

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_one_link_takes_one_upload_at_a_time(desk: Desk, url: str) -> None:
    shown = await _announced(desk)

    async with _sending(url, shown, PNG[:-1]) as first:
        await _has(desk, parts=1)
        async with _sending(url, shown, PNG[:-1]) as second:
            refused = await second.hear(b"}}")
        assert len(_parts(desk)) == 1
        await first.say(PNG[-1:])
        taken = await first.hear(b"}")

    assert refused.startswith(b"HTTP/1.1 409 ")
    assert b'"code":"UNDER_WAY"' in refused
    assert b"retry-after: 20" in refused
    assert taken.startswith(b"HTTP/1.1 200 ")
    assert _parts(desk) == []
    assert (await desk.sent(shown)).status_code == 412


async def test_who_hangs_up_in_the_middle_may_begin_again_at_once(desk: Desk, url: str) -> None:
    shown = await _announced(desk)

    async with _sending(url, shown, PNG[:-1]):
        await _has(desk, parts=1)
    await _has(desk, parts=0)

    assert (await desk.sent(shown)).status_code == 200


async def test_another_process_takes_no_second_one_and_a_killed_one_leaves_nothing_in_the_way(
    desk: Desk,
) -> None:
    shown = await _announced(desk)
    row = await Attachment.get()
    command = [sys.executable, "-c", HOLD, str(desk.market.files), row.storage_key]
    other = await create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        assert other.stdout
        assert await other.stdout.readline() == b"begun\n"
        meanwhile = await desk.sent(shown)
    finally:
        other.kill()
        await other.wait()
    assert len(_parts(desk)) == 1

    afterwards = await desk.sent(shown)
    stored = (await desk.confirmed(shown["id"]))["attachment"]

    assert (meanwhile.status_code, afterwards.status_code) == (409, 200)
    assert stored["status"] == "STORED"
    assert _parts(desk) == []
