"""Pages of many lists at once: of items that are numbered in their list, and stand in one table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final, TypeVar
from uuid import UUID

from tortoise.models import Model

from ordergraph.api.pages import LARGEST_POSITION, Key, Slice
from ordergraph.infra.raw import raw
from ordergraph.infra.reading import rows

M = TypeVar("M", bound=Model)
Asked = tuple[UUID, Slice]
"""Of whose list which page."""
BEGINNING: Final = -LARGEST_POSITION - 1
END: Final = LARGEST_POSITION + 1
"""Before and after every place that a cursor may name."""
# A page's rows come as one list, which keeps their order. Where it begins and ends, and how long it is,
# is said for each; so the index is walked from there on, and statements do not grow with the document.
PAGES: Final = """
SELECT asked.nth, ARRAY(
    SELECT part FROM {table} AS part
    WHERE part.{owner} = asked.owner AND part.position > asked.after AND part.position < asked.before
    ORDER BY part.position{direction} LIMIT asked.size)
FROM unnest((SELECT $1::uuid[]), (SELECT $2::bigint[]), (SELECT $3::bigint[]), (SELECT $4::int[]))
    WITH ORDINALITY AS asked(owner, after, before, size, nth)"""


async def pages(
    model: type[M], owner: str, key: Key, asked: Sequence[Asked]
) -> Mapping[Asked, Sequence[M]]:
    """Each page as `pages.read` gives it, with the row more; `owner` is the column that says whose it is.

    Two statements at most, one for each direction, however many lists and different pages are asked for.
    """
    assert key == Key(("position",), newest_first=False), "items are numbered, oldest first"
    ways: dict[bool, list[Asked]] = defaultdict(list)
    for one in asked:
        ways[one[1].forward].append(one)
    found: dict[Asked, Sequence[M]] = {}
    for forward, those in ways.items():
        columns = zip(*(_placed(key, *one) for one in those), strict=True)
        for nth, records in await rows(_statement(model, owner, forward=forward), *columns):
            found[those[nth - 1]] = [raw(model).row(each.keys(), each) for each in records]
    return found


@cache
def _statement(model: type[Model], owner: str, *, forward: bool) -> str:
    table = model._meta.db_table  # noqa: SLF001  (the ORM has no other way)
    return PAGES.format(table=table, owner=owner, direction="" if forward else " DESC")


def _placed(key: Key, owner: UUID, wanted: Slice) -> tuple[UUID, int, int, int]:
    """What the statement is told of one page."""
    after = BEGINNING if wanted.after is None else key.place(wanted.after)[0]
    before = END if wanted.before is None else key.place(wanted.before)[0]
    return owner, after, before, wanted.size + 1
