"""What the tests of servers and processes share."""

from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import pytest
from tortoise import connections

from ordergraph.infra.connection import Connection
from ordergraph.infra.pool import USUAL, Pool
from tests.infra.plays import Play


@pytest.fixture
def play() -> Iterator[Callable[..., Play]]:
    plays: list[Play] = []

    def begin(script: str, *args: object, **env: str) -> Play:
        plays.append(Play(script, *args, **env))
        return plays[-1]

    yield begin
    for one in plays:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture
async def only(database: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of one connection, made as ours are: whoever borrows gets what the last one left."""
    one = {"min_size": 1, "max_size": 1, "connection_class": Connection}
    async with Pool(database, **USUAL, **one) as pool:
        client = connections.get("default")
        own, client._pool = client._pool, pool
        try:
            yield pool
        finally:
            client._pool = own
