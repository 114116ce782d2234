"""Connections (Relay's specification), paged by keyset: no gaps, no repeats, no offset."""

import base64
import binascii
from asyncio import sleep
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Final, Generic, Self, TypeVar
from uuid import UUID

import orjson
import strawberry
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from ordergraph.api.faults import BadUserInput
from ordergraph.api.ready import Ready, loaded
from ordergraph.infra.reading import found_by

PAGE: Final = 20
"""What a list gives when nobody says how much."""
LARGEST_PAGE: Final = 100
LARGEST_POSITION: Final = 2**31 - 1
"""What an integer column holds; a made-up cursor may name more."""
REMEMBERED: Final = 1_000
"""How many cursors of positions are."""
URLSAFE: Final = bytes.maketrans(b"+/", b"-_")
"""As base64.urlsafe_b64encode writes it."""
T = TypeVar("T")
R = TypeVar("R")
M = TypeVar("M", bound=Model)


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something comes before.")
    start_cursor: str | None = strawberry.field(description="The first edge's cursor.")
    end_cursor: str | None = strawberry.field(
        description="The last edge's cursor: pass it as after."
    )


@strawberry.type(description="An item and its place in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The place, opaque.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Ready, Generic[T]):
    """Its items are there, or have been written into the answer by what read them: then they are read
    `again` by whoever asks for them all the same.
    """

    place: strawberry.Private[PageInfo]
    items: strawberry.Private[list[Any] | None]
    again: strawberry.Private[Callable[[], Awaitable[list[Any]]] | None] = None

    @loaded(description="The items with their cursors.")
    async def edges(self) -> list[Edge[T]]:
        if self.items is None:
            await sleep(0)  # who only looks whether they are there goes no further
            assert self.again is not None, "a page has its items, or a way to read them"
            self.items = await self.again()
        return self.items

    @strawberry.field(description="Where the page lies.")
    def page_info(self) -> PageInfo:
        return self.place

    @loaded(description="The items alone.")
    async def nodes(self) -> list[T]:
        return [edge.node for edge in await self.edges()]


@dataclass(frozen=True)
class Key:
    """What a list is sorted by: columns that together are unique, all in one direction."""

    columns: tuple[str, ...]
    newest_first: bool

    @cached_property
    def _read(self) -> Callable[[Any], Any]:
        return attrgetter(*self.columns)

    def cursor(self, row: Any) -> str:
        place = self._read(row)
        return _cursor(place) if len(self.columns) > 1 else _of_position(place)

    def place(self, cursor: str) -> list[Any]:
        """Read a cursor back; raise BAD_USER_INPUT for anything that is none of ours."""
        try:
            place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, orjson.JSONDecodeError, ValueError):
            raise BadUserInput("Not a cursor of this list.") from None
        if not isinstance(place, list) or len(place) != len(self.columns):
            raise BadUserInput("Not a cursor of this list.")
        try:
            return [
                _typed(column, value) for column, value in zip(self.columns, place, strict=True)
            ]
        except (TypeError, ValueError, AttributeError, OverflowError):
            raise BadUserInput("Not a cursor of this list.") from None

    def reached(self, cursor: str, head: int) -> int:
        """The position of a cursor of a feed, for lists whose key is one; raise BAD_USER_INPUT.

        One that lies behind the end of the feed is no cursor of it: whoever waited there would miss
        what comes before.
        """
        position: int = self.place(cursor)[0]
        if position > head:
            raise BadUserInput("Not a cursor of this list.")
        return position

    def beyond(self, cursor: str, *, forward: bool) -> Q:
        """What lies after the cursor, or before it: (a, b) < (x, y), spelled out."""
        place = self.place(cursor)
        sign = "lt" if self.newest_first == forward else "gt"
        steps = [
            Q(
                **dict(zip(self.columns[:i], place[:i], strict=True)),
                **{f"{column}__{sign}": place[i]},
            )
            for i, column in enumerate(self.columns)
        ]
        return Q(*steps, join_type=Q.OR)

    def order(self, *, forward: bool) -> list[str]:
        minus = "-" if self.newest_first == forward else ""
        return [minus + column for column in self.columns]


def _cursor(place: tuple[Any, ...]) -> str:
    text = binascii.b2a_base64(orjson.dumps(place, default=str), newline=False)
    return text.translate(URLSAFE).rstrip(b"=").decode()


@lru_cache(maxsize=REMEMBERED)
def _of_position(position: int) -> str:
    """Lists that are sorted by one column number their items, and all of them count from 1."""
    return _cursor((position,))


def _typed(column: str, value: Any) -> Any:
    if column.endswith("_at"):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    if column == "id":
        return UUID(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_POSITION:
        raise TypeError
    return value


@dataclass(frozen=True, slots=True)
class Slice:
    """Which page is asked for: the first ones after a cursor, or the last ones before one."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @classmethod
    def either_way(
        cls, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> Self:
        """As it is asked for; where nobody says how many, the first ones, as many as a page has."""
        return cls(PAGE if first is None and last is None else first, after, last, before)

    @property
    def forward(self) -> bool:
        return self.last is None

    @property
    def size(self) -> int:
        size = self.first if self.forward else self.last
        if self.first is not None and self.last is not None:
            raise BadUserInput("Give first or last, not both.")
        if size is None or not 0 <= size <= LARGEST_PAGE:
            raise BadUserInput(f"A page has between 0 and {LARGEST_PAGE} items.")
        return size

    def of(self, key: Key) -> Self:
        """The same, found to be a page of this list; raise BAD_USER_INPUT if it cannot be one."""
        assert self.size >= 0, "reading it asks whether it can be"
        for cursor in (self.after, self.before):
            if cursor is not None:
                key.place(cursor)
        return self


async def page(
    rows: QuerySet[M], key: Key, wanted: Slice, shown: Callable[[M], T]
) -> Connection[T]:
    """Read one page."""
    return paged(await read(rows, key, wanted), key, wanted, shown)


async def read(rows: QuerySet[M], key: Key, wanted: Slice) -> Sequence[M]:
    """The rows of a page, and one row more to know whether there is another."""
    limit = wanted.size + 1
    if wanted.after is not None:
        rows = rows.filter(key.beyond(wanted.after, forward=True))
    if wanted.before is not None:
        rows = rows.filter(key.beyond(wanted.before, forward=False))
    return await found_by(rows.order_by(*key.order(forward=wanted.forward)).limit(limit))


def itself(row: R) -> R:
    """Shows what is found as it is."""
    return row


def paged(found: Sequence[R], key: Key, wanted: Slice, shown: Callable[[R], T]) -> Connection[T]:
    """A page out of its rows, in the order in which they were read, and the one row more."""
    kept = cut(found, wanted)
    edges = [Edge(cursor=key.cursor(row), node=shown(row)) for row in kept]
    return Connection(place=place(kept, key, wanted, more=len(found) > len(kept)), items=edges)


def cut(found: Sequence[R], wanted: Slice) -> list[R]:
    """Without the row more, in the order of the list."""
    kept = list(found[: wanted.size])
    return kept if wanted.forward else kept[::-1]


def place(kept: Sequence[R], key: Key, wanted: Slice, *, more: bool) -> PageInfo:
    """Where a page lies in its list, by its first and last row; `more`: it goes on there."""
    return PageInfo(
        has_next_page=more if wanted.forward else wanted.before is not None,
        has_previous_page=wanted.after is not None if wanted.forward else more,
        start_cursor=key.cursor(kept[0]) if kept else None,
        end_cursor=key.cursor(kept[-1]) if kept else None,
    )
