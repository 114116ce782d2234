"""One server with the small market, and one Node.js with every client, for all of these tests."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from ordergraph.personas import PERSONAS
from tests.clients import packages
from tests.clients.bench import Bench, lay_out
from tests.conftest import Servers
from tests.nursery import Nursery
from tests.tour.installation import (
    ORDERGRAPH,
    SECRET,
    Installation,
    create_database,
    environment,
    running,
)


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The scripts and their packages, without a server."""
    node, modules = packages.installed()
    return Bench(node, lay_out(tmp_path_factory.mktemp("clients"), modules))


@pytest.fixture(scope="session")
async def served(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[Installation]:
    """One API process and one worker over a database of its own, with the small market in it."""
    folder = tmp_path_factory.mktemp("served")
    env = environment(
        folder,
        database_url=await create_database(servers.database_url, "clients"),
        redis_url=servers.redis_url.removesuffix("/0") + "/8",
        jwt_secret=SECRET,
        webhook_secret_key=Fernet.generate_key().decode(),
        webhook_allow_private="true",
    )
    with running(nursery, env, folder, each=1, market=True) as found:
        yield found


@pytest.fixture(scope="session")
def bench(packed: Bench, served: Installation) -> Bench:
    """Everything together: what the scripts read from INSTALLATION."""
    told = {
        "url": f"{served.urls[0]}/graphql",
        "tokens": {someone.name: someone.token(served.tokens) for someone in PERSONAS},
        "secret": SECRET,
        "serve": {"command": [*ORDERGRAPH, "serve"], "env": dict(served.env)},
    }
    return replace(packed, installation=told)
