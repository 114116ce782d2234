"""One pair of servers for the folder; for each test a database, and processes of its own."""

import itertools
import sys
from collections.abc import AsyncIterator

import pytest

from tests.faults.books import assert_books_balance
from tests.faults.deployment import Backend, Deployment, begin
from tests.nursery import Nursery

TEMPLATE = "ordergraph"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
async def backend(
    tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[Backend]:
    """The servers, with a migrated and seeded database to be copied."""
    found = Backend(tmp_path_factory.mktemp("faults"), nursery)
    try:
        await begin(found.postgres)
        await begin(found.valkey)
        await found.command(f"CREATE DATABASE {TEMPLATE}")
        first = Deployment(found, TEMPLATE)
        await first.run("migrate")
        await first.run("seed", "--no-market")
        yield found
    finally:
        found.stop()


@pytest.fixture
async def deployment(backend: Backend) -> AsyncIterator[Deployment]:
    """An installation without processes yet; in the end its books must balance, by both accounts."""
    await backend.heal()
    name = f"test_{next(NUMBERS)}"
    await backend.command(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    async with backend.redis() as redis:
        await redis.flushall()
    found = Deployment(backend, name)
    try:
        yield found
        await backend.heal()
        await assert_books_balance(found.books)
        await found.run("reconcile")
    finally:
        await found.end()
        sys.stdout.write(found.said())  # pytest shows it when the test fails
        await backend.heal()
        await backend.command(f"DROP DATABASE {name} WITH (FORCE)")
