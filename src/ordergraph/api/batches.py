"""One look-up for many keys, each answered in its place."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import partial
from typing import Any, Final, Generic, Never, TypeVar, cast
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.models import Model
from tortoise.queryset import QuerySet

from ordergraph.infra.reading import found_by
from ordergraph.kernel.actor import Actor

K = TypeVar("K")
M = TypeVar("M", bound=Model)
V = TypeVar("V")
_UNKNOWN: Final = object()


class Known(Generic[V]):
    """An answer that is there: awaiting it never waits."""

    __slots__ = ("_value",)

    def __init__(self, value: V) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, None, V]:
        return cast(Any, self)  # type: ignore[no-any-return]  # any iterator will do

    def __next__(self) -> Never:
        raise StopIteration(self._value)


class Loader(DataLoader[K, V]):
    """Asks once for all keys of one turn of the loop; what a read brought along it knows already.

    Who asks for the same key waits for the same answer, but each in its own right: an error in one
    part of an answer ends whatever else is under way in that part, and must not end what others wait for.
    """

    def __init__(self, load: Callable[[list[K]], Awaitable[list[V]]]) -> None:
        super().__init__(load)
        self._brought: dict[K, V] = {}
        self._waiting = Counter[K]()

    def bring(self, key: K, value: V) -> None:
        """Take note of an answer before it is asked for."""
        self._brought[key] = value

    def known(self, key: K) -> V | None:
        """What a read has brought along, if it has."""
        return self._brought.get(key)

    def load(self, key: K) -> Awaitable[V]:
        value: Any = self._brought.get(key, _UNKNOWN)
        if value is not _UNKNOWN:
            return Known(value)
        shared = cast(asyncio.Future[V], super().load(key))
        if shared.done():
            return shared
        self._waiting[key] += 1
        own = asyncio.shield(shared)
        own.add_done_callback(partial(self._left, key, shared))
        return own

    def _left(self, key: K, shared: asyncio.Future[V], own: asyncio.Future[V]) -> None:
        """What nobody waits for any more ends, down to its statement."""
        self._waiting[key] -= 1
        if not own.cancelled():
            own.exception()  # is told to whoever waits; compiled code only looks whether it is there
        elif not self._waiting[key]:
            shared.cancel()


def each(load: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> Loader[K, V]:
    """A loader over what finds many at once; for a key without an answer it says None."""

    async def in_order(keys: list[K]) -> list[V]:
        found = await load(keys)
        return [found.get(key) for key in keys]  # type: ignore[misc]  # None only where V allows it

    return Loader(in_order)


def seen(
    rows: Callable[[Actor], QuerySet[M]], of: Callable[[M], V]
) -> Callable[[Actor, list[UUID]], Awaitable[dict[UUID, V]]]:
    """Finds those of many ids whose rows the viewer sees, each as its type of the API."""

    async def find(viewer: Actor, ids: list[UUID]) -> dict[UUID, V]:
        return {row.pk: of(row) for row in await found_by(rows(viewer).filter(id__in=ids))}

    return find


class Asks(Generic[K, V]):
    """A loader that an object has once somebody asks it: most answers need few of many.

    What it asks with is the object's `asker`, and not the object: they would hold each other, and all
    that was read for an answer, until somebody looks for garbage.
    """

    def __init__(self, load: Callable[[Any, list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._load = load

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: Any, owner: type) -> Loader[K, V]:
        """As functools.cached_property: from now on the holder's own attribute stands before this."""
        made = each(partial(self._load, holder.asker))
        holder.__dict__[self._name] = made
        return made
