"""Operators manage endpoints; to everybody else there are none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from tortoise.backends.asyncpg.client import TransactionWrapper

from ordergraph.infra.reading import client
from ordergraph.kernel.actor import Actor
from ordergraph.outgoing.addresses import Fence
from ordergraph.outgoing.keyring import Keyring
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import MOST_ENDPOINTS
from ordergraph.outgoing.sending import Courier
from tests.market import ADA, LAMPS, NOON, OLGA, Market, gid
from tests.outgoing.bench import courier, happened, outcomes, send
from tests.outgoing.documents import (
    CREATE,
    DELIVERIES,
    ENDPOINTS,
    NODE,
    REPLAY,
    REPLAY_SPAN,
    ROTATE,
    TEST,
    TYPES,
    UPDATE,
    simple,
)
from tests.outgoing.receiver import answer, receiving
from tests.watching import snapshot

URL = "http://127.0.0.1:9/hook"


@pytest.fixture
def market(market: Market) -> Market:
    """An installation that may call this machine."""
    market.desk = _desk(market, courier(market))
    return market


def _desk(market: Market, with_: Courier) -> Any:
    return replace(market.desk, courier=with_)


async def made(market: Market, url: str = URL, **how: Any) -> dict[str, Any]:
    answered = await market.ask(OLGA, CREATE, url=url, **how)
    found: dict[str, Any] = answered["webhookEndpointCreate"]
    assert found["__typename"] == "WebhookEndpointCreateSuccess", found
    return found


async def test_a_new_endpoint_shows_its_secret_once_and_then_signs_with_it(market: Market) -> None:
    async with receiving() as shop:
        new = await made(market, shop.url(), types=["order.paid"])
        listed = await market.ask(OLGA, ENDPOINTS)
        await happened(market)
        await send(market)

        assert shop.got[0].verified(new["secret"])
    assert listed["webhookEndpoints"]["nodes"] == [
        {"id": new["webhookEndpoint"]["id"], "url": shop.url(), "status": "ENABLED"}
    ]
    (row,) = await WebhookEndpoint.all()
    assert new["secret"] not in str(dict(row))


async def test_a_repeat_with_its_key_is_the_same_endpoint_and_shows_the_secret_for_a_while(
    market: Market,
) -> None:
    first = await market.ask(OLGA, CREATE, url=URL, key="k1")

    soon = await market.ask(OLGA, CREATE, url=URL, key="k1")
    market.clock.advance(timedelta(minutes=16))
    late = await market.ask(OLGA, CREATE, url=URL, key="k1")

    assert soon == first
    assert late["webhookEndpointCreate"]["secret"] is None
    assert (
        late["webhookEndpointCreate"]["webhookEndpoint"]
        == (first["webhookEndpointCreate"]["webhookEndpoint"])
    )
    assert await WebhookEndpoint.all().count() == 1


async def test_a_repeat_is_answered_wherever_the_name_leads_by_then(market: Market) -> None:
    first = await market.ask(OLGA, CREATE, url=URL, key="k1")
    market.desk = _desk(market, courier(market, fence=Fence()))

    assert await market.ask(OLGA, CREATE, url=URL, key="k1") == first
    other = await market.ask(OLGA, CREATE, url=URL, key="k2")

    assert other["webhookEndpointCreate"]["__typename"] == "InvalidInputError"
    assert other["webhookEndpointCreate"]["field"] == "url"
    assert await WebhookEndpoint.all().count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "http://example.com/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"types": ["order.vanished"]}, "eventTypes"),
        ({"types": []}, "eventTypes"),
        ({"about": "a" * 201}, "description"),
        ({"about": "a\u202eb"}, "description"),
    ],
)
async def test_what_cannot_be_an_endpoint_is_refused(
    market: Market, given: dict[str, Any], field: str
) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"] if _host == "127.0.0.1" else ["1.1.1.1"]

    market.desk = _desk(market, courier(market, fence=Fence(resolve=resolve)))
    before = await snapshot()

    answered = await market.ask(OLGA, CREATE, **{"url": "https://shop.example/"} | given)

    assert answered["webhookEndpointCreate"]["field"] == field
    assert await snapshot() == before


async def test_without_a_key_of_the_installation_no_endpoint_is_made(market: Market) -> None:
    market.desk = _desk(market, courier(market, keyring=Keyring([])))

    answered = await market.ask(OLGA, CREATE, url=URL)

    assert answered["webhookEndpointCreate"]["__typename"] == "WebhooksNotConfiguredError"


async def test_there_is_a_limit_to_endpoints(market: Market) -> None:
    await WebhookEndpoint.bulk_create(
        WebhookEndpoint(
            url=URL, description="", event_types=None, status="ENABLED", version=1, secret="x",
            secret_made_at=NOON, created_at=NOON,
        )
        for _ in range(MOST_ENDPOINTS)
    )  # fmt: skip

    answered = await market.ask(OLGA, CREATE, url=URL)

    assert answered["webhookEndpointCreate"]["most"] == MOST_ENDPOINTS


async def test_what_is_left_out_of_a_change_stays(market: Market) -> None:
    id_ = (await made(market, types=["order.paid"]))["webhookEndpoint"]["id"]

    async def updated(**changes: Any) -> dict[str, Any]:
        found = await market.ask(OLGA, UPDATE, input={"endpointId": id_} | changes)
        shown: dict[str, Any] = found["webhookEndpointUpdate"]["webhookEndpoint"]
        return shown

    assert (await updated(description="Other"))["eventTypes"] == ["order.paid"]
    assert (await updated(eventTypes=None))["eventTypes"] is None
    changed = await updated(url=URL + "/2", eventTypes=["refund.succeeded"])
    assert (changed["url"], changed["description"]) == (URL + "/2", "Other")
    refused = await market.ask(OLGA, UPDATE, input={"endpointId": id_, "url": "ftp://x/"})
    assert refused["webhookEndpointUpdate"]["__typename"] == "InvalidInputError"


async def test_the_life_of_an_endpoint(market: Market) -> None:
    new = await made(market)
    id_ = new["webhookEndpoint"]["id"]

    disabled = (await market.ask(OLGA, simple("Disable"), id=id_))["webhookEndpointDisable"]
    twice = (await market.ask(OLGA, simple("Disable"), id=id_))["webhookEndpointDisable"]
    enabled = (await market.ask(OLGA, simple("Enable"), id=id_))["webhookEndpointEnable"]
    rotated = (await market.ask(OLGA, ROTATE, id=id_))["webhookEndpointRotateSecret"]
    deleted = (await market.ask(OLGA, simple("Delete"), id=id_, key="d"))["webhookEndpointDelete"]
    again = (await market.ask(OLGA, simple("Delete"), id=id_, key="d"))["webhookEndpointDelete"]
    after = (await market.ask(OLGA, simple("Enable"), id=id_))["webhookEndpointEnable"]

    assert disabled["webhookEndpoint"]["disabledReason"] == "OPERATOR"
    assert twice["__typename"] == "WrongStateError"
    assert enabled["webhookEndpoint"]["disabledReason"] is None
    assert rotated["secret"] != new["secret"]
    assert rotated["webhookEndpoint"]["oldSecretUntil"] == "2026-11-24T12:00:00.000Z"
    assert deleted == again
    assert deleted["webhookEndpoint"]["status"] == "DELETED"
    assert after["__typename"] == "WrongStateError"
    assert (await market.ask(OLGA, ENDPOINTS))["webhookEndpoints"]["nodes"] == []


async def test_deliveries_are_listed_with_their_attempts_and_replayed(market: Market) -> None:
    async with receiving(script=[answer(500, "out of order")]) as shop:
        id_ = (await made(market, shop.url(), types=["order.paid"]))["webhookEndpoint"]["id"]
        await made(market, shop.url("/other"), types=["refund.succeeded"])
        await happened(market)
        await send(market)

        found = await market.ask(OLGA, DELIVERIES, endpoint=id_, status="PENDING")
        (one,) = found["webhookDeliveries"]["nodes"]
        replayed = await market.ask(OLGA, REPLAY, id=one["id"])
        await send(market)

        assert one["messageId"] == shop.got[0].id == shop.got[1].id
        assert one["payload"] == shop.got[0].body
        assert orjson.loads(one["payload"])["type"] == one["eventType"] == "order.paid"
        assert one["endpoint"]["id"] == id_
    (attempt,) = one["attempts"]
    assert (attempt["outcome"], attempt["statusCode"]) == ("REFUSED", 500)
    assert attempt["excerpt"] == "out of order"
    assert replayed["webhookDeliveryReplay"]["webhookDelivery"]["status"] == "PENDING"
    assert await outcomes() == ["REFUSED", "DELIVERED"]
    none = await market.ask(OLGA, DELIVERIES, endpoint=gid("Order", WebhookEndpoint().id))
    assert none["webhookDeliveries"]["nodes"] == []


async def test_a_span_is_replayed_and_too_long_ago_is_refused(market: Market) -> None:
    async with receiving() as shop:
        id_ = (await made(market, shop.url(), types=["order.paid"]))["webhookEndpoint"]["id"]
        await happened(market, 2)
        await send(market)
        market.clock.advance(timedelta(hours=1))

        done = await market.ask(OLGA, REPLAY_SPAN, id=id_, since=NOON.isoformat())
        old = await market.ask(
            OLGA, REPLAY_SPAN, id=id_, since=(NOON - timedelta(days=40)).isoformat()
        )
        await send(market)

        assert done["webhookEndpointReplay"]["__typename"] == "WebhookEndpointReplaySuccess"
        assert old["webhookEndpointReplay"]["__typename"] == "InvalidInputError"
        assert len(shop.got) == 4
        assert len({got.id for got in shop.got}) == 2


async def test_a_test_message_has_the_shape_of_its_event_and_is_about_nothing(
    market: Market,
) -> None:
    async with receiving() as shop:
        new = await made(market, shop.url(), types=["order.paid"])
        id_ = new["webhookEndpoint"]["id"]
        for kind in ("webhook.test", "refund.succeeded"):
            await market.ask(OLGA, TEST, id=id_, type=kind)
        odd = await market.ask(OLGA, TEST, id=id_, type="order.vanished")

        await send(market)

        said = {got.said["type"]: got.verified(new["secret"]) for got in shop.got}
    assert odd["webhookEndpointTest"]["__typename"] == "InvalidInputError"
    assert said["webhook.test"]["data"] == {"test": True}
    assert set(said["refund.succeeded"]["data"]) == {"test", "order", "refund"}


async def test_the_catalogue_names_every_event_and_its_members(market: Market) -> None:
    found = (await market.ask(OLGA, TYPES))["webhookEventTypes"]

    by_name = {kind["name"]: kind for kind in found}
    assert by_name["refund.succeeded"]["members"] == ["order", "refund"]
    assert by_name["order.canceled"]["description"] == "The order was canceled."
    assert "webhook.test" in by_name


@pytest.mark.parametrize("stranger", [ADA, LAMPS], ids=["buyer", "seller"])
async def test_others_are_forbidden_and_find_nothing_by_id(market: Market, stranger: Actor) -> None:
    async with receiving(script=[answer(500)]) as shop:
        id_ = (await made(market, shop.url()))["webhookEndpoint"]["id"]
        await happened(market)
        await send(market)
    delivery, attempt = await WebhookDelivery.first(), await WebhookAttempt.first()
    assert delivery
    assert attempt
    ids = {"WebhookDelivery": delivery.id, "WebhookAttempt": attempt.id}
    doors: list[tuple[str, dict[str, Any]]] = [
        (ENDPOINTS, {}),
        (DELIVERIES, {}),
        (TYPES, {}),
        (CREATE, {"url": URL}),
        (UPDATE, {"input": {"endpointId": id_}}),
        *((simple(verb), {"id": id_}) for verb in ("Enable", "Disable", "Delete")),
        (ROTATE, {"id": id_}),
        (TEST, {"id": id_}),
        (REPLAY_SPAN, {"id": id_, "since": NOON.isoformat()}),
        (REPLAY, {"id": gid("WebhookDelivery", delivery.id)}),
    ]
    before = await snapshot()

    for document, variables in doors:
        for actor, code in ((stranger, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
            refused = await market.execute(actor, document, **variables)
            assert [error.extensions["code"] for error in refused.errors] == [code], document
    for node in (id_, *(gid(kind, row) for kind, row in ids.items())):
        assert await market.ask(stranger, NODE, id=node) == {"node": None}
        assert (await market.ask(OLGA, NODE, id=node))["node"]["id"] == node

    assert await snapshot() == before


async def test_no_transaction_is_open_while_a_name_server_is_asked(market: Market) -> None:
    endpoint = (await made(market))["webhookEndpoint"]["id"]
    asked: list[bool] = []

    async def resolve(_: str, __: int) -> list[str]:
        asked.append(isinstance(client(), TransactionWrapper))
        return ["93.184.215.14"]

    market.desk = _desk(market, courier(market, fence=Fence(resolve=resolve)))
    there = "https://shop.example/hook"
    await market.ask(OLGA, CREATE, url=there)
    await market.ask(OLGA, UPDATE, input={"endpointId": endpoint, "url": there})

    assert asked == [False, False]
