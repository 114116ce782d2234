"""Reading for those who wait anyway: a subscription outlives a Postgres that restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tortoise.exceptions import BaseORMException

from ordergraph.infra.dead_letters import PASSING, is_passing

AGAIN_S: Final = 0.5

T = TypeVar("T")


async def patiently(look: Callable[[], Awaitable[T]]) -> T:
    """Look until there is an answer; what is not the surroundings' trouble is raised as ever."""
    while True:
        try:
            return await look()
        except (BaseORMException, *PASSING) as problem:
            if not is_passing(problem):
                raise
        await asyncio.sleep(AGAIN_S)
