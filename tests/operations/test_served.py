"""What `ordergraph serve` is told about its server: seen from outside, where no application answers."""

import asyncio
import contextlib
from uuid import uuid4

import httpx
import orjson

from tests.faults.deployment import until
from tests.operations.plant import PLACE, Plant
from tests.transports.serving import raw


async def test_what_is_no_http_is_refused_in_json_and_no_answer_says_by_what_it_was_made(
    plant: Plant,
) -> None:
    """H7."""
    async with raw(plant.url) as line:
        await line.say(b"\x16\x03\x01\r\n\r\n")
        garbage = await line.hear(b"}]}")
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{plant.url}/graphql")

    assert garbage.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"BAD_REQUEST"' in garbage
    assert b"server:" not in garbage.lower()
    assert {"server", "x-powered-by"}.isdisjoint(answer.headers)


LOOK = "{ viewer { purchases(first: 20) { nodes { id number status } } } }"
TIMES = 10


def _request(plant: Plant, who: str, document: str, **variables: object) -> bytes:
    body = orjson.dumps({"query": document, "variables": variables})
    return (
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {plant.token(who)}\r\nidempotency-key: {uuid4()}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body


async def test_who_sends_many_requests_at_once_and_leaves_is_no_fault_of_ours(plant: Plant) -> None:
    asked = _request(plant, "ada", LOOK)
    before = len(plant.lines("serve"))
    for n in range(TIMES):
        with contextlib.suppress(ConnectionError):
            async with raw(plant.url) as line:
                await line.say(asked * 3)
                await asyncio.sleep(0.002 * n)

    async def all_are_told_of() -> bool:
        said = plant.lines("serve")[before:]
        return sum(x["event"] == "request" and x["route"] == "graphql" for x in said) >= TIMES

    await until(all_are_told_of)
    await asyncio.sleep(0.2)
    assert [x for x in plant.lines("serve")[before:] if x["level"] == "error"] == []


async def test_of_two_mutations_sent_at_once_the_one_under_way_is_done_and_the_other_not_begun(
    plant: Plant,
) -> None:
    """Its client left: it will ask again, with its key."""
    line_of = {"sku": "L-1", "title": "Piped", "quantity": 1, "unitPrice": "39.90"}
    who = {"sellerExternalId": "nordic-lamps", "buyerExternalId": "ada", "currency": "EUR"}
    basket = {**who, "lines": [line_of], "paymentToken": "pm_card_visa"}
    before, seen = _captured(plant), len(plant.lines("serve"))
    orders = await _orders(plant)
    plant.stripe.pause_s = 1.0

    async def captures() -> bool:
        return _captured(plant) > before

    async def is_done() -> bool:
        return await _orders(plant) > orders

    try:
        async with raw(plant.url) as line:
            await line.say(b"".join(_request(plant, "olga", PLACE, input=basket) for _ in "12"))
            await until(captures)
        await until(is_done)
        await asyncio.sleep(0.5)
    finally:
        plant.stripe.pause_s = 0.0

    assert _captured(plant) == before + 1
    assert await _orders(plant) == orders + 1
    assert [x for x in plant.lines("serve")[seen:] if x["level"] == "error"] == []


async def _orders(plant: Plant) -> int:
    asked = "{ viewer { purchases(first: 100, status: [PROCESSING]) { nodes { id } } } }"
    return len((await plant.ask("ada", asked))["purchases"]["nodes"])


def _captured(plant: Plant) -> int:
    return sum(x[":asked"] == "POST /v1/payment_intents" for x in plant.stripe.heads)
