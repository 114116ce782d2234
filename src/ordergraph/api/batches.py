"""One look-up for many keys, each answered in its place."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K")
V = TypeVar("V")


def each(load: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> DataLoader[K, V]:
    """A loader over what finds many at once; for a key without an answer it says None."""

    async def in_order(keys: list[K]) -> list[V]:
        found = await load(keys)
        return [found.get(key) for key in keys]  # type: ignore[misc]  # None only where V allows it

    return DataLoader(in_order)
