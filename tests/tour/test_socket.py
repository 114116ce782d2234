"""The socket client speaks graphql-transport-ws with our server, and doubts every other."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from ordergraph.kernel.actor import Role
from ordergraph.tour import documents
from ordergraph.tour.client import Person, Servers
from ordergraph.tour.seen import BrokenPromise
from ordergraph.tour.socket import SocketRefused, subscribed
from tests.tour.installation import Installation

ORDER = """
subscription OrderUpdated($orderId: ID!) { orderUpdated(orderId: $orderId) { status } }
"""
LAMP = {"sku": "LAMP", "title": "Lamp", "quantity": 1, "unitPrice": "9.90"}
Talk = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture
async def people(installation: Installation) -> AsyncIterator[dict[str, Person]]:
    async with httpx.AsyncClient() as http:
        servers = Servers(installation.urls, http, cycle(installation.urls))
        yield {
            name: Person(name, installation.token(name), servers, lambda *_: None)
            for name in ("ada", "ben", "nordic-lamps", "olga")
        }


@pytest.fixture
async def order_id(people: dict[str, Person]) -> str:
    """An order of Ada's at Nordic Lamps, handed in by the shop."""
    placed = await people["olga"].do(
        documents.PLACE,
        buyerExternalId="ada",
        sellerExternalId="nordic-lamps",
        currency="EUR",
        lines=[LAMP],
    )
    return placed.text("order.id")


def socket_of(installation: Installation) -> str:
    return installation.urls[0].replace("http", "ws", 1) + "/graphql"


async def test_the_present_state_comes_first_then_what_another_process_changed(
    people: dict[str, Person], order_id: str
) -> None:
    async with people["ada"].watch(ORDER, orderId=order_id) as watch:
        first = await watch.next()
        await people["nordic-lamps"].do(
            documents.SHIP, orderId=order_id, carrier="Nordpost", trackingNumber="N1"
        )
        second = await watch.next()

    assert first.text("status") == "PROCESSING"
    assert second.text("status") == "SHIPPED"


async def test_silence_is_a_timeout_and_the_line_stays(
    installation: Installation, order_id: str
) -> None:
    init = {"authorization": f"Bearer {installation.token('ada')}"}
    variables = {"orderId": order_id}
    async with subscribed(socket_of(installation), ORDER, variables, init=init) as live:
        await live.next(10)
        with pytest.raises(TimeoutError):
            await live.next(0.2)
        assert live.line.close_code is None


async def test_what_a_stranger_watches_ends_at_once(
    people: dict[str, Person], order_id: str
) -> None:
    made_up = b64encode(f"Order:{uuid4()}".encode()).decode()
    said = []
    for wanted in (order_id, made_up):
        async with people["ben"].watch(ORDER, orderId=wanted) as watch:
            with pytest.raises(BrokenPromise) as broken:
                await watch.next()
            said.append(str(broken.value))

    assert said[0] == said[1]
    assert "NOT_FOUND" in said[0]


async def test_an_expired_token_is_closed_with_the_code_that_phones_retry(
    installation: Installation,
) -> None:
    tokens = installation.tokens
    old = tokens.issue("ada", frozenset({Role.BUYER}), "Ada", -timedelta(hours=1))
    init = {"authorization": f"Bearer {old}"}

    with pytest.raises(SocketRefused) as refused:
        async with subscribed(socket_of(installation), ORDER, {"orderId": "x"}, init=init):
            pass

    assert refused.value.code == 4403


async def test_a_bad_document_is_told(people: dict[str, Person]) -> None:
    async with people["ada"].watch("subscription Bad { nothing }") as watch:
        with pytest.raises(BrokenPromise, match="Cannot query field 'nothing'"):
            await watch.next()


async def test_nobody_there_is_a_broken_promise() -> None:
    with pytest.raises(SocketRefused, match=r"ws://127\.0\.0\.1:1: "):
        async with subscribed("ws://127.0.0.1:1", ORDER, {}, init={}):
            pass


# ── servers that are none of ours ─────────────────────────────────────────────────────────────


@asynccontextmanager
async def another(talk: Talk) -> AsyncIterator[str]:
    async with serve(talk, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as server:  # type: ignore[list-item]  # a NewType of str
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


async def test_a_ping_is_answered() -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def talk(line: ServerConnection) -> None:
        await line.recv()
        await line.send('{"type": "pong"}')
        await line.send('{"type": "ping"}')
        heard.put_nowait(json.loads(await line.recv())["type"])
        await line.send('{"type": "connection_ack"}')
        await line.send('{"type": "next", "id": "1", "payload": {"data": {"here": true}}}')
        await line.wait_closed()

    async with another(talk) as url, subscribed(url, ORDER, {}, init={}) as live:
        assert await live.next(5) == {"here": True}
    assert heard.get_nowait() == "pong"


# fmt: off
RUDE = [
    # the first thing the server says    what is said of it
    ("Hello!",                           "what came is no JSON"),
    ("[]",                               "what came is no message"),
    ('{"type": "next"}',                 "no connection_ack"),
]
# fmt: on


@pytest.mark.parametrize(("greeting", "said"), RUDE)
async def test_a_server_of_other_manners_is_refused(greeting: str, said: str) -> None:
    async def talk(line: ServerConnection) -> None:
        await line.send(greeting)
        await line.wait_closed()

    async with another(talk) as url:
        with pytest.raises(SocketRefused) as refused:
            async with subscribed(url, ORDER, {}, init={}):
                pass
    assert str(refused.value) == said


async def test_a_line_that_breaks_says_with_which_code() -> None:
    async def talk(line: ServerConnection) -> None:
        await line.send('{"type": "connection_ack"}')
        await line.close(1012, "restarting")

    async with another(talk) as url:
        with pytest.raises(SocketRefused) as refused:
            async with subscribed(url, ORDER, {}, init={}) as live:
                await live.next(5)
    assert refused.value.code == 1012
    assert str(refused.value) == "restarting (1012)"


async def test_a_line_that_is_cut_has_no_code() -> None:
    async def talk(line: ServerConnection) -> None:
        await line.send('{"type": "connection_ack"}')
        line.transport.abort()

    async with another(talk) as url:
        with pytest.raises(SocketRefused) as refused:
            async with subscribed(url, ORDER, {}, init={}) as live:
                await live.next(5)
    assert refused.value.code is None
    assert str(refused.value) == "the line was cut"


async def test_a_bad_token_is_turned_away_and_a_good_one_is_let_in(
    people: dict[str, Person], order_id: str
) -> None:
    thief = replace(people["ada"], token="forged")

    assert await thief.close_code(ORDER, orderId=order_id) == 4403
    assert await people["ada"].close_code(ORDER, orderId=order_id) is None
