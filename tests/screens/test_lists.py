"""Lists within lists, page by page: each page as if it were read alone, and all of them at once."""

import asyncio
from collections.abc import Sequence
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from asyncpg.connection import LoggedQuery

from ordergraph import batches
from ordergraph.api.pages import Slice, read
from ordergraph.disputes import queries as disputes
from ordergraph.disputes import thread_queries as threads
from ordergraph.disputes.loading import ShownLoaders
from ordergraph.disputes.models import Dispute, InternalNote
from ordergraph.disputes.thread_types import NOTES
from ordergraph.disputes.types import THREAD
from ordergraph.infra.outbox import EventRow
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order
from ordergraph.orders.types import TIMELINE
from tests.market import ADA, DAY, NOON, OLGA, Market, gid
from tests.watching import dear_pages, plan_of, read_whole, sent, statements, steps

NIL = UUID(int=0)
AT = (-7, 0, 1, 2, 3, 2**31 - 1)
PLACES = (None, *(TIMELINE.cursor(EventRow(position=at)) for at in AT))
SIZES = ({"first": 0}, {"first": 1}, {"first": 100}, {"last": 0}, {"last": 2}, {"last": 100})
SLICES = [
    Slice(**size, after=after, before=before)  # type: ignore[arg-type]  # a number each
    for size, after, before in product(SIZES, PLACES, PLACES)
]
CREATED = PLACES[3]


def _page(size: int) -> str:
    return f"t{size}: timeline(first: {size}) {{ nodes {{ type }} }}"


TIMELINES = {
    "two pages": "created: timeline(first: 1) { nodes { type } } rest: timeline(first: 3) { nodes { type } }",
    "nine pages": " ".join(map(_page, range(1, 10))),
    "after a place": f'timeline(first: 2, after: "{CREATED}") {{ nodes {{ type }} }}',
}
THREADS = {
    "two pages": "a: messages(first: 1) { nodes { id } } b: messages(first: 2) { nodes { id } }",
    "before a place": f'messages(last: 2, before: "{CREATED}") {{ nodes {{ id }} }}',
}
PURCHASES = "query ($n: Int!) {{ viewer {{ purchases(first: $n) {{ nodes {{ {} }} }} }} }}"
DISPUTES = "query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Dispute {{ {} }} }} }}"


def _values(rows: Sequence[Any]) -> list[dict[str, Any]]:
    assert all(row._saved_in_db for row in rows)
    return [{name: getattr(row, name) for name in row._meta.db_fields} for row in rows]


@pytest.mark.usefixtures("busy")
async def test_a_page_of_many_timelines_is_that_of_each() -> None:
    ids = [row.id for row in await Order.all().order_by("id").limit(2)]

    found = await batches.timelines_of(list(product(ids, SLICES)))

    assert len(found) == 2 * len(SLICES)
    for (id_, wanted), rows in found.items():
        alone = await read(orders.timeline(id_), TIMELINE, wanted)
        assert _values(rows) == _values(alone), wanted


@pytest.mark.usefixtures("busy")
async def test_a_page_of_many_threads_is_that_of_each() -> None:
    ids = [row.id for row in await Dispute.all().order_by("id").limit(2)]

    found = await batches.threads_of(list(product(ids, SLICES)))

    assert len(found) == 2 * len(SLICES)
    for (id_, wanted), rows in found.items():
        alone = await read(disputes.thread(id_), THREAD, wanted)
        assert _values(rows) == _values(alone), wanted


@pytest.mark.usefixtures("busy")
async def test_a_page_of_many_operators_notes_is_that_of_each() -> None:
    """Some were written at the same moment, and stand in the sequence of their ids then."""
    ids = [row.id for row in await Dispute.all().order_by("id").limit(2)]
    for nth, id_ in product(range(6), ids):
        at = NOON + nth // 3 * DAY
        await InternalNote.create(dispute_id=id_, author_id=NIL, body=f"{nth}", written_at=at)
    places = [
        NOTES.cursor(row) for row in await threads.notes_visible_to(OLGA).filter(dispute_id=ids[0])
    ]
    sizes = ({"first": 0}, {"first": 2}, {"first": 100}, {"last": 2}, {"last": 100})
    slices = [
        Slice(**size, after=after, before=before)  # type: ignore[arg-type]  # a number each
        for size, after, before in product(sizes, (None, *places), (None, *places))
    ]

    asked, notes = list(product(ids, slices)), ShownLoaders(OLGA).notes
    found = dict(zip(asked, await asyncio.gather(*map(notes.load, asked)), strict=True))

    assert len(found) == 2 * len(slices)
    for (id_, wanted), rows in found.items():
        notes = threads.notes_visible_to(OLGA).filter(dispute_id=id_)
        assert _values(rows) == _values(await read(notes, NOTES, wanted)), wanted


@pytest.mark.parametrize("below", TIMELINES.values(), ids=TIMELINES)
async def test_as_many_statements_for_sixty_timelines_as_for_two(busy: Market, below: str) -> None:
    seen = {}
    for n in (2, 60):
        with statements() as seen[n]:
            answer = await busy.ask(ADA, PURCHASES.format(below), n=n)
        assert len(answer["viewer"]["purchases"]["nodes"]) == n

    assert len(seen[60]) == len(seen[2]) == 2, seen


@pytest.mark.parametrize("below", THREADS.values(), ids=THREADS)
async def test_as_many_statements_for_both_threads_as_for_one(busy: Market, below: str) -> None:
    ids = [gid("Dispute", row.id) for row in await Dispute.all()]
    seen = {}
    for n in (1, 2):
        with statements() as seen[n]:
            answer = await busy.ask(OLGA, DISPUTES.format(below), ids=ids[:n])
        assert len(answer["nodes"]) == n

    assert len(seen[2]) == len(seen[1]) == 2, seen


@pytest.mark.parametrize("below", TIMELINES.values(), ids=TIMELINES)
async def test_a_timeline_is_read_from_where_its_page_begins(busy: Market, below: str) -> None:
    async with sent() as queries:
        await busy.ask(ADA, PURCHASES.format(below), n=60)

    await _walks_an_index(queries[-1])


@pytest.mark.parametrize("below", THREADS.values(), ids=THREADS)
async def test_a_thread_is_read_from_where_its_page_begins(busy: Market, below: str) -> None:
    ids = [gid("Dispute", row.id) for row in await Dispute.all()]
    async with sent() as queries:
        await busy.ask(OLGA, DISPUTES.format(below), ids=ids)

    await _walks_an_index(queries[-1])


async def _walks_an_index(query: LoggedQuery) -> None:
    """The one by which lists are sorted, and no further than the page goes."""
    async with dear_pages():
        plan = await plan_of(query.query, *query.args)

    assert "asked.owner" in query.query
    assert not read_whole(plan)
    assert not any("Sort" in step["Node Type"] for step in steps(plan))
    (walk,) = [step for step in steps(plan) if "Index Name" in step]
    assert "position" in walk["Index Cond"]
