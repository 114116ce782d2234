"""What every storage has to do, tried on each, over real sockets."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from ordergraph import downloads
from ordergraph.checks import LOOKS, PROBLEMS
from ordergraph.files.links import Links, SignedLink
from ordergraph.files.storages import protocol
from ordergraph.files.storages.protocol import (
    Download,
    NotStored,
    Storage,
    Surroundings,
    UnusableStorage,
    Upload,
)
from ordergraph.settings import Settings
from ordergraph.wiring import Wiring
from tests.files.s3_server import KEYS, Bucket
from tests.market import Market
from tests.serving import served

BYTES = b"0123456789" * 30_000
KEY = "ab/0123456789abcdef"
UPLOAD = Upload(KEY, "image/png", len(BYTES))
SHOWN = Download(KEY, "image/png", "Größe 1.png", inline=True)
SOON = timedelta(minutes=5)


@dataclass
class Bench:
    """A storage, and a client of the world outside."""

    storage: Storage
    client: httpx.AsyncClient
    bucket: Bucket | None

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def upload_link(self, upload: Upload = UPLOAD, good_for: timedelta = SOON) -> SignedLink:
        return await self.storage.upload_link(upload, self.now + good_for, self.now)

    async def put(self, link: SignedLink, content: Any = BYTES, **other: str) -> httpx.Response:
        headers = {**link.headers, **other}
        return await self.client.put(link.url, content=content, headers=headers)

    async def get(self, download: Download = SHOWN) -> httpx.Response:
        link = await self.storage.download_link(download, self.now + SOON, self.now)
        return await self.client.get(link.url)

    async def read(self, key: str = KEY) -> bytes:
        async with aclosing(self.storage.read(key)) as chunks:
            return b"".join([chunk async for chunk in chunks])


@pytest.fixture(params=["local", "s3"])
async def bench(
    request: pytest.FixtureRequest, market: Market, tmp_path: Path
) -> AsyncIterator[Bench]:
    bucket = Bucket() if request.param == "s3" else None
    app = bucket.app() if bucket else Starlette(routes=downloads.routes())
    async with served(app) as address, httpx.AsyncClient() as client:
        options = {"endpoint": address, "bucket": "bucket", "region": "eu-test-1"}
        options |= {"access_key": KEYS.access_key, "secret_key": KEYS.secret_key}
        links = Links.of("s" * 40, address)
        given = Surroundings(tmp_path, links, options if bucket else {})
        storage = protocol.load(request.param)(given)
        market.clock.at = datetime.now(UTC)
        nothing: Any = None
        keeper = replace(market.keeper, storage=storage, links=links)
        app.state.wiring = Wiring(
            nothing, market.hub, nothing, market.cashier, nothing, keeper, nothing
        )
        yield Bench(storage, client, bucket)
        await storage.aclose()


async def test_what_was_put_can_be_read_and_had_by_link(bench: Bench) -> None:
    assert (await bench.put(await bench.upload_link())).status_code == 200

    had = await bench.get()

    assert await bench.read() == BYTES
    assert (had.status_code, had.content) == (200, BYTES)
    assert had.headers["content-type"] == "image/png"
    manner = had.headers["content-disposition"].lower()
    assert manner == "inline; filename*=utf-8''gr%c3%b6%c3%9fe%201.png"
    assert bench.storage.name in {"local", "s3"}


async def test_what_a_browser_should_not_show_is_to_be_saved(bench: Bench) -> None:
    await bench.put(await bench.upload_link())

    had = await bench.get(replace(SHOWN, inline=False))

    assert had.headers["content-disposition"].startswith("attachment;")


async def test_it_is_written_once(bench: Bench) -> None:
    link = await bench.upload_link()
    await bench.put(link)

    again = await bench.put(link, b"9876543210" * 30_000)

    assert again.status_code == 412
    assert await bench.read() == BYTES


@pytest.mark.parametrize(
    "wrong",
    [
        {"content-type": "text/html"},
        {"content-length": str(len(BYTES) - 1)},
        {"content-length": str(len(BYTES) + 1)},
    ],
)
async def test_another_type_or_size_than_was_signed_is_refused(
    bench: Bench, wrong: dict[str, str]
) -> None:
    link = await bench.upload_link()
    content = (BYTES + b"x")[: int(wrong.get("content-length", len(BYTES)))]

    answer = await bench.put(link, content, **wrong)

    assert answer.status_code in {403, 413, 415}
    with pytest.raises(NotStored):
        await bench.read()


async def test_a_link_that_was_changed_or_is_for_something_else_is_refused(bench: Bench) -> None:
    link = await bench.upload_link()
    download = await bench.storage.download_link(SHOWN, bench.now + SOON, bench.now)

    forged = [link.url[:-1] + ("0" if link.url[-1] != "0" else "1"), download.url]

    for url in forged:
        assert (await bench.put(replace(link, url=url))).status_code == 403
    assert (await bench.client.get(link.url)).status_code == 403


async def test_what_is_not_there_cannot_be_read_and_may_be_deleted(bench: Bench) -> None:
    await bench.put(await bench.upload_link())

    await bench.storage.delete(KEY)
    await bench.storage.delete(KEY)

    assert (await bench.get()).status_code == 404
    with pytest.raises(NotStored):
        await bench.read()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine without a role, a profile or keys."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


async def test_keys_that_are_not_given_are_found_where_the_machine_has_them(
    machine: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = Surroundings(tmp_path, Links.of("s" * 40, "http://test"), {"bucket": "bucket"})
    with pytest.raises(UnusableStorage, match="needs an access_key"):
        protocol.load("s3")(given)

    machine.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHEMACHINE")
    machine.setenv("AWS_SECRET_ACCESS_KEY", "its secret")
    storage = protocol.load("s3")(given)
    link = await storage.download_link(SHOWN, datetime.now(UTC) + SOON, datetime.now(UTC))
    await storage.aclose()

    assert link.url.startswith("https://s3.us-east-1.amazonaws.com/bucket/ab/")
    assert "AKIAOFTHEMACHINE" in link.url


@pytest.mark.parametrize("bench", ["s3"], indirect=True)
async def test_a_bucket_in_trouble_is_no_empty_bucket(bench: Bench) -> None:
    """It must not look like a file that was never sent, nor like one that is deleted."""
    assert bench.bucket is not None
    bench.bucket.broken = True

    for trouble in (bench.read(), bench.storage.delete(KEY)):
        with pytest.raises(httpx.HTTPStatusError):
            await trouble


@pytest.mark.parametrize("listed", [True, False])
async def test_check_says_when_a_bucket_does_not_tell_what_is_not_there(listed: bool) -> None:
    """Else whoever confirms an upload too early is told that it is our fault."""
    async with served(Bucket(listed=listed).app()) as address:
        options = {"endpoint": address, "bucket": "bucket", "region": "eu-test-1"}
        options |= {"access_key": KEYS.access_key, "secret_key": KEYS.secret_key or ""}
        settings: Any = Settings(storage="s3", storage_options=options)

        if listed:
            assert await dict(LOOKS)["storage"](settings) == "s3 answers"
            return
        with pytest.raises(PROBLEMS) as refused:
            await dict(LOOKS)["storage"](settings)

    assert "ListBucket" in str(refused.value)
    assert "Signature" not in str(refused.value)


def test_a_storage_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnusableStorage, match="installed are: local, s3"):
        protocol.load("attic")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("local", {"paht": "x"}, "no option 'paht'"),
        ("s3", {"bukcet": "x"}, "no option 'bukcet'"),
        ("s3", {}, "needs ORDERGRAPH_STORAGE_OPTIONS__BUCKET"),
        ("s3", {"bucket": "b", "access_key": "AKIA"}, "access_key and secret_key together"),
        ("s3", {"bucket": "b", "secret_key": "of nobody"}, "access_key and secret_key together"),
        ("s3", {"bucket": "b", "endpoint": "minio.example:9000"}, "https://"),
    ],
)
def test_wrong_options_are_told_in_a_line(
    name: str, options: dict[str, str], words: str, tmp_path: Path
) -> None:
    links = Links.of("s" * 40, "http://test")

    with pytest.raises(UnusableStorage, match=words):
        protocol.load(name)(Surroundings(tmp_path, links, options))


def test_the_local_folder_can_be_chosen(tmp_path: Path) -> None:
    links = Links.of("s" * 40, "http://test")
    chosen: Any = protocol.load("local")(Surroundings(tmp_path, links, {"path": "/srv/files"}))
    usual: Any = protocol.load("local")(Surroundings(tmp_path, links))

    assert (chosen.root, usual.root) == (Path("/srv/files"), tmp_path / "files")
