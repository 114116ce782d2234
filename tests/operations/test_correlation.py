"""One id from the request through event and job to the gateway (E4, L4)."""

from typing import Any

import asyncpg
import httpx

from tests.faults.deployment import until
from tests.operations.plant import CANCEL, RELEASE, Plant


def _of(lines: list[dict[str, Any]], request_id: str) -> set[str]:
    return {line["event"] for line in lines if line.get("request_id") == request_id}


async def test_one_id_leads_from_the_request_through_the_job_to_the_gateway(plant: Plant) -> None:
    order = await plant.place()
    canceled = await plant.ask("ada", CANCEL, {"x-request-id": "phone-41"}, id=order["id"], note="")
    await plant.has_looked("phone-41")
    released = await plant.post(
        "nordic-lamps", RELEASE, {"x-request-id": "desk-42"}, id=canceled["refund"]["id"]
    )
    await plant.refund_is(order["id"], "SUCCEEDED")

    assert released.headers["x-request-id"] == "desk-42"
    assert _of(plant.lines("serve"), "desk-42") == {"request"}

    async def is_told() -> bool:
        return {"job.done", "gateway.call"} <= _of(plant.lines("worker"), "desk-42")

    await until(is_told)
    asked = {h[":asked"] for h in plant.stripe.heads if h.get("x-request-id") == "desk-42"}
    assert asked == {"POST /v1/refunds"}
    assert await _events(plant, "desk-42") == ["refund.released", "refund.succeeded"]
    assert "refund.scheduled" in await _events(plant, "phone-41")


async def _events(plant: Plant, request_id: str) -> list[str]:
    connection = await asyncpg.connect(plant.env["ORDERGRAPH_DATABASE_URL"])
    try:
        found = await connection.fetch(
            "SELECT type FROM events WHERE request_id = $1 ORDER BY position", request_id
        )
    finally:
        await connection.close()
    return [row["type"] for row in found]


async def test_a_request_without_an_id_gets_one_and_is_told_it(plant: Plant) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=plant.url) as client:
        answer = await client.get("/graphql", params={"query": "{ __typename }"})
        other = await client.get("/nowhere", headers={"x-request-id": "not sane"})

    made = answer.headers["x-request-id"]
    assert len(made) == 32
    assert len(other.headers["x-request-id"]) == 32

    async def so() -> bool:
        return _of(plant.lines("serve"), made) == {"request"}

    await until(so)
    (line,) = [line for line in plant.lines("serve") if line.get("request_id") == made]
    assert (line["method"], line["route"], line["status"]) == ("GET", "graphql", 200)
    assert line["ms"] > 0
