"""The endpoint over a socket: identity in connection_init, live answers, clean ends."""

import pytest

from ordergraph.kernel.actor import Role
from tests.api.doors import Socket, bearer, socket
from tests.market import Market, gid

ORDER = "subscription S($id: ID!) { orderUpdated(orderId: $id) { status } }"


async def _status(line: Socket) -> str:
    status: str = (await line.hear())["payload"]["data"]["orderUpdated"]["status"]
    return status


async def test_a_buyer_subscribes_and_is_told(market: Market) -> None:
    order = await market.place()
    async with socket(market) as line:
        assert await line.init(**bearer("ada")) == {"type": "connection_ack"}

        await line.subscribe(ORDER, id=gid("Order", order.id))
        first = await _status(line)
        await market.ship(order)
        second = await _status(line)

    assert (first, second) == ("PROCESSING", "SHIPPED")
    assert not market.hub.listeners


async def test_a_line_that_breaks_leaves_nothing_behind(market: Market) -> None:
    order = await market.place()
    async with socket(market) as line:
        await line.init(Authorization=bearer("ada")["authorization"])
        await line.subscribe(ORDER, id=gid("Order", order.id))
        await line.hear()
        assert market.hub.listeners

    assert not market.hub.listeners


@pytest.mark.parametrize("token", ["Bearer garbage", "", 5, None, {"a": 1}])
async def test_a_bad_token_closes_the_line(market: Market, token: object) -> None:
    """W3: 4403."""
    async with socket(market) as line:
        answer = await line.init(authorization=token)

        if token is None:  # as good as none
            assert answer == {"type": "connection_ack"}
        else:
            assert answer == {"closed": 4403}


async def test_a_bad_token_in_the_handshake_closes_the_line_too(market: Market) -> None:
    async with socket(market, {"authorization": "Bearer garbage"}) as line:
        assert await line.init() == {"closed": 4403}


async def test_a_good_token_in_the_handshake_is_enough(market: Market) -> None:
    order = await market.place()
    async with socket(market, bearer("nordic-lamps", Role.SELLER)) as line:
        await line.init()
        await line.subscribe(ORDER, id=gid("Order", order.id))

        assert await _status(line) == "PROCESSING"


async def test_without_a_token_a_subscription_is_refused(market: Market) -> None:
    order = await market.place()
    async with socket(market) as line:
        assert await line.init() == {"type": "connection_ack"}
        await line.subscribe(ORDER, id=gid("Order", order.id))

        answer = await line.hear()

    errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
    assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("key", ["acceptLanguage", "Accept-Language"])
async def test_the_language_comes_with_connection_init(market: Market, key: str) -> None:
    async with socket(market, {"accept-language": "en"}) as line:
        await line.init(**{key: "de"})
        await line.subscribe("{ reasons(context: DISPUTE) { handle label } }")

        reasons = (await line.hear())["payload"]["data"]["reasons"]

    assert {"handle": "damaged", "label": "Beschädigt angekommen"} in reasons


async def test_the_handshakes_language_holds_where_connection_init_names_none(
    market: Market,
) -> None:
    async with socket(market, {"accept-language": "de"}) as line:
        await line.init()
        await line.subscribe("{ reasons(context: DISPUTE) { label } }")

        reasons = (await line.hear())["payload"]["data"]["reasons"]

    assert {"label": "Beschädigt angekommen"} in reasons


async def test_a_mutation_over_a_socket_is_done_by_who_is_on_the_line(market: Market) -> None:
    order = await market.place()
    async with socket(market) as line:
        await line.init(**bearer("ada"))
        await line.subscribe(
            """mutation M($id: ID!) {
                 orderCancel(input: {orderId: $id, reasonHandle: "other"}) @idempotent(key: "k") {
                   ... on OrderCancelSuccess { order { status } } } }""",
            id=gid("Order", order.id),
        )

        answer = await line.hear()

    assert answer["payload"]["data"]["orderCancel"]["order"] == {"status": "CANCELED"}


async def test_the_old_protocol_is_not_spoken(market: Market) -> None:
    """W2."""
    async with socket(market, protocol="graphql-ws") as line:
        assert await line.hear() == {"closed": 4406}


async def test_who_says_nothing_first_may_not_subscribe(market: Market) -> None:
    """W1: 4401."""
    async with socket(market) as line:
        await line.subscribe("{ now }")

        assert await line.hear() == {"closed": 4401}


@pytest.mark.parametrize("document", ["{", "{ noSuchField }", "subscription { noSuchField }"])
async def test_a_document_that_cannot_be_read_ends_the_operation_and_not_the_line(
    market: Market, document: str
) -> None:
    """W1."""
    async with socket(market) as line:
        await line.init()
        await line.subscribe(document)
        refused = await line.hear()
        await line.say("subscribe", id="2", payload={"query": "{ now }"})
        answered = await line.hear()

    assert (refused["type"], refused["id"]) == ("error", "1")
    assert refused["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert (answered["type"], answered["id"]) == ("next", "2")
