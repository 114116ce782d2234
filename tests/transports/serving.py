"""The whole application on a real socket, over a market of the test's, and bytes sent to it by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from ordergraph import app as application
from ordergraph.schema import schema
from ordergraph.settings import Settings
from ordergraph.settings.kinds import read_origins
from ordergraph.transports.browsers import Origins
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from tests.api.doors import TOKENS
from tests.market import Market
from tests.serving import served


def settings(**given: str) -> Settings:
    named = {f"ORDERGRAPH_{name.upper()}": text for name, text in given.items()}
    return Settings.of({"ORDERGRAPH_JWT_SECRET": TOKENS.secret, **named})


@asynccontextmanager
async def address(market: Market, **given: str) -> AsyncIterator[str]:
    """Where the application answers while the block lasts."""
    chosen = settings(**given)
    app = application.build(chosen)
    app.state.graphql = Endpoint(
        Front(
            schema,
            market.desk,
            TOKENS,
            body_limit=chosen.body_max_bytes,
            origins=Origins(read_origins(chosen.origins), chosen.public_url or ""),
        )
    )
    async with served(app) as url:
        yield url


@asynccontextmanager
async def client(market: Market, **given: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        address(market, **given) as url,
        httpx.AsyncClient(base_url=url, headers={"accept": "*/*"}) as line,
    ):
        yield line


class Raw:
    """A line on which one says whatever bytes one likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *lines: bytes) -> None:
        self.writer.write(b"\r\n".join(lines))
        await self.writer.drain()

    async def hear(self, until: bytes) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(until), 5)

    async def hear_all(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), 5)


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Raw]:
    """A line; leaving the block hangs up."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def code_of(answer: httpx.Response) -> str:
    """The code of the first error of an answer that has to be GraphQL's JSON."""
    assert "json" in answer.headers["content-type"]
    errors: list[dict[str, Any]] = answer.json()["errors"]
    assert all(error["message"] for error in errors)
    code: str = errors[0]["extensions"]["code"]
    return code
