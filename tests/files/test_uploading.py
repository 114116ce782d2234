"""Uploading over HTTP, by people with bad intentions, too."""

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ordergraph.files.models import Attachment
from tests.files.filing import PNG, Desk
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER

MINUTE = timedelta(minutes=1)


def _files(desk: Desk) -> list[Path]:
    return sorted(path for path in desk.market.files.rglob("*") if path.is_file())


async def test_a_picture_is_announced_sent_confirmed_and_had_again(desk: Desk) -> None:
    order = await desk.delivered()
    announced = (await desk.announced(order.id, fileName="../Lampe ä.png"))["attachment"]
    assert (announced["status"], announced["download"]) == ("AWAITING_UPLOAD", None)

    put = await desk.sent(announced)
    stored = (await desk.confirmed(announced["id"]))["attachment"]
    had = await desk.door.get(stored["download"]["url"])

    assert put.status_code == 200
    assert (stored["status"], stored["upload"]) == ("STORED", None)
    assert stored["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert stored["fileName"] == "Lampe ä.png"
    assert had.content == PNG
    assert had.headers["content-type"] == "image/png"
    assert had.headers["cache-control"] == "no-store"
    assert had.headers["x-content-type-options"] == "nosniff"
    assert had.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"contentType": "text/html"}, "contentType"),
        ({"contentType": "image/svg+xml"}, "contentType"),
        ({"size": 0}, "size"),
        ({"size": -1}, "size"),
        ({"size": 100_001}, "size"),
        ({"fileName": "a\x07.png"}, "fileName"),
        ({"fileName": "../.."}, "fileName"),
        ({"fileName": "x" * 121}, "fileName"),
    ],
)
async def test_what_cannot_be_taken_is_refused_before_anything_is_sent(
    desk: Desk, wrong: dict[str, Any], field: str
) -> None:
    order = await desk.delivered()

    answer = await desk.announced(order.id, **wrong)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", field)
    assert await Attachment.all().count() == 0


async def test_strangers_upload_nothing(desk: Desk) -> None:
    order = await desk.delivered()

    for stranger in (BEN, PAPER):
        assert (await desk.announced(order.id, stranger))["__typename"] == "NotFoundError"


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]
        await asyncio.sleep(0)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("extra", "codes"), [(5_000, {413}), (-20, {400, 413})])
async def test_neither_more_nor_less_than_announced_is_taken_however_it_is_sent(
    desk: Desk, extra: int, codes: set[int], *, chunked: bool
) -> None:
    content = PNG * 20
    shown = (await desk.announced((await desk.delivered()).id, content=content))["attachment"]
    other = (content * 3)[: len(content) + extra]

    answer = await desk.door.put(
        shown["upload"]["url"],
        content=_pieces(other) if chunked else other,
        headers={"content-type": "image/png"},
    )

    assert answer.status_code in codes
    assert _files(desk) == []
    assert (await desk.confirmed(shown["id"]))["__typename"] == "AttachmentNotReadyError"


async def test_a_second_upload_changes_nothing(desk: Desk) -> None:
    order = await desk.delivered()
    shown = (await desk.announced(order.id))["attachment"]
    both = await asyncio.gather(desk.sent(shown), desk.sent(shown))
    await desk.confirmed(shown["id"])

    later = await desk.sent(shown, PNG[:-6] + b"PIXELS")

    assert sorted(answer.status_code for answer in both) in ([200, 409], [200, 412])
    assert later.status_code == 412
    assert [path.read_bytes() for path in _files(desk)] == [PNG]


async def test_another_type_than_announced_is_refused_by_its_header(desk: Desk) -> None:
    shown = (await desk.announced((await desk.delivered()).id))["attachment"]

    answer = await desk.door.put(
        shown["upload"]["url"], content=PNG, headers={"content-type": "text/html"}
    )

    assert answer.status_code == 415


async def test_a_page_that_calls_itself_a_picture_is_discarded_for_good(desk: Desk) -> None:
    order = await desk.delivered()
    page = b"<html><script>alert(1)</script>".ljust(len(PNG))
    shown = (await desk.announced(order.id))["attachment"]
    assert (await desk.sent(shown, page)).status_code == 200

    refused = await desk.confirmed(shown["id"])

    assert refused["__typename"] == "AttachmentContentWrongError"
    assert (await desk.sent(shown)).status_code == 412
    assert (await desk.confirmed(shown["id"]))["__typename"] == "NotFoundError"
    found = await desk.node(ADA, shown["id"])
    assert found is not None
    assert (found["status"], found["upload"], found["download"]) == ("DISCARDED", None, None)


async def test_confirming_twice_changes_nothing_and_too_early_is_refused(desk: Desk) -> None:
    order = await desk.delivered()
    shown = (await desk.announced(order.id))["attachment"]
    early = await desk.confirmed(shown["id"])
    await desk.sent(shown)

    once, twice = await asyncio.gather(desk.confirmed(shown["id"]), desk.confirmed(shown["id"]))

    assert early["__typename"] == "AttachmentNotReadyError"
    assert once["attachment"]["sha256"] == twice["attachment"]["sha256"]


async def test_links_end_on_the_second(desk: Desk) -> None:
    order = await desk.delivered()
    shown = (await desk.announced(order.id))["attachment"]
    stored = await desk.stored(order.id)

    desk.market.clock.advance(5 * MINUTE)
    assert (await desk.door.get(stored["download"]["url"])).status_code == 403
    desk.market.clock.advance(10 * MINUTE)
    assert (await desk.sent(shown)).status_code == 403


@pytest.mark.parametrize("token", ["x", "a.b", "..%2f..%2fetc%2fpasswd", "%00", "a" * 3000])
async def test_what_is_no_link_leads_nowhere(desk: Desk, token: str) -> None:
    for method in ("GET", "PUT"):
        answer = await desk.door.request(method, f"http://test/files/{token}")
        assert answer.status_code in {403, 404}
    assert (await desk.door.get(f"http://test/packs/{token}")).status_code in {403, 404}


async def test_a_link_is_good_for_its_own_purpose_only(desk: Desk) -> None:
    order = await desk.delivered()
    shown = (await desk.announced(order.id))["attachment"]
    stored = await desk.stored(order.id)

    for method, url in (("GET", shown["upload"]["url"]), ("PUT", stored["download"]["url"])):
        assert (await desk.door.request(method, url)).status_code == 403
    pack = stored["download"]["url"].replace("/files/", "/packs/")
    assert (await desk.door.get(pack)).status_code == 403


async def test_nothing_of_a_link_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        order = await desk.delivered()
        stored = await desk.stored(order.id)
        url = stored["download"]["url"]
        await desk.door.get(url)
        await desk.door.get(url[:-2])

    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("httpx")]  # its client
    assert not any(url.rpartition(".")[2][:20] in line for line in ours)


async def test_one_person_uploads_so_many_for_an_order_and_the_other_is_not_told(
    desk: Desk,
) -> None:
    order = await desk.delivered()
    for _ in range(6):
        await desk.announced(order.id)

    full = await desk.announced(order.id)

    assert (full["__typename"], full["most"]) == ("TooManyAttachmentsError", 6)
    assert (await desk.announced(order.id, LAMPS))["__typename"] == "AttachmentCreateSuccess"


async def test_nobody_else_sees_what_hangs_on_nothing(desk: Desk) -> None:
    order = await desk.delivered()
    stored = await desk.stored(order.id)

    assert await desk.node(ADA, stored["id"]) is not None
    for who in (LAMPS, OLGA, BEN, PAPER):
        assert await desk.node(who, stored["id"]) is None
        assert (await desk.confirmed(stored["id"], who))["__typename"] == "NotFoundError"


async def test_what_killed_processes_left_is_taken_away(desk: Desk) -> None:
    order = await desk.delivered()
    parts = desk.market.files / "files" / "parts"
    parts.mkdir(parents=True)
    (parts / "old").write_bytes(b"x")
    os.utime(parts / "old", (0, 0))
    (parts / "young").write_bytes(b"x")

    await desk.stored(order.id)

    assert [path.name for path in parts.iterdir()] == ["young"]
