"""The same that happened to many orders is written by naming them, and chained as if each were told alone."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from ordergraph.infra import timelines
from ordergraph.infra.chaining import APPEND_ALIKE, Happened, append
from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.infra.writing import together
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.event import Event
from ordergraph.orders.events import CancelWindowEnded, OrderCanceled, OrderCompleted, OrderExpired
from ordergraph.orders.models import Order
from tests.market import NOON, Market


def _happened(
    event: Event,
    by: Role = Role.SYSTEM,
    actor: UUID | None = None,
    request: str = "",
    late: int = 0,
) -> Happened:
    return Happened(event, by, actor, request, NOON + timedelta(seconds=late, microseconds=7))


def _is_short(happened: Sequence[Happened]) -> bool:
    """Whether each order costs no more than its id."""
    return append(happened)[0].sql == APPEND_ALIKE


async def _orders(market: Market, count: int) -> list[Order]:
    return [await market.place() for _ in range(count)]


async def test_each_timeline_goes_on_where_it_ended_and_is_whole(market: Market) -> None:
    """In one statement, over timelines of different lengths; one has none yet."""
    short, long = await market.place(), await market.ship(await market.place())
    none = UUID(int=7)
    ids = [short.id, long.id, none]
    actor = UUID(int=9)
    happened = [
        _happened(OrderCompleted(order_id=id_), Role.OPERATOR, actor, 'a "b" ü') for id_ in ids
    ]
    assert _is_short(happened)
    waiting = await OutboxRow.all().count()

    await together(*append(happened))

    chains = await timelines.read(ids)
    assert [(chains[id_].events, chains[id_].fault) for id_ in ids] == [
        (3, None),
        (4, None),
        (1, None),
    ]
    rows = [await EventRow.filter(order_id=id_).order_by("-position").first() for id_ in ids]
    for row, id_ in zip(rows, ids, strict=True):
        assert row is not None
        assert row.event == OrderCompleted(order_id=id_)
        assert (row.actor_role, row.actor_id, row.request_id) == ("OPERATOR", actor, 'a "b" ü')
        assert row.occurred_at == NOON + timedelta(microseconds=7)
    told = await OutboxRow.all().order_by("id").values_list("event_id", flat=True)
    assert told[waiting:] == [row.id for row in rows if row is not None]


async def test_both_ways_write_the_same(market: Market) -> None:
    """But for the ids of events, which nothing is made of."""
    orders = await _orders(market, 4)

    async def end(some: Sequence[Order], tx: Tx) -> None:
        for order in some:
            tx.emit(CancelWindowEnded(order_id=order.id), Role.SYSTEM)

    async with market.edge.transaction(SYSTEM, "r") as tx:
        await end(orders[:2], tx)
        assert _is_short(tx.happened)
    for order in orders[2:]:
        async with market.edge.transaction(SYSTEM, "r") as tx:
            await end([order], tx)
            assert not _is_short(tx.happened)

    own = {"id", "order_id", "hash", "data"}
    rows = await EventRow.filter(type=CancelWindowEnded.type).values()
    said = [{name: value for name, value in row.items() if name not in own} for row in rows]
    assert said == [said[0]] * 4
    assert all(row["data"] == {"order_id": str(row["order_id"])} for row in rows)
    assert all(
        chain.fault is None for chain in (await timelines.read([o.id for o in orders])).values()
    )


ONE, TWO = UUID(int=1), UUID(int=2)
FIRST = _happened(OrderExpired(order_id=ONE))
# fmt: off
DIFFERENT = {
    "another event":   _happened(OrderCompleted(order_id=TWO)),
    "another role":    _happened(OrderExpired(order_id=TWO), Role.OPERATOR),
    "another person":  _happened(OrderExpired(order_id=TWO), actor=TWO),
    "another request": _happened(OrderExpired(order_id=TWO), request="r"),
    "another moment":  _happened(OrderExpired(order_id=TWO), late=1),
    "the same order":  _happened(OrderExpired(order_id=ONE)),
}
# fmt: on


@pytest.mark.parametrize("other", DIFFERENT)
def test_what_differs_is_written_out(other: str) -> None:
    assert _is_short([FIRST, _happened(OrderExpired(order_id=TWO))])
    assert not _is_short([FIRST, DIFFERENT[other]])


def test_what_says_more_than_which_order_is_written_out() -> None:
    both = [_happened(OrderCanceled(order_id=id_, reason="other")) for id_ in (ONE, TWO)]

    assert not _is_short(both)
    assert not _is_short([FIRST]), "one alone gains nothing"
    assert append([]) == []
