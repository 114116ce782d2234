"""Reading long answers piece by piece, as clients of these protocols do."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from ordergraph.orders.models import Order
from tests.market import Market, gid
from tests.transports.serving import client

LIVE = "subscription S($id: ID!) { orderUpdated(orderId: $id) { status } }"
APOLLO = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json'


def live(order: Order) -> dict[str, Any]:
    return {"query": LIVE, "variables": {"id": gid("Order", order.id)}}


class Reading:
    """A long answer, taken apart at a mark."""

    def __init__(self, answer: httpx.Response, mark: str) -> None:
        self.answer, self._mark, self._rest = answer, mark, ""
        self._chunks = answer.aiter_text()

    async def piece(self) -> str | None:
        """The next piece; None at the end."""
        while self._mark not in self._rest:
            chunk = await asyncio.wait_for(anext(self._chunks, None), 10)
            if chunk is None:
                return self._rest or None
            self._rest += chunk
        piece, _, self._rest = self._rest.partition(self._mark)
        return piece

    async def event(self) -> Any:
        """The next event's name and data; comments are passed over."""
        piece = await self.piece()
        while piece is not None and piece.startswith(":"):
            piece = await self.piece()
        if piece is None:
            return None
        name, data = piece.split("\n")
        text = data.removeprefix("data:").strip()
        return name.removeprefix("event: "), json.loads(text) if text else None

    async def part(self) -> Any:
        """The next part; None at the last boundary. As Apollo Client reads it."""
        piece = await self.piece()
        if piece is None or piece.startswith("--"):
            return None
        head, _, body = piece.partition("\r\n\r\n")
        assert head.strip().lower() in {"content-type: application/json", ""}, head
        return json.loads(body) if body else await self.part()


@asynccontextmanager
async def reading(
    market: Market, path: str, asked: Any, headers: Mapping[str, str], **more: Any
) -> AsyncIterator[Reading]:
    """A long answer to a POST; leaving the block hangs up."""
    async with (
        client(market, **more) as line,
        line.stream("POST", path, json=asked, headers=headers) as answer,
    ):
        yield Reading(answer, "\r\n--graphql" if path == "/graphql" else "\n\n")


def events(market: Market, asked: Any, who: Mapping[str, str]) -> Any:
    return reading(market, "/graphql/stream", asked, {**who, "accept": "text/event-stream"})


def parts(market: Market, asked: Any, who: Mapping[str, str], accept: str = APOLLO) -> Any:
    return reading(market, "/graphql", asked, {**who, "accept": accept})


async def until_nobody_listens(market: Market) -> None:
    """The operation of a reader who hung up has let go of everything."""
    for _ in range(100):
        if not market.hub.listeners:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("somebody listens on")
