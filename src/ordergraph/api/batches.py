"""One look-up for many keys, each answered in its place."""

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
    """Asks once for all keys of one turn of the loop; what a read brought along it knows already."""

    def __init__(self, load: Callable[[list[K]], Awaitable[list[V]]]) -> None:
        super().__init__(load)
        self._brought: dict[K, V] = {}

    def bring(self, key: K, value: V) -> None:
        """Take note of an answer before it is asked for."""
        self._brought[key] = value

    def known(self, key: K) -> V | None:
        """What a read has brought along, if it has."""
        return self._brought.get(key)

    def load(self, key: K) -> Awaitable[V]:
        value: Any = self._brought.get(key, _UNKNOWN)
        return super().load(key) if value is _UNKNOWN else Known(value)


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
