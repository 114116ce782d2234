"""The protocol as it is meant, over a real socket: who may talk, for how long, and what is said."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from ordergraph.identity.actions import revoke_token
from ordergraph.identity.revoking import LISTED, Revoking
from ordergraph.kernel.actor import Role
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.transports.places import Places
from ordergraph.transports.rates import Quotas, Rates
from ordergraph.transports.sockets.limits import SocketLimits
from tests.api.doors import TOKENS, bearer
from tests.market import Market, gid
from tests.transports.lines import phone, served

RUNS = "subscription { notificationAdded { cursor } }"
ORDER = "subscription S($id: ID!) { orderUpdated(orderId: $id) { status } }"


@asynccontextmanager
async def serving(
    market: Market, places: Places | None = None, limits: SocketLimits | None = None
) -> AsyncIterator[str]:
    front = Front(
        schema, market.desk, TOKENS, places=places or Places(), sockets=limits or SocketLimits()
    )
    async with served(Endpoint(front)) as address:
        yield address


@pytest.fixture(scope="module")
async def url(database: str) -> AsyncIterator[str]:  # noqa: ARG001  (what runs reads from it)
    async with serving(Market(files=Path("never-made"))) as address:
        yield address


def lasting(lifetime: timedelta) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS.issue('ada', {Role.BUYER}, 'Ada', lifetime)}"}  # type: ignore[arg-type]


async def test_queries_run_over_a_socket_too(url: str) -> None:
    async with phone(url) as line:
        assert await line.init() == {"type": "connection_ack"}
        await line.subscribe("query A { __typename }", id_="a")

        assert await line.hear() == {
            "type": "next", "id": "a", "payload": {"data": {"__typename": "Query"}},
        }  # fmt: skip
        assert await line.hear() == {"type": "complete", "id": "a"}


@pytest.mark.parametrize("protocol", ["graphql-ws", "mqtt", "graphql-transport-ws-2"])
async def test_another_protocol_is_turned_away_by_its_code(url: str, protocol: str) -> None:
    """W1, W2: 4406."""
    async with phone(url, protocol) as line:
        assert await line.hear() == {"closed": 4406, "reason": "Subprotocol not acceptable"}
        assert line.line.subprotocol is None


async def test_ours_is_found_among_others(url: str) -> None:
    async with phone(url, "graphql-ws", "graphql-transport-ws") as line:
        assert line.line.subprotocol == "graphql-transport-ws"
        assert await line.init() == {"type": "connection_ack"}


async def test_who_says_nothing_is_hung_up_on(market: Market) -> None:
    """W1, W3: 4408; pings are no introduction."""
    async with serving(market, limits=SocketLimits(init_s=0.3)) as url, phone(url) as line:
        assert await line.is_alive()

        assert await line.hear() == {"closed": 4408, "reason": "Connection initialisation timeout"}


async def test_who_has_introduced_itself_may_be_silent(market: Market) -> None:
    async with serving(market, limits=SocketLimits(init_s=0.2)) as url, phone(url) as line:
        await line.init()
        await asyncio.sleep(0.5)

        assert await line.is_alive()


async def test_a_socket_ends_with_its_token_even_when_nothing_happens(url: str) -> None:
    """W3: 4403, on which graphql-ws comes again with a new token."""
    started_at = time.monotonic()
    async with phone(url) as line:
        assert await line.init(**lasting(timedelta(seconds=2))) == {"type": "connection_ack"}
        await line.subscribe(RUNS)

        assert await line.hear() == {"closed": 4403, "reason": "Forbidden"}
    assert time.monotonic() - started_at < 4


async def test_a_token_that_is_taken_back_ends_its_sockets_at_once(market: Market) -> None:
    """W3: the silent ones, too; and others hold."""
    issuer = Revoking(TOKENS, market.hub)
    front = Front(schema, market.desk, issuer)
    stolen, kept = bearer("ada"), bearer("ada")
    reading = asyncio.create_task(issuer.keep_reading())
    async with (
        served(Endpoint(front)) as url,
        phone(url) as thief,
        phone(url) as owner,
    ):
        assert await thief.init(**stolen) == await owner.init(**kept) == {"type": "connection_ack"}
        await revoke_token(stolen["authorization"].removeprefix("Bearer "))
        market.hub.publish([LISTED])

        assert await thief.hear(within_s=5) == {"closed": 4403, "reason": "Forbidden"}
        assert await owner.is_alive()
    reading.cancel()


async def test_an_expired_token_opens_nothing(url: str) -> None:
    async with phone(url) as line:
        assert (await line.init(**lasting(timedelta(seconds=-1))))["closed"] == 4403


async def test_bad_tokens_are_counted_as_over_http(market: Market) -> None:
    """A8, R2: an address has so many of both together; who has a good one is let in all the same."""
    front = Front(schema, market.desk, TOKENS, rates=Rates(Quotas(bad_tokens=2)))
    ends = []
    async with served(Endpoint(front)) as url:
        for _ in range(3):
            async with phone(url) as line:
                ends.append(await line.init(authorization="Bearer nonsense"))
        async with phone(url) as line:
            good = await line.init(**bearer())

    assert [end["closed"] for end in ends] == [4403, 4403, 1013]
    assert ends[2]["reason"] == "Too many bad tokens"
    assert good == {"type": "connection_ack"}


@pytest.mark.parametrize("names", [("Authorization", "authorization"), ("AUTHORIZATION",) * 2])
async def test_two_tokens_are_one_too_many(url: str, names: tuple[str, str]) -> None:
    """A8: whichever of them a proxy has looked at, it is not for us to choose."""
    token = bearer("ada")["authorization"]
    async with phone(url, headers=[(name, token) for name in names]) as line:
        assert await line.closed() == 4403


async def test_two_tokens_in_connection_init_are_one_too_many(url: str) -> None:
    async with phone(url) as line:
        token = bearer("ada")["authorization"]

        assert (await line.init(Authorization=token, authorization=token))["closed"] == 4403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", ""]
)
async def test_a_page_from_elsewhere_opens_no_socket(
    url: str, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    """W4: and the refusal is GraphQL's JSON; it is no error of ours."""
    with pytest.raises(InvalidStatus) as refused:
        async with phone(url, origin=origin):
            pass

    assert refused.value.response.status_code == 403
    assert b'"code":"FORBIDDEN"' in (refused.value.response.body or b"")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_page_from_here_opens_one(url: str) -> None:
    async with phone(url, origin=url.replace("ws:", "http:").removesuffix("/graphql")) as line:
        assert await line.init() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {}}])
async def test_a_ping_is_answered_before_and_after_the_introduction(
    url: str, payload: dict[str, Any]
) -> None:
    async with phone(url) as line:
        await line.say("ping", **payload)
        assert await line.hear() == {"type": "pong"}
        await line.say("connection_init", **payload)
        assert await line.hear() == {"type": "connection_ack"}
        assert await line.is_alive()


async def _is_stopped(places: Places) -> None:
    async with asyncio.timeout(5):
        while places.running:  # noqa: ASYNC110  (nobody is told who leaves)
            await asyncio.sleep(0.01)


async def test_after_complete_nothing_comes_and_nothing_is_left_and_the_id_is_free(
    market: Market,
) -> None:
    order, places = await market.place(), Places()
    async with serving(market, places) as url, phone(url) as line:
        await line.init(**bearer("ada"))
        await line.subscribe(ORDER, id=gid("Order", order.id))
        assert (await line.hear())["type"] == "next"
        assert (places.open, places.running) == (1, 1)

        await line.say("complete", id="1")
        await _is_stopped(places)
        assert f"order:{order.id}" not in market.hub.listeners
        await market.ship(order)

        assert await line.is_alive()  # and nothing came before the pong
        await line.subscribe(ORDER, id=gid("Order", order.id))
        again = await line.hear()
    assert again["payload"]["data"]["orderUpdated"] == {"status": "SHIPPED"}


async def test_an_id_is_free_as_soon_as_its_operation_is_over(url: str) -> None:
    async with phone(url) as line:
        await line.init()
        for _ in range(20):
            await line.subscribe("{ __typename }")
            assert [(await line.hear())["type"] for _ in "ab"] == ["next", "complete"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ noSuchField }", "BAD_USER_INPUT"),
        ("subscription { orderUpdated(orderId: 5) { noSuchField } }", "BAD_USER_INPUT"),
        ("", "BAD_REQUEST"),
        ("fragment F on Query { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("query ($a: Int!) { nodes(ids: []) { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_begin_is_an_error_and_the_line_goes_on(
    url: str, document: str, code: str
) -> None:
    async with phone(url) as line:
        await line.init()
        await line.subscribe(document)

        said = await line.hear()

        assert (said["type"], said["id"]) == ("error", "1")
        assert said["payload"][0]["extensions"]["code"] == code
        assert await line.is_alive()


async def test_what_fails_on_the_way_is_a_result(url: str) -> None:
    async with phone(url) as line:
        await line.init()
        await line.subscribe("{ viewer { user { id } } }")

        said = await line.hear()

        assert said["type"] == "next"
        assert said["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await line.hear() == {"type": "complete", "id": "1"}


async def test_so_many_operations_run_at_once_and_no_more(market: Market) -> None:
    """W5."""
    async with serving(market, limits=SocketLimits(operations=3)) as url, phone(url) as line:
        await line.init(**bearer("ada"))
        for id_ in "abcd":
            await line.subscribe(RUNS, id_=id_)
        refused = await line.hear()
        await line.say("complete", id="a")
        await line.subscribe("{ __typename }", id_="e")
        taken = await line.hear()

    assert (refused["type"], refused["id"]) == ("error", "d")
    assert refused["payload"][0]["extensions"] == {"code": "RATE_LIMITED"}
    assert (taken["type"], taken["id"]) == ("next", "e")


async def _opened(url: str, count: int, name: str | None) -> list[int | None]:
    """Open so many at once; return what each is closed with, None for those that stay."""
    async with AsyncExitStack() as open_:
        lines = [await open_.enter_async_context(phone(url)) for _ in range(count)]
        token = bearer(name) if name else {}
        return [(await line.init(**token)).get("closed") for line in lines]


async def test_a_user_has_so_many_sockets_and_others_have_theirs(market: Market) -> None:
    """W5: 1013, on which graphql-ws comes again later; whoever hangs up makes room."""
    places = Places(per_user=2, per_address=4)
    async with serving(market, places) as url:
        assert sorted(await _opened(url, 3, "ada"), key=str) == [1013, None, None]
        assert places.open == 0
        async with phone(url) as bens:
            await bens.init(**bearer("ben"))
            assert await _opened(url, 2, "ada") == [None, None]
        assert sorted(await _opened(url, 5, None), key=str) == [1013] + [None] * 4
