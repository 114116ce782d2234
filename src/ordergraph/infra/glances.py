"""Looks at the database that many take at once, each kind in one statement: however many look."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Look = Callable[[Collection[K]], Awaitable[Mapping[K, V]]]
"""Finds whatever there is of these keys."""


class Glances:
    """Gathers the looks of one turn of the event loop. A nudge wakes all its listeners in one turn, so
    a change is read once. Nobody is given what was read before they asked.
    """

    def __init__(self) -> None:
        self._gathering: dict[Any, tuple[set[Any], asyncio.Task[Any]]] = {}

    async def at(self, look: Look[K, V], key: K) -> V | None:
        """What this look finds for the key, now. What it raises, all are told who took it."""
        if look not in self._gathering:
            self._gathering[look] = (set(), asyncio.create_task(self._look(look)))
        keys, task = self._gathering[look]
        keys.add(key)
        found: Mapping[K, V] = await asyncio.shield(task)  # others may wait for it, too
        return found.get(key)

    async def _look(self, look: Look[K, V]) -> Mapping[K, V]:
        """From here on, whoever asks looks anew."""
        keys, _ = self._gathering.pop(look)
        return await look(keys)
