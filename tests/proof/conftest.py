"""The machine on the session's loop, and how long it may run."""

import asyncio
import os
from collections.abc import Callable
from secrets import randbelow

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.conftest import emptied
from tests.proof.machine import Proof, bound
from tests.proof.world import World

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
SEED = int(os.environ.get("CHAOS_SEED") or randbelow(10**6))
CHAOS = pytest.mark.skipif(not MINUTES, reason="`make chaos` runs it")
SHORT = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
LONG = settings(SHORT, derandomize=False, max_examples=10, stateful_step_count=60)
HUNT = settings(LONG, max_examples=1_000)  # it stops at the first that is found


@pytest.fixture
async def loop(database: str) -> asyncio.AbstractEventLoop:  # noqa: ARG001  (it is connected to it)
    return asyncio.get_running_loop()


@pytest.fixture
def world(clean: str) -> World:  # noqa: ARG001  (it needs the database)
    return World()


@pytest.fixture
def proof(clean: str, loop: asyncio.AbstractEventLoop) -> Callable[[], Proof]:  # noqa: ARG001  (emptied after it)
    return bound(loop, emptied)
