"""Nothing that a client writes is in any log, whatever door it comes through (E2)."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.operations.canaries import (
    CANARY,
    CARD,
    DOCUMENTS,
    FRAMES,
    MALFORMED,
    PATHS,
    TEXT,
    heard,
    mutations,
)
from tests.operations.plant import CANCEL, RELEASE, Plant, shown

PROTOCOL = Subprotocol("graphql-transport-ws")
SHIP = f"""mutation S($id: ID!) {{ orderShip(input: {{orderId: $id, carrier: "{CANARY}",
  trackingNumber: "{CARD}"}}) {{ __typename }} }}"""
DELIVER = "mutation D($id: ID!) { orderMarkDelivered(input: {orderId: $id}) { __typename } }"
DISPUTE = f"""mutation O($id: ID!) {{ disputeOpen(input: {{orderId: $id, reasonHandle: "damaged",
  description: "{TEXT}", amount: "5.00", asked: REFUND_ONLY}}) {{
  ... on DisputeOpenSuccess {{ dispute {{ id }} }} }} }}"""
SAY = f"""mutation M($id: ID!) {{ messageSend(input: {{disputeId: $id, body: "{TEXT}"}}) {{
  __typename }} }}"""


@pytest.fixture(scope="module")
async def told(plant: Plant) -> Plant:
    """Everybody has said everything that they can say."""
    await _story(plant)
    await _every_mutation(plant)
    await _every_mistake(plant)
    await _every_frame(plant)
    await _a_fault(plant)
    return plant


def test_nothing_that_anybody_said_is_logged(told: Plant) -> None:
    assert heard(shown(told)) == []


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_every_line_is_an_object_for_machines(told: Plant, name: str) -> None:
    lines = told.lines(name)

    assert all({"event", "level", "timestamp", "logger"} <= set(line) for line in lines)
    assert {"serve": "request", "worker": "gateway.call"}[name] in {line["event"] for line in lines}


def test_a_mistake_of_a_client_leaves_no_stack(told: Plant) -> None:
    faults = [line for line in told.lines("serve") if "exception" in line]

    assert {line["event"] for line in faults} == {"unexpected"}, faults
    assert {line["field"] for line in faults} == {"Order.cancellationPreview"}


async def _story(plant: Plant) -> None:
    """What is accepted goes through tables, events, jobs, feeds and the gateway."""
    order = await plant.place(title=TEXT)
    canceled = await plant.ask("ada", CANCEL, id=order["id"], note=TEXT)
    await plant.ask("nordic-lamps", RELEASE, id=canceled["refund"]["id"])
    declined = await plant.place(title=TEXT, method="pm_refund_cut")
    await plant.ask("nordic-lamps", SHIP, id=declined["id"])
    await plant.ask("nordic-lamps", DELIVER, id=declined["id"])
    opened = await plant.ask("ada", DISPUTE, id=declined["id"])
    said = await plant.ask("ada", SAY, id=opened["dispute"]["id"])
    assert said["__typename"] == "MessageSendSuccess"
    await plant.refund_is(order["id"], "SUCCEEDED")


async def _every_mutation(plant: Plant) -> None:
    for who in ("ada", "olga"):
        for _, document, given in mutations():
            await plant.post(who, document, **given)


async def _every_mistake(plant: Plant) -> None:
    header = {"idempotency-key": str(uuid4()), "content-type": "application/json"}
    ada = {"authorization": f"Bearer {plant.token('ada')}"}
    heads: tuple[dict[str, str], ...] = (
        {"authorization": f"Bearer {CANARY}"},
        {"authorization": TEXT},
        {"x-request-id": TEXT},
        {"x-request-id": CARD},
        {**ada, "idempotency-key": TEXT},
        {"origin": f"https://{CANARY}.example"},
        {"accept": CANARY, "accept-language": CANARY, "user-agent": CANARY, "cookie": CANARY},
    )
    signed = {"stripe-signature": TEXT}
    async with httpx.AsyncClient(trust_env=False, base_url=plant.url, timeout=30) as client:
        for document in DOCUMENTS:
            body = {"query": document, "operationName": CANARY if CANARY in document else None}
            for who in (ada, {}):
                await client.post("/graphql", json=body, headers=who)
                await client.get("/graphql", params={"query": document}, headers=who)
        for content, kind in MALFORMED:
            await client.post("/graphql", content=content, headers={**header, "content-type": kind})
        for head in heads:
            await client.post("/graphql", json={"query": "{ __typename }"}, headers=head)
        for path in PATHS:
            for method in ("GET", "PUT", CANARY.upper()):
                await client.request(method, path, content=TEXT)
        await client.post("/webhooks/stripe", content=TEXT, headers=signed)
        await client.post(f"/webhooks/{CANARY}", content=TEXT, headers=signed)
    reader, writer = await asyncio.open_connection("127.0.0.1", plant.port)
    writer.write(f"{TEXT}\r\n\r\n".encode())  # no HTTP at all
    await writer.drain()
    await reader.read()
    writer.close()


async def _every_frame(plant: Plant) -> None:
    init = {"type": "connection_init", "payload": {"authorization": f"Bearer {plant.token('ada')}"}}
    for first in (None, init):
        for frame in FRAMES:
            await _said(plant, [json.dumps(first)] if first else [], frame)
    for document in DOCUMENTS:
        payload = {"query": document.replace("{ order", "subscription { orderUpdated")}
        message = {"type": "subscribe", "id": CANARY, "payload": payload}
        await _said(plant, [json.dumps(init)], json.dumps(message))
    with pytest.raises(InvalidStatus):
        async with connect(f"ws://127.0.0.1:{plant.port}/{CANARY}", proxy=None):
            pass


async def _said(plant: Plant, first: list[str], frame: str | bytes) -> None:
    """Say it, and listen for what comes of it."""
    url = f"ws://127.0.0.1:{plant.port}/graphql?{CANARY}"
    try:
        async with connect(url, subprotocols=[PROTOCOL], proxy=None) as socket:
            for before in first:
                await socket.send(before)
                await socket.recv()
            await socket.send(frame)
            await asyncio.wait_for(socket.recv(), 0.3)
    except (ConnectionClosed, TimeoutError):
        return


async def _a_fault(plant: Plant) -> None:
    """A driver's message quotes what it was given: Postgres reads this row's policy as a number."""
    order = await plant.place()
    connection: Any = await asyncpg.connect(plant.env["ORDERGRAPH_DATABASE_URL"])
    try:
        await connection.execute(
            "UPDATE orders SET policy_numbers = $1 WHERE number ="
            " (SELECT number FROM orders ORDER BY placed_at DESC LIMIT 1)",
            json.dumps({"refund_delay_s": TEXT}),
        )
    finally:
        await connection.close()
    asked = "query Q($id: ID!) { order(id: $id) { cancellationPreview { dueAt } } }"
    answer = await plant.post("ada", asked, id=order["id"])
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL", answer.text
