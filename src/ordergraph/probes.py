"""What machines ask: whether the process lives, whether it can serve, and its numbers."""

import asyncio
import secrets
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final, TypeVar

import asyncpg
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tortoise import connections
from tortoise.exceptions import BaseORMException

from ordergraph.books import meters
from ordergraph.infra import heartbeat
from ordergraph.infra.migrate import NEWEST
from ordergraph.outgoing import meters as outgoing
from ordergraph.settings import Settings
from ordergraph.transports.answers import NOT_STORED, failure
from ordergraph.transports.requests import is_from_here
from ordergraph.wiring import Wiring

T = TypeVar("T")
PATIENCE_S: Final = 2.0
AWAY: Final = (
    BaseORMException,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    RedisError,
    OSError,
    TimeoutError,
)
MIGRATED: Final = "SELECT count(*) AS n FROM tortoise_migrations WHERE app = 'models' AND name = $1"


def routes(settings: Settings) -> list[Route]:
    found = [Route("/livez", livez), Route("/readyz", readyz)]
    return [*found, Route("/metrics", metrics)] if settings.metrics else found


async def livez(_: Request) -> Response:
    """The process answers; it asks nobody else."""
    return JSONResponse({"status": "ok"}, headers=NOT_STORED)


async def readyz(request: Request) -> Response:
    """Whether requests may be sent here: Postgres answers, and has every table that we know.

    Without Redis everything is served, only live updates and workers are slower: that is no
    reason to send nobody. Workers are told of, and decide nothing.
    """
    wiring: Wiring = request.app.state.wiring
    migrated, alive = await asyncio.gather(
        _answer(connections.get("default").execute_query_dict(MIGRATED, [NEWEST])),
        _answer(heartbeat.alive(wiring.redis)),
    )
    up_to_date = bool(migrated and migrated[0]["n"])
    found = {
        "status": "unready" if not up_to_date else "degraded" if alive is None else "ok",
        "postgres": migrated is not None,
        "migrations": up_to_date,
        "redis": alive is not None,
        "workers": None if alive is None else len(alive),
    }
    replica = request.app.state.front.replica
    if replica is not None:
        found["replica"] = replica.fit
    status = HTTPStatus.OK if up_to_date else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(found, status_code=status, headers=NOT_STORED)


async def _answer(call: Awaitable[T]) -> T | None:
    """What they answer in time; None when they do not."""
    try:
        return await asyncio.wait_for(call, PATIENCE_S)
    except AWAY:
        return None


async def metrics(request: Request) -> Response:
    """For Prometheus, and nobody else: by its token, or, where there is none, on this machine."""
    wiring: Wiring = request.app.state.wiring
    if not _may_read(request, wiring.settings):
        return failure(HTTPStatus.FORBIDDEN, "Metrics are not for you.", {"code": "FORBIDDEN"})
    now = await wiring.edge.clock.now()
    reading, webhooks = await meters.read(now), await outgoing.read(now)
    beats = await _answer(heartbeat.alive(wiring.redis))
    depth = await _answer(wiring.redis.zcard("arq:queue"))
    front = request.app.state.front
    around = meters.Around(
        beats=beats,
        queue_depth=depth,
        subscriptions=front.places.running,
        documents={"hit": front.library.hits, "miss": front.library.misses},
        replica_behind_s=front.replica.behind_s if front.replica else None,
    )
    return Response(meters.text(reading, webhooks, around), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: Request, settings: Settings) -> bool:
    given = request.headers.get("authorization", "")
    if settings.metrics_token is not None:
        expected = f"Bearer {settings.metrics_token.get_secret_value()}"
        return secrets.compare_digest(given.encode(), expected.encode())
    return is_from_here(request)
