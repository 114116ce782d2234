"""The endpoint over HTTP: who asks, in which language, and GraphQL's own JSON whatever goes wrong."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Role
from tests.api.doors import TOKENS, bearer, http
from tests.market import Market, gid
from tests.orders.commands import request

WHO = {"query": "{ viewer { user { id externalId displayName } } }"}


async def test_a_token_names_the_viewer(market: Market) -> None:
    async with http(market) as client:
        answer = await client.post("/graphql", json=WHO, headers=bearer("ada"))

    assert answer.status_code == 200
    assert answer.json()["data"]["viewer"]["user"]["externalId"] == "ada"
    assert answer.headers["cache-control"] == "no-store"


async def test_without_a_token_one_is_nobody(market: Market) -> None:
    async with http(market) as client:
        answer = await client.post("/graphql", json=WHO)

    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("header", ["Bearer garbage", "Basic YTpi", "Bearer"])
async def test_a_bad_token_is_refused_and_not_taken_for_nobodys(
    market: Market, header: str
) -> None:
    """A8."""
    async with http(market) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ now }"}, headers={"authorization": header}
        )

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in answer.json()


async def test_an_expired_token_is_refused(market: Market) -> None:
    token = TOKENS.issue("ada", frozenset({Role.BUYER}), "Ada", timedelta(seconds=-1))
    async with http(market) as client:
        answer = await client.post(
            "/graphql", json=WHO, headers={"authorization": f"Bearer {token}"}
        )

    assert answer.status_code == 401
    assert token not in answer.text


@pytest.mark.parametrize(
    ("header", "label"),
    [("de-DE,de;q=0.9", "Ich brauche es nicht mehr"), ("fr", "I no longer need it")],
)
async def test_the_language_is_the_one_that_the_client_prefers(
    market: Market, header: str, label: str
) -> None:
    query = {"query": "{ reasons(context: CANCELLATION) { handle label } }"}
    async with http(market) as client:
        answer = await client.post("/graphql", json=query, headers={"accept-language": header})

    labels = {r["handle"]: r["label"] for r in answer.json()["data"]["reasons"]}
    assert labels["no-longer-needed"] == label


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("phone-42", "phone-42"),
        ("x" * 65, None),
        ("4242424242424242", None),
        ("a b", None),
        ("bell\x07", None),
        ("", None),
    ],
)
async def test_events_remember_which_request_they_came_from(
    market: Market, sent: str, kept: str | None
) -> None:
    """L4: the client's own id when it is one, else a new one."""
    order = await market.place()
    ask = await request("CANCEL", order)
    body = {"query": ask["document"], "variables": {"input": ask["input"]}}
    async with http(market) as client:
        headers = {**bearer("ada"), "x-request-id": sent, "idempotency-key": "k"}
        answer = await client.post("/graphql", json=body, headers=headers)

    assert answer.json()["data"]["orderCancel"]["__typename"] == "OrderCancelSuccess"
    told = await EventRow.filter(order_id=order.id, type="order.canceled").get()
    assert told.request_id == kept if kept else len(told.request_id) == 32


@pytest.mark.parametrize(
    ("method", "content"), [("POST", b"{"), ("POST", b""), ("DELETE", b""), ("PUT", b"{}")]
)
async def test_what_is_no_request_is_answered_in_json_and_never_with_500(
    market: Market, method: str, content: bytes
) -> None:
    async with http(market) as client:
        answer = await client.request(
            method, "/graphql", content=content, headers={"content-type": "application/json"}
        )

    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"][0]["extensions"]["code"]


async def test_a_document_with_a_thousand_mistakes_gets_ten_answers(market: Market) -> None:
    """Q15."""
    mistakes = " ".join(f"nothing{n}" for n in range(50))
    async with http(market) as client:
        answer = await client.post("/graphql", json={"query": f"{{ viewer {{ {mistakes} }} }}"})

    errors: list[Any] = answer.json()["errors"]
    assert len(errors) <= 10
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("document", ["{ orders { totalCount } }", "{ nothing }", "{"])
async def test_what_could_be_read_as_an_operation_is_answered_with_200_and_data(
    market: Market, document: str
) -> None:
    """GraphQL over HTTP §6.4.1: under application/json the errors stand in the body."""
    async with http(market) as client:
        answer = await client.post("/graphql", json={"query": document})

    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["errors"]


async def test_an_id_can_be_asked_for_over_get(market: Market) -> None:
    order = await market.place()
    query = 'query { order(id: "' + gid("Order", order.id) + '") { number } }'
    async with http(market) as client:
        answer = await client.get("/graphql", params={"query": query}, headers=bearer("ada"))

    assert answer.json()["data"] == {"order": {"number": order.number}}


async def test_nothing_is_changed_over_get(market: Market) -> None:
    """H2."""
    query = 'mutation { testClockAdvance(input: {by: "1h"}) { __typename } }'
    async with http(market) as client:
        answer = await client.get(
            "/graphql", params={"query": query}, headers=bearer("olga", Role.OPERATOR)
        )

    assert answer.status_code == 405
    assert answer.json()["errors"]
