"""An API process that is told of a replica: it reads there, and says so."""

from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from ordergraph.checks import LOOKS
from ordergraph.settings import Settings
from tests.conftest import Servers
from tests.faults.deployment import until
from tests.nursery import Nursery
from tests.operations.plant import CANCEL, Plant, planted
from tests.replica.standby import Standby

STATUS = "query Q($id: ID!) { order(id: $id) { status } }"


async def _get(plant: Plant, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, base_url=plant.url) as client:
        return await client.get(path)


async def _forget(plant: Plant) -> int:
    """Let time pass for the marks; say how many there were."""
    async with Redis.from_url(plant.env["ORDERGRAPH_REDIS_URL"]) as redis:
        marks = await redis.keys("ordergraph:changed:*")
        return int(await redis.delete(*marks)) if marks else 0


async def test_an_installation_with_a_replica(
    servers: Servers, running: Standby, tmp_path: Path, nursery: Nursery
) -> None:
    async with planted(servers, tmp_path, nursery) as plant:
        name = plant.env["ORDERGRAPH_DATABASE_URL"].rpartition("/")[2]
        url = f"{running.url.rpartition('/')[0]}/{name}"
        await running.level()
        plant.start("serve", replica_url=url)
        await plant.is_up()

        async def fit() -> bool:
            return (await _get(plant, "/readyz")).json()["replica"] is True

        await until(fit)
        order = await plant.place()
        await running.level()
        assert await _forget(plant) == 3, "olga placed it, for ada and the seller"
        assert (await plant.ask("ada", STATUS, id=order["id"]))["status"] == "PROCESSING"
        await plant.ask("ada", CANCEL, id=order["id"], note="")
        assert (await plant.ask("ada", STATUS, id=order["id"]))["status"] == "CANCELED"
        measured = (await _get(plant, "/metrics")).text

    assert 'ordergraph_replica_queries_total{served="replica"} 1.0' in measured
    assert 'ordergraph_replica_queries_total{served="changed"} 1.0' in measured
    assert "ordergraph_replica_behind_seconds 0." in measured


async def test_check_says_whether_it_follows(running: Standby) -> None:
    look = dict(LOOKS)["replica"]
    primary = {"ORDERGRAPH_DATABASE_URL": running.primary_url, "ORDERGRAPH_REDIS_URL": "redis://x"}

    assert (await look(Settings.of(primary))).startswith("none is set")
    following = await look(Settings.of({**primary, "ORDERGRAPH_REPLICA_URL": running.url}))
    assert following.startswith("follows, ")
    with pytest.raises(LookupError, match="does not follow"):
        await look(Settings.of({**primary, "ORDERGRAPH_REPLICA_URL": running.primary_url}))
