"""What machines ask a running installation: whether it lives, can serve, and its numbers."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from ordergraph.infra.counters import ANONYMOUS, MOST_NAMES, OTHER, Names
from tests.faults.deployment import until
from tests.operations.plant import CANCEL, RELEASE, Plant
from tests.tour.installation import ordergraph

PROTOCOL = Subprotocol("graphql-transport-ws")


async def _get(plant: Plant, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, base_url=plant.url) as client:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.get(path, headers=given)


async def _measured(plant: Plant) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels in the order of their names, the process aside."""
    text = (await _get(plant, "/metrics")).text
    return {
        (s.name, *(value for label, value in s.labels.items() if label != "process")): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


async def test_an_installation_that_is_whole_says_so(plant: Plant) -> None:
    async def so() -> bool:
        return bool((await _get(plant, "/readyz")).json()["workers"] == 1)

    await until(so)
    lives, ready = await _get(plant, "/livez"), await _get(plant, "/readyz")

    assert (lives.status_code, lives.json()) == (200, {"status": "ok"})
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ok",
        "postgres": True,
        "migrations": True,
        "redis": True,
        "workers": 1,
    }


async def test_a_database_that_is_behind_gets_no_requests(plant: Plant) -> None:
    """A deploy that forgot to migrate must not take over."""
    connection: Any = await asyncpg.connect(plant.env["ORDERGRAPH_DATABASE_URL"])
    forgotten = await connection.fetchrow(
        "DELETE FROM tortoise_migrations WHERE name ="
        " (SELECT max(name) FROM tortoise_migrations) RETURNING *"
    )
    behind = await _get(plant, "/readyz")
    names = ", ".join(forgotten.keys())
    places = ", ".join(f"${n}" for n in range(1, len(forgotten) + 1))
    await connection.execute(
        f"INSERT INTO tortoise_migrations ({names}) VALUES ({places})", *forgotten.values()
    )
    await connection.close()

    assert behind.status_code == 503
    assert (behind.json()["status"], behind.json()["migrations"]) == ("unready", False)
    assert (await _get(plant, "/readyz")).status_code == 200


async def test_what_people_do_is_counted(plant: Plant) -> None:
    before = await _measured(plant)
    order = await plant.place()
    canceled = await plant.ask("ada", CANCEL, id=order["id"], note="")
    await plant.ask("nordic-lamps", RELEASE, id=canceled["refund"]["id"])
    await plant.refund_is(order["id"], "SUCCEEDED")
    await plant.post("ada", "query Mistaken { nothing }")

    async def told() -> bool:
        after = await _measured(plant)
        calls = ("ordergraph_gateway_calls_total", "refund", "answered")
        return after.get(calls, 0) > before.get(calls, 0)

    await until(told)  # the worker's next beat brings it
    after = await _measured(plant)
    placed = ("ordergraph_operation_seconds_count", "P", "ok", "mutation")
    mistaken = ("ordergraph_operation_seconds_count", "Mistaken", "errors", "query")
    wrong = ("ordergraph_errors_total", "BAD_USER_INPUT")
    assert after[placed] == before.get(placed, 0) + 1
    assert after[mistaken] >= 1
    assert after[wrong] > before.get(wrong, 0)
    assert after["ordergraph_workers_alive",] == 1
    assert after["ordergraph_redis_up",] == 1
    assert after["ordergraph_jobs_total", "send_refunds", "done"] > 0
    assert after["ordergraph_refunds_overdue",] == 0
    assert after["ordergraph_requests_total", "POST", "graphql", "200"] > 3


async def test_an_open_socket_is_counted_until_it_closes(plant: Plant) -> None:
    before = (await _measured(plant))["ordergraph_sockets_open",]
    async with connect(f"ws://127.0.0.1:{plant.port}/graphql", subprotocols=[PROTOCOL], proxy=None):
        during = (await _measured(plant))["ordergraph_sockets_open",]

    async def closed() -> bool:
        return (await _measured(plant))["ordergraph_sockets_open",] == before

    await until(closed)
    assert during == before + 1


@pytest.mark.parametrize(
    "through", [{"x_forwarded_for": "10.0.0.1"}, {"forwarded": "for=10.0.0.1"}]
)
async def test_numbers_are_not_told_through_a_proxy(plant: Plant, through: dict[str, str]) -> None:
    """Without a token they are for this machine alone, and the internet comes through a proxy."""
    answer = await _get(plant, "/metrics", **through)

    assert answer.status_code == 403
    assert "ordergraph_" not in answer.text


def test_only_so_many_names_are_told_apart_and_strangers_bring_none() -> None:
    names = Names()

    assert names.label(None, is_signed_in=True) == ANONYMOUS
    assert names.label("Stranger", is_signed_in=False) == OTHER
    labels = {names.label(f"Name{n}", is_signed_in=True) for n in range(3 * MOST_NAMES)}
    assert len(labels) == MOST_NAMES + 1
    assert names.label("Name0", is_signed_in=False) == "Name0"


def test_where_documents_are_trusted_their_names_alone_are_told_apart() -> None:
    names = Names(frozenset({"Orders"}))

    assert names.label("Orders", is_signed_in=False) == "Orders"
    assert names.label(f"Made{uuid4().hex}", is_signed_in=True) == OTHER


async def test_what_checks_find_is_said_line_by_line(plant: Plant) -> None:
    env = {**plant.env, "ORDERGRAPH_METRICS_TOKEN": "easy easy", "ORDERGRAPH_HOST": "10.0.0.1"}
    done = await asyncio.to_thread(_check, env)

    lines = dict(line.split(": ", 1) for line in done.out.splitlines())
    assert done.code == 0, done.out
    assert lines["ok   migrations"].startswith("up to 00")
    assert "may change the ledger" in lines["warn database role"]
    assert lines["ok   workers"] == "1 alive"
    assert lines["ok   gateway"] == "stripe answers"
    assert "everybody is shown GraphiQL" in lines["warn ORDERGRAPH_GRAPHIQL"]
    assert "openssl" in lines["warn ORDERGRAPH_METRICS_TOKEN"]
    assert "easy easy" not in done.out
    assert env["ORDERGRAPH_JWT_SECRET"] not in done.out


async def test_what_is_wrong_fails_the_check(plant: Plant) -> None:
    nowhere = "postgres://nobody:hush@127.0.0.1:1/none"
    env = {**plant.env, "ORDERGRAPH_DATABASE_URL": nowhere, "ORDERGRAPH_JWT_SECRET": ""}
    done = await asyncio.to_thread(_check, env)

    assert done.code == 1
    assert "FAIL database: " in done.out
    assert "FAIL token secret: ORDERGRAPH_JWT_SECRET is not set" in done.out
    assert "ok   redis: " in done.out
    assert "hush" not in done.out + done.err


def _check(env: dict[str, str]) -> Any:
    return ordergraph("check", env=env)
