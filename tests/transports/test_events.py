"""graphql-sse on its own path: each operation one request, its answers events."""

import asyncio
from datetime import timedelta
from socket import create_server
from typing import Any

import httpx
import pytest
import uvicorn

from ordergraph import app as application
from ordergraph.kernel.actor import Role
from ordergraph.orders import actions
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.transports.operation import read
from ordergraph.transports.places import Places
from ordergraph.transports.sockets.limits import SocketLimits
from ordergraph.transports.sse import Events
from ordergraph.transports.streams import Stream
from tests.api.doors import TOKENS, bearer, endpoint
from tests.market import ADA, Market, gid
from tests.serving import served
from tests.transports.serving import client, code_of, settings
from tests.transports.streaming import Reading, events, live, until_nobody_listens

TAKES = {"accept": "text/event-stream"}


async def test_a_subscription_says_how_it_stands_and_then_each_change(market: Market) -> None:
    order = await market.place()
    async with events(market, live(order), bearer("ada")) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["cache-control"] == "no-store"
        first = await stream.event()
        await market.ship(order)
        second = await stream.event()

    assert first == ("next", {"data": {"orderUpdated": {"status": "PROCESSING"}}})
    assert second == ("next", {"data": {"orderUpdated": {"status": "SHIPPED"}}})


async def test_who_hangs_up_ends_the_operation(market: Market) -> None:
    """Q12: nothing is left of it, though nobody said anything more."""
    order = await market.place()
    async with events(market, live(order), bearer("ada")) as stream:
        await stream.event()
        assert market.hub.listeners
        await stream.answer.aclose()

        await until_nobody_listens(market)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_has_one_event_and_is_complete(market: Market, method: str) -> None:
    asked = {"query": "{ now }"}
    given: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
    async with client(market) as line:
        answer = await line.request(method, "/graphql/stream", headers=TAKES, **given)

    _, first, last, rest = answer.text.split("\n\n")
    assert first.startswith('event: next\ndata: {"data":{"now":"')
    assert (last, rest) == ("event: complete\ndata:", "")


async def test_a_mutation_runs_and_is_complete(market: Market) -> None:
    order = await market.place()
    asked = {
        "query": 'mutation M($id: ID!) { orderCancel(input: {orderId: $id, reasonHandle: "other"})'
        ' @idempotent(key: "k") { __typename } }',
        "variables": {"id": gid("Order", order.id)},
    }
    async with events(market, asked, bearer("ada")) as stream:
        said = [await stream.event(), await stream.event(), await stream.event()]

    done = {"data": {"orderCancel": {"__typename": "OrderCancelSuccess"}}}
    assert said == [("next", done), ("complete", None), None]


async def test_a_mutation_by_get_is_not_run(market: Market) -> None:
    """H2."""
    before = market.clock.at
    asked = {"query": 'mutation { testClockAdvance(input: {by: "1h"}) { __typename } }'}
    headers = {**TAKES, **bearer("olga", Role.OPERATOR)}
    async with client(market) as line:
        answer = await line.get("/graphql/stream", params=asked, headers=headers)

    assert answer.status_code == 405
    assert code_of(answer) == "METHOD_NOT_ALLOWED"
    assert market.clock.at == before


async def test_nor_is_one_of_several_that_nobody_picked(market: Market) -> None:
    before = market.clock.at
    asked = {
        "query": 'mutation M { testClockAdvance(input: {by: "1h"}) { __typename } } query A { now }'
    }
    headers = {**TAKES, **bearer("olga", Role.OPERATOR)}
    async with client(market) as line:
        answer = await line.get("/graphql/stream", params=asked, headers=headers)

    assert answer.status_code == 200
    assert "OPERATION_RESOLUTION_FAILURE" in answer.text
    assert market.clock.at == before


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("subscription { orderUpdated(orderId: $id) { id } }", "BAD_USER_INPUT"),
        ("query A { now } query B { now }", "OPERATION_RESOLUTION_FAILURE"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_what_cannot_run_is_said_in_an_event(
    market: Market, document: str, code: str
) -> None:
    """A browser's EventSource shows no body of an answer that is not 200."""
    async with events(market, {"query": document}, bearer("ada")) as stream:
        (name, said), last = await stream.event(), await stream.event()

    assert (name, last) == ("next", ("complete", None))
    assert said["errors"][0]["extensions"]["code"] == code
    assert "data" not in said


@pytest.mark.parametrize(
    ("method", "headers", "status", "code"),
    [
        ("PUT", TAKES, 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", TAKES, 405, "METHOD_NOT_ALLOWED"),
        ("POST", {"accept": "application/json"}, 406, "NOT_ACCEPTABLE"),
        ("POST", {**TAKES, "content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", {**TAKES, "authorization": "Bearer none"}, 401, "UNAUTHENTICATED"),
        ("POST", {**TAKES, "content-type": "application/json"}, 400, "BAD_REQUEST"),
    ],
)
async def test_what_is_no_request_is_refused_in_json(
    market: Market, method: str, headers: dict[str, str], status: int, code: str
) -> None:
    """The mode with one connection for all, begun by PUT, is not offered."""
    async with client(market) as line:
        answer = await line.request(method, "/graphql/stream", headers=headers)

    assert answer.status_code == status
    assert code_of(answer) == code


async def test_a_token_that_runs_out_ends_the_stream(market: Market) -> None:
    """W3's rule, on this transport."""
    order = await market.place()
    token = TOKENS.issue("ada", frozenset({Role.BUYER}), "Ada", timedelta(seconds=2))
    who = {"authorization": f"Bearer {token}"}
    async with events(market, live(order), who) as stream:
        said = [await stream.event() for _ in range(4)]

    assert said[0][1]["data"]["orderUpdated"]
    assert said[1][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert said[2:] == [("complete", None), None]
    await until_nobody_listens(market)


async def test_who_holds_all_the_lines_one_may_have_waits(market: Market) -> None:
    """W5's rule, on this transport."""
    order = await market.place()
    app = application.build(settings())
    app.state.graphql = Endpoint(Front(schema, market.desk, TOKENS, places=Places(per_user=1)))
    async with (
        served(app) as url,
        httpx.AsyncClient(headers={**TAKES, **bearer("ada")}) as line,
        line.stream("POST", f"{url}/graphql/stream", json=live(order)) as answer,
    ):
        await Reading(answer, "\n\n").event()
        refused = await line.post(f"{url}/graphql/stream", json=live(order))

    assert refused.status_code == 429
    assert refused.headers["retry-after"]
    assert code_of(refused) == "RATE_LIMITED"


async def test_a_comment_keeps_the_line_warm(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Events, "beat_s", 0.05)
    order = await market.place()
    async with events(market, live(order), bearer("ada")) as stream:
        said = [await stream.piece() for _ in range(5)]

    assert said[0] == ":"
    assert said.count(":") == 4


async def test_a_reader_that_takes_nothing_finds_the_latest_state_behind_one_answer(
    market: Market,
) -> None:
    """W7: nothing is read ahead of the socket, so nothing piles up."""
    order = await market.place()
    slow = Slow()
    front = Front(schema, market.desk, TOKENS)
    context = front.context({})
    context.identity = await front.identity(bearer("ada")["authorization"])
    stream = Stream(front, read(live(order)), context, Events())
    task = asyncio.create_task(stream({}, slow.receive, slow.send))
    await slow.takes(2)  # the head, and what opens the stream

    await asyncio.sleep(0.1)  # the first answer waits to be taken
    await market.ship(order)
    async with market.edge.transaction(ADA) as tx:
        await actions.confirm_receipt(tx, order.id)
    await slow.takes(2)
    task.cancel()
    await asyncio.wait([task])

    assert [b"PROCESSING" in slow.taken[2], b"DELIVERED" in slow.taken[3]] == [True, True]
    assert not market.hub.listeners


class Slow:
    """A socket whose other end takes a piece now and then."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self._room = asyncio.Semaphore(0)
        self._left: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(self, message: Any) -> None:
        await self._room.acquire()
        await self._left.put(message.get("body", b""))

    async def receive(self) -> Any:
        await asyncio.Event().wait()

    async def takes(self, pieces: int) -> None:
        for _ in range(pieces):
            self._room.release()
            self.taken.append(await asyncio.wait_for(self._left.get(), 5))


async def test_a_reader_that_takes_nothing_at_all_is_gone_after_a_while(market: Market) -> None:
    order = await market.place()
    front = Front(schema, market.desk, TOKENS, sockets=SocketLimits(write_s=0.1))
    context = front.context({})
    context.identity = await front.identity(bearer("ada")["authorization"])
    slow = Slow()
    stream = Stream(front, read(live(order)), context, Events())
    task = asyncio.create_task(stream({}, slow.receive, slow.send))
    await slow.takes(2)

    await asyncio.wait_for(task, 5)

    assert not market.hub.listeners


async def test_a_server_that_stops_is_gone_in_seconds_with_its_streams(market: Market) -> None:
    order = await market.place()
    app = application.build(settings())
    app.state.graphql = endpoint(market)
    socket = create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    url = f"http://127.0.0.1:{socket.getsockname()[1]}/graphql/stream"
    async with (
        httpx.AsyncClient(headers={**TAKES, **bearer("ada")}) as line,
        line.stream("POST", url, json=live(order)) as answer,
    ):
        await Reading(answer, "\n\n").event()
        server.should_exit = True
        await asyncio.wait_for(serving, 5)

    await until_nobody_listens(market)
