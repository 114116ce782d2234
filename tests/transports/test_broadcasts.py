"""Many who ask the same are answered once; whoever asks as somebody else is answered apart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import pytest
from structlog.testing import capture_logs

from ordergraph.identity.revoking import Revoking
from ordergraph.kernel.actor import Role, user_id_of
from ordergraph.orders import queries
from ordergraph.orders.models import Order
from ordergraph.schema import schema
from ordergraph.transports import broadcasts
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from tests.api.doors import bearer
from tests.market import ADA, BEN, LAMPS, OLGA, OTTO, TOKENS, Market, gid
from tests.transports.lines import Phone, phone, served
from tests.transports.test_slow import NARROW, changed, dawdler
from tests.watching import statements

ORDER: Final = """subscription Follow($id: ID!) {
  orderUpdated(orderId: $id) { status lines { title } timeline { nodes { type } } } }"""
SIDES: Final = "status actions { kind blockedBy { message } } deadlines { kind consequence }"
"""What is different for each side of an order, and in each language."""
FOLLOW: Final = f"subscription Follow($id: ID!) {{ orderUpdated(orderId: $id) {{ {SIDES} }} }}"
ASK: Final = f"query Ask($id: ID!) {{ order(id: $id) {{ {SIDES} }} }}"
QUICKLY_S: Final = 0.3


class Place(NamedTuple):
    """One process, and where it is served."""

    front: Front
    url: str

    @asynccontextmanager
    async def follower(
        self, order: Order, name: str = "ada", *roles: Role, document: str = ORDER, **init: str
    ) -> AsyncIterator[Phone]:
        """Somebody who follows the order, and was told how it stands."""
        async with phone(self.url) as line:
            await line.init(**bearer(name, *roles), **init)
            await line.subscribe(document, id=gid("Order", order.id))
            assert (await line.hear())["type"] == "next"
            yield line


@asynccontextmanager
async def process(market: Market, tokens: Any = TOKENS) -> AsyncIterator[Place]:
    """Nothing is left behind when all have gone."""
    front = Front(schema, market.desk, tokens)
    async with served(Endpoint(front), buffer=NARROW) as url:
        yield Place(front, url)
        async with asyncio.timeout(5):
            while front.places.open:  # noqa: ASYNC110  (nobody is told who leaves)
                await asyncio.sleep(0.01)
        assert not market.hub.listeners
        assert len(front.broadcasts) == front.places.running == 0


async def _told(line: Phone) -> Any:
    message = await line.hear()
    assert message["type"] == "next", message
    return message["payload"]["data"]["orderUpdated"]


async def _is_quiet(line: Phone) -> bool:
    await asyncio.sleep(QUICKLY_S)
    return await line.is_alive()


async def test_a_change_is_read_and_answered_once_however_many_lines_one_has(
    market: Market,
) -> None:
    order = await market.place()
    async with process(market) as place, AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(place.follower(order)) for _ in range(20)]
        assert (len(place.front.broadcasts), place.front.places.running) == (1, 20)

        with statements() as seen:
            market.hub.publish([f"order:{order.id}"])
            await asyncio.sleep(QUICKLY_S)
        assert len(seen) == 1, "read once, and found as it was"
        await market.ship(order)
        with statements() as seen:
            told = [await _told(line) for line in lines]

        assert [answer["status"] for answer in told] == ["SHIPPED"] * 20
        assert len([s for s in seen if "events" in s and "LIMIT" in s]) <= 1
        assert len(seen) <= 3, "the order, its lines, its timeline"


async def test_what_one_is_told_no_other_account_is(market: Market) -> None:
    """A1: the same document and the same order, for whoever may see it: each is answered apart."""
    order = await market.place()
    async with (
        process(market) as place,
        place.follower(order, "ada", document=FOLLOW) as ada,
        place.follower(order, "nordic-lamps", Role.SELLER, document=FOLLOW) as lamps,
        place.follower(order, "olga", Role.OPERATOR, document=FOLLOW) as olga,
        place.follower(order, "otto", Role.OPERATOR, document=FOLLOW) as otto,
    ):
        assert len(place.front.broadcasts) == 4

        await changed(market, order)

        told = [await _told(line) for line in (ada, lamps, olga, otto)]
        asked = [
            (await market.ask(actor, ASK, id=gid("Order", order.id)))["order"]
            for actor in (ADA, LAMPS, OLGA, OTTO)
        ]
        assert told == asked
        assert told[0] != told[1]


async def test_another_language_other_hats_another_name_are_answered_apart(market: Market) -> None:
    order = await market.place()
    hats = (Role.BUYER, Role.OPERATOR)
    async with (
        process(market) as place,
        place.follower(order, document=FOLLOW) as ada,
        place.follower(order, document=FOLLOW, acceptLanguage="de") as german,
        place.follower(order, "ada", *hats, document=FOLLOW),
        place.follower(order, document=FOLLOW),
    ):
        assert len(place.front.broadcasts) == 3

        await changed(market, order)

        assert (await _told(ada))["deadlines"] != (await _told(german))["deadlines"]


async def test_who_may_not_see_it_joins_nobody(market: Market) -> None:
    """A1: an answer that is ready for another is none for a stranger."""
    order = await market.place()
    async with process(market) as place, place.follower(order) as ada, phone(place.url) as ben:
        await ben.init(**bearer("ben"))
        await ben.subscribe(ORDER, id=gid("Order", order.id))

        assert (await ben.hear())["payload"][0]["extensions"] == {"code": "NOT_FOUND"}
        assert await ben.is_alive()
        await changed(market, order)
        assert len((await _told(ada))["timeline"]["nodes"]) > 1
        assert await _is_quiet(ben)


async def test_who_may_see_it_no_longer_is_told_so_and_no_more(market: Market) -> None:
    """A1: asked again at each delivery."""
    order = await market.place()
    async with (
        process(market) as place,
        place.follower(order) as one,
        place.follower(order) as other,
    ):
        await market.place(buyer=BEN)  # so that he is known
        await Order.filter(id=order.id).update(buyer_id=BEN.user_id)
        market.hub.publish([f"order:{order.id}"])

        for line in (one, other):
            said = await line.hear()
            assert (said["type"], said["payload"][0]["extensions"]["code"]) == (
                "error",
                "NOT_FOUND",
            )
        await one.subscribe("{ __typename }")  # with the same id, which is free
        assert (await one.hear())["payload"] == {"data": {"__typename": "Query"}}


async def test_who_comes_later_is_told_how_it_stands_and_nobody_else_is(market: Market) -> None:
    order = await market.place()
    async with process(market) as place, place.follower(order) as ada:
        await Order.filter(id=order.id).update(carrier="Nobody")  # what no nudge has told of
        document = "subscription($id: ID!) { orderUpdated(orderId: $id) { carrier } }"
        async with place.follower(order, document=document), phone(place.url) as late:
            await late.init(**bearer())
            await late.subscribe(document, id=gid("Order", order.id))

            assert await _told(late) == {"carrier": "Nobody"}
            assert len(place.front.broadcasts) == 2
            assert await _is_quiet(ada)


async def test_a_slow_reader_holds_nobody_up(market: Market) -> None:
    """W7."""
    order = await market.place()
    async with process(market) as place, dawdler(place.url) as slow, place.follower(order) as quick:
        await slow.init(**bearer())
        await slow.subscribe(ORDER, id=gid("Order", order.id))
        first = await _told(slow)
        for _ in range(3):
            await slow.say("ping", payload={"a": "b" * 60_000})
        await asyncio.sleep(0.3)
        lengths = []
        for _ in range(20):
            await changed(market, order)
            lengths.append(len((await _told(quick))["timeline"]["nodes"]))
        assert lengths == sorted(set(lengths))

        heard = [len(first["timeline"]["nodes"])]
        while heard[-1] < lengths[-1]:
            message = await slow.hear()
            if message["type"] == "next":
                nodes = message["payload"]["data"]["orderUpdated"]["timeline"]["nodes"]
                heard.append(len(nodes))
        assert heard == sorted(set(heard))
        assert len(heard) <= 4


async def test_changes_come_in_order_and_the_last_always_does(market: Market) -> None:
    """W7: with changes faster than they are read."""
    order = await market.place()
    async with process(market) as place, AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(place.follower(order)) for _ in range(3)]
        begun = len(await _timeline(order))
        for _ in range(30):
            await changed(market, order)
        for line in lines:
            heard = [begun]
            while heard[-1] < begun + 30:
                heard.append(len((await _told(line))["timeline"]["nodes"]))
            assert heard == sorted(heard)


async def _timeline(order: Order) -> list[Any]:
    return await queries.timeline(order.id)


async def test_a_token_that_was_taken_back_is_told_nothing_more(market: Market) -> None:
    """W3: each line is asked about at each delivery, whoever it shares the answer with."""
    order, believing = await market.place(), Revoking(TOKENS, market.hub)
    async with process(market, believing) as place, place.follower(order) as ada:
        believing.revocations.users[user_id_of("ada")] = datetime.now(UTC)  # and nobody was nudged
        await changed(market, order)

        assert await ada.hear() == {"closed": 4403, "reason": "Forbidden"}


async def test_who_completes_is_told_no_more_and_others_are(market: Market) -> None:
    order = await market.place()
    async with (
        process(market) as place,
        place.follower(order) as goes,
        place.follower(order) as stays,
    ):
        await goes.say("complete", id="1")
        assert await goes.is_alive()
        await changed(market, order)

        await _told(stays)
        assert place.front.places.running == 1
        assert await _is_quiet(goes)


async def test_what_no_nudge_told_of_is_found_all_the_same(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "LOOK_AGAIN_S", 0.2)
    order = await market.place()
    async with process(market) as place, place.follower(order) as ada:
        monkeypatch.setattr(market.hub, "publish", lambda _: None)
        await changed(market, order)

        assert len((await _told(ada))["timeline"]["nodes"]) > 1


async def test_what_goes_wrong_for_all_is_told_to_all(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever, and nobody is told what it was."""
    order = await market.place()
    async with process(market) as place, place.follower(order) as one, place.follower(order) as two:

        async def broken(*_: object) -> None:
            raise LookupError("a secret")

        monkeypatch.setattr(market.desk.glances, "at", broken)
        with capture_logs() as logs:
            market.hub.publish([f"order:{order.id}"])
            said = [await line.hear() for line in (one, two)]

        assert {message["payload"][0]["extensions"]["code"] for message in said} == {"INTERNAL"}
        assert "a secret" not in str(said)
        assert len(logs) == 1
