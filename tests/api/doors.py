"""The endpoint's two doors as clients meet them: HTTP, and a socket; without a network in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import orjson

from ordergraph.identity.tokens import Tokens
from ordergraph.kernel.actor import Role
from ordergraph.transports.endpoint import Endpoint
from tests.market import TOKENS, Market

HOUR = timedelta(hours=1)


def bearer(name: str = "ada", *roles: Role, tokens: Tokens = TOKENS) -> dict[str, str]:
    token = tokens.issue(name, frozenset(roles or {Role.BUYER}), name.title(), HOUR)
    return {"authorization": f"Bearer {token}"}


def endpoint(market: Market) -> Endpoint:
    return Endpoint(market.front)


@asynccontextmanager
async def http(market: Market) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(endpoint(market))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def asked(
    client: httpx.AsyncClient, headers: Mapping[str, str], document: str, variables: Any
) -> dict[str, Any]:
    """Send a document as a phone does, and return its data; errors fail the test."""
    body = {"query": document, "variables": variables}
    said = (await client.post("/graphql", json=body, headers=headers)).json()
    assert "errors" not in said, said
    data: dict[str, Any] = said["data"]
    return data


class Socket:
    """What a client of graphql-transport-ws sends and gets."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.got: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def say(self, type_: str, **rest: Any) -> None:
        text = orjson.dumps({"type": type_, **rest}).decode()
        await self.sent.put({"type": "websocket.receive", "text": text})

    async def hear(self) -> dict[str, Any]:
        """The next message; or, when the server ended the line, its close code."""
        event = await asyncio.wait_for(self.got.get(), 5)
        if event["type"] == "websocket.close":
            return {"closed": event.get("code", 1000)}
        message: dict[str, Any] = orjson.loads(event["text"])
        return message

    async def init(self, **payload: Any) -> dict[str, Any]:
        await self.say("connection_init", payload=payload)
        return await self.hear()

    async def subscribe(self, query: str, **variables: Any) -> None:
        await self.say("subscribe", id="1", payload={"query": query, "variables": variables})


@asynccontextmanager
async def socket(
    market: Market, headers: Mapping[str, str] | None = None, protocol: str = "graphql-transport-ws"
) -> AsyncIterator[Socket]:
    """An open socket; leaving the block hangs up, as a phone in a tunnel does."""
    line = Socket()
    scope = {
        "type": "websocket", "asgi": {"version": "3.0"}, "scheme": "ws", "path": "/graphql",
        "query_string": b"", "root_path": "", "server": ("test", 80), "client": ("phone", 1),
        "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
        "subprotocols": [protocol],
    }  # fmt: skip
    await line.sent.put({"type": "websocket.connect"})
    server = asyncio.create_task(endpoint(market)(scope, line.sent.get, line.got.put))
    assert (await line.got.get())["type"] == "websocket.accept"
    try:
        yield line
    finally:
        await line.sent.put({"type": "websocket.disconnect", "code": 1001})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server, 5)
        assert server.done(), "the server held on to a line that is gone"
