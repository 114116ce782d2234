"""Pages of many lists at once: of items that say whose they are, and stand in one table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from tortoise.models import Model

from ordergraph.api.pages import LARGEST_POSITION, Key, Slice
from ordergraph.infra.raw import raw
from ordergraph.infra.reading import rows

M = TypeVar("M", bound=Model)
Asked = tuple[UUID, Slice]
"""Of whose list which page."""


class Ends(NamedTuple):
    """The type of a column by which lists are sorted, and what lies before and after all that a cursor
    may name.
    """

    kind: str
    beginning: Any
    end: Any


ENDS: Final = {
    "position": Ends("bigint", -LARGEST_POSITION - 1, LARGEST_POSITION + 1),
    "written_at": Ends(
        "timestamptz", datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    ),
    "id": Ends("uuid", UUID(int=0), UUID(int=2**128 - 1)),
}
# A page's rows come as one list, which keeps their order. Where it begins and ends, and how long it is,
# is said for each; so the index is walked from there on, and statements do not grow with the document.
PAGES: Final = """
SELECT asked.nth, ARRAY(
    SELECT part FROM {table} AS part
    WHERE part.{owner} = asked.owner AND ({place}) > ({after}) AND ({place}) < ({before})
    ORDER BY {order} LIMIT asked.size)
FROM unnest({arrays}) WITH ORDINALITY AS asked(owner, size, {after_names}, {before_names}, nth)"""


async def pages(
    model: type[M], owner: str, key: Key, asked: Sequence[Asked]
) -> Mapping[Asked, Sequence[M]]:
    """Each page as `pages.read` gives it, with the row more; `owner` is the column that says whose it is.

    Two statements at most, one for each direction, however many lists and different pages are asked for.
    """
    assert not key.newest_first, "items are sorted oldest first"
    ways: dict[bool, list[Asked]] = defaultdict(list)
    for one in asked:
        ways[one[1].forward].append(one)
    found: dict[Asked, Sequence[M]] = {}
    for forward, those in ways.items():
        columns = zip(*(_placed(key, *one) for one in those), strict=True)
        for nth, records in await rows(_statement(model, owner, key, forward=forward), *columns):
            found[those[nth - 1]] = [raw(model).row(each.keys(), each) for each in records]
    return found


@cache
def _statement(model: type[Model], owner: str, key: Key, *, forward: bool) -> str:
    place = [f"part.{column}" for column in key.columns]
    after, before = ([f"{name}_{column}" for column in key.columns] for name in ("after", "before"))
    bounds = [ENDS[column].kind for column in key.columns]
    kinds = ("uuid", "int", *bounds, *bounds)
    return PAGES.format(
        table=model._meta.db_table,  # noqa: SLF001  (the ORM has no other way)
        owner=owner,
        place=", ".join(place),
        after=", ".join(f"asked.{name}" for name in after),
        before=", ".join(f"asked.{name}" for name in before),
        order=", ".join(place if forward else [f"{column} DESC" for column in place]),
        arrays=", ".join(f"(SELECT ${nth}::{kind}[])" for nth, kind in enumerate(kinds, 1)),
        after_names=", ".join(after),
        before_names=", ".join(before),
    )


def _placed(key: Key, owner: UUID, wanted: Slice) -> tuple[Any, ...]:
    """What the statement is told of one page."""
    ends = [ENDS[column] for column in key.columns]
    after = [each.beginning for each in ends] if wanted.after is None else key.place(wanted.after)
    before = [each.end for each in ends] if wanted.before is None else key.place(wanted.before)
    return owner, wanted.size + 1, *after, *before
