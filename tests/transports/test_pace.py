"""What one person is told is bounded by what it costs; what is too much comes later, as it is then."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest
from websockets.asyncio.client import ClientConnection

from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.infra.meanwhile import meanwhile
from ordergraph.orders import queries
from ordergraph.orders.models import Order
from ordergraph.schema import schema
from ordergraph.transports import pace as pacing
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import SUBSCRIPTIONS, Front
from ordergraph.transports.operation import Operation
from ordergraph.transports.pace import Pace
from tests.api.doors import bearer
from tests.market import ADA, TOKENS, Market, gid
from tests.transports.lines import SOON_S, Phone, phone, served
from tests.transports.test_slow import changed

FOLLOW: Final = """subscription S($id: ID!) {
  it: orderUpdated(orderId: $id) { %s: timeline { nodes { type } } } }"""
TEN: Final = [FOLLOW % f"a{n}" for n in range(10)]
NAMES: Final = "abcdefghij"
WEIGHT: Final = 0.102
"""What each of these weighs: it may answer a hundred and two fields."""
QUIETLY_S: Final = 0.2
A_WHILE: Final = 200
"""Turns of the loop in which whatever can happen happens, and more."""


class Moments:
    """A time of day that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self._passed = asyncio.Condition()

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        async with self._passed:
            await self._passed.wait_for(lambda: self.now >= until)

    async def run(self) -> None:
        while True:
            await self.pass_by(0.2)
            await asyncio.sleep(0.01)

    async def pass_by(self, seconds: float) -> None:
        self.now += seconds
        async with self._passed:
            self._passed.notify_all()


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    made = Moments()
    monkeypatch.setattr(pacing, "time", made)
    monkeypatch.setattr(pacing, "asyncio", SimpleNamespace(Lock=asyncio.Lock, sleep=made.sleep))
    return made


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents of the answers that were made."""
    made: list[str] = []
    really = Front.show

    async def noted(front: Front, asked: Any, *rest: Any) -> Any:
        made.append(str(asked.document))
        return await really(front, asked, *rest)

    monkeypatch.setattr(Front, "show", noted)
    return made


class Reader(Phone):
    """Knows of each operation how many events it was told of."""

    def __init__(self, line: ClientConnection) -> None:
        super().__init__(line)
        self.events: dict[str, int] = {}

    async def hear(self, within_s: float = SOON_S) -> dict[str, Any]:
        message = await super().hear(within_s)
        if message["type"] == "next":
            ((_, timeline),) = message["payload"]["data"]["it"].items()
            self.events[message["id"]] = len(timeline["nodes"])
        return message

    async def pongs(self) -> bool:
        """Whether the server answers, behind whatever it has said."""
        await self.say("ping")
        while (message := await self.hear())["type"] == "next":
            continue
        return message["type"] == "pong"


@asynccontextmanager
async def follower(market: Market, order: Order, pace: Pace) -> AsyncIterator[Reader]:
    """Ada follows an order by ten documents on one socket, and was told how it stands."""
    front = Front(schema, market.desk, TOKENS, pace=pace)
    async with served(Endpoint(front)) as url, phone(url) as spoken:
        line = Reader(spoken.line)
        await line.init(**bearer())
        for name, document in zip(NAMES, TEN, strict=True):
            await line.subscribe(document, id_=name, id=gid("Order", order.id))
            assert (await line.hear())["type"] == "next"
        yield line


async def told_by(pace: Pace, who: object, *weights: float) -> list[asyncio.Task[bool]]:
    tasks = [asyncio.create_task(pace.turn(str(who), weight)) for weight in weights]
    await a_while()
    return tasks


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  (nobody tells)
            await asyncio.sleep(0.01)


async def a_while() -> None:
    for _ in range(A_WHILE):
        await asyncio.sleep(0)


async def test_a_second_has_room_for_so_much_and_what_waits_goes_one_by_one(
    moments: Moments,
) -> None:
    pace = Pace(10)
    tasks = await told_by(pace, "ada", 5, 5, 5, 5, 5)
    other = await told_by(pace, "ben", 5)
    assert [task.done() for task in (*tasks, *other)] == [True, True, True, False, False, True]
    assert not any(task.result() for task in tasks[:3])

    await moments.pass_by(0.5)
    await a_while()
    assert [task.done() for task in tasks] == [True, True, True, True, False]
    await moments.pass_by(0.5)
    assert await asyncio.gather(*tasks) == [False, False, False, True, True]


async def test_who_leaves_while_it_waits_costs_nothing(moments: Moments) -> None:
    pace = Pace(10)
    _, gone, stays = await told_by(pace, "ada", 20, 1_000_000, 1)
    gone.cancel()

    await moments.pass_by(1.0)

    assert await asyncio.wait_for(stays, 5) is True


async def test_without_a_number_nobody_waits() -> None:
    assert not any(await asyncio.gather(*(Pace().turn("ada", 1_000) for _ in range(100))))


def test_an_answer_weighs_what_it_may_tell_and_a_tenth_at_least() -> None:
    """R2: who is told little is told a thousand times a second."""
    library, told = Library(Limits()), {"id": "x"}
    graphql = schema._schema

    assert library.open(graphql, TEN[0], None, told).weight(None, told) == WEIGHT
    little = "subscription S($id: ID!) { orderUpdated(orderId: $id) { status } }"
    assert library.open(graphql, little, None, told).weight(None, told) == 0.1
    most = FOLLOW % "timeline(first: 100) { nodes { id } } more"
    assert library.open(graphql, most, None, told).weight(None, told) > 0.3


async def test_what_others_change_costs_no_more_however_often_it_is_followed(
    market: Market, moments: Moments, shown: list[str]
) -> None:
    """Six answers fit into this second. And the last state comes to each operation."""
    order = await market.place()
    async with follower(market, order, Pace(5.4 * WEIGHT)) as line:
        shown.clear()
        for _ in range(3):
            await changed(market, order)
        await until(lambda: len(shown) == 6)
        assert await line.pongs()
        assert len(shown) == 6

        newest = len(await queries.timeline(order.id))
        async with meanwhile(moments.run):
            while set(line.events.values()) != {newest}:
                await line.hear()
        assert 10 <= len(shown) <= 6 + 10 + 6, (
            "each once, and those that were told before once more"
        )


async def test_a_stream_goes_on_with_the_newest_state(market: Market, moments: Moments) -> None:
    """Over HTTP, too, where each answers by itself."""
    order = await market.place()
    front = replace(market.front, pace=Pace(1.1 * WEIGHT))
    asked = Operation(FOLLOW % "a", {"id": gid("Order", order.id)}, None, None)
    async with aclosing(front.stream(asked, market.context(ADA), SUBSCRIPTIONS)) as results:
        for _ in range(3):
            await anext(results)
            await changed(market, order)
        late = asyncio.create_task(anext(results))
        await asyncio.sleep(QUIETLY_S)
        assert not late.done()
        await changed(market, order)
        await moments.pass_by(1.0)

        told = (await late).data["it"]["a"]["nodes"]
    assert len(told) == len(await queries.timeline(order.id))


async def test_variables_that_are_not_declared_make_nothing_unlike(market: Market) -> None:
    """Else each of them would be answered by itself."""
    order = await market.place()
    front = Front(schema, market.desk, TOKENS)
    async with served(Endpoint(front)) as url, phone(url) as line:
        await line.init(**bearer())
        for n in range(5):
            await line.subscribe(TEN[0], id_=str(n), id=gid("Order", order.id), unheard=n)
            assert (await line.hear())["type"] == "next"
        assert len(front.broadcasts) == 1
