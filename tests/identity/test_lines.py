"""Whoever is served for long is cut off at once when their token is taken back (A8, W3)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from ordergraph.identity.actions import revoke_user
from ordergraph.identity.revoking import LISTED, Revoking
from ordergraph.kernel.actor import user_id_of
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from tests.api.doors import bearer
from tests.market import TOKENS, Market, gid
from tests.transports.lines import phone, served
from tests.transports.streaming import LIVE

AT_ONCE_S = 8.0
"""Less than after which a line looks by itself."""


@asynccontextmanager
async def _revoking(market: Market) -> AsyncIterator[str]:
    """The address of an API process that knows of revocations."""
    process = Revoking(TOKENS, market.hub)
    reading = asyncio.create_task(process.keep_reading())
    try:
        async with served(Endpoint(Front(schema, market.desk, process))) as url:
            yield url
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def _throw_out(market: Market, name: str) -> None:
    await revoke_user(user_id_of(name))
    market.hub.nudge([LISTED])


async def test_a_socket_on_which_nothing_happens_is_closed(market: Market) -> None:
    async with _revoking(market) as url, phone(url) as ada, phone(url) as ben:
        for line, name in ((ada, "ada"), (ben, "ben")):
            assert (await line.init(**bearer(name)))["type"] == "connection_ack"

        await _throw_out(market, "ada")

        assert await ada.closed(AT_ONCE_S) == 4403
        assert await ben.is_alive()


async def test_a_stream_ends_and_says_why(market: Market) -> None:
    order = await market.place()
    asked = {"query": LIVE, "variables": {"id": gid("Order", order.id)}}
    accept = {"accept": "text/event-stream"}
    async with _revoking(market) as url, httpx.AsyncClient(timeout=AT_ONCE_S) as client:
        address = url.replace("ws://", "http://") + "/stream"
        async with client.stream("POST", address, json=asked, headers=bearer() | accept) as answer:
            said = answer.aiter_text()
            while "orderUpdated" not in await anext(said):
                continue

            await _throw_out(market, "ada")

            rest = "".join([piece async for piece in said])
    assert "UNAUTHENTICATED" in rest
    assert rest.endswith("event: complete\ndata:\n\n")
