"""The machine on the session's loop, and how long it may run."""

import asyncio
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.conftest import emptied
from tests.proof.machine import Proof, bound

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
SHORT = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


@pytest.fixture
async def loop(database: str) -> asyncio.AbstractEventLoop:  # noqa: ARG001  (it is connected to it)
    return asyncio.get_running_loop()


@pytest.fixture
def proof(clean: str, loop: asyncio.AbstractEventLoop) -> Callable[[], Proof]:  # noqa: ARG001  (emptied after it)
    return bound(loop, emptied)
