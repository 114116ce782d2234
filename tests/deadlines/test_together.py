"""Sweeps that do many rows in one statement: as few for many as for one, and one bad row stops no other."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tortoise import connections

from ordergraph import sweeping
from ordergraph.deadlines import DEADLINES, named
from ordergraph.due import Deadline, Together
from ordergraph.infra.database import Tx
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.kernel.actor import SYSTEM
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.process import RefundStatus
from ordergraph.sweeping import sweep, sweep_batch
from tests.market import Market
from tests.states import order_in, refund_in
from tests.watching import holding, told

LARGEST_INT = 2**31 - 1
WINDOW = named("order.cancel_window")
TOGETHER = [deadline for deadline in DEADLINES if deadline.together is not None]
SAYS = {"order.cancel_window": "order.cancel_window_closed", "refund.due": "refund.due"}
CASES = [pytest.param(deadline, id=deadline.name) for deadline in TOGETHER]


async def _make(market: Market, deadline: Deadline, count: int) -> list[Any]:
    """So many rows that wait for this deadline, and then its time."""
    rows: list[Any] = []
    for _ in range(count):
        if deadline is WINDOW:
            rows.append(await order_in(market, OrderStatus.PROCESSING))
        else:
            rows.append(await refund_in(market, RefundStatus.SCHEDULED))
    market.clock.advance(timedelta(days=1 if deadline is WINDOW else 7))
    return rows


async def _poison(row: Any) -> None:
    """Its version cannot be counted up, nor its window be ended: no statement that does so ends well."""
    await type(row).filter(id=row.id).update(version=LARGEST_INT)
    await connections.get("default").execute_script(POISON.format(row.id))


POISON = """
CREATE TRIGGER poisoned BEFORE DELETE ON open_windows FOR EACH ROW WHEN (OLD.order_id = '{}')
EXECUTE FUNCTION ordergraph_never_change()"""


@pytest.fixture(autouse=True)
async def _healed(market: Market) -> AsyncIterator[None]:  # noqa: ARG001  (it needs the database)
    yield
    await connections.get("default").execute_script(
        "DROP TRIGGER IF EXISTS poisoned ON open_windows"
    )


def _own(deadline: Deadline) -> Together:
    assert deadline.together is not None
    return deadline.together


@pytest.fixture
def lanes_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "MANY", 2)


async def _seen(rows: list[Any]) -> list[dict[str, Any]]:
    """What a sweep did to these rows, without the ids that differ anyway."""
    ids = [row.id for row in rows]
    stored = await type(rows[0]).filter(id__in=ids).order_by("id").values()
    told = await EventRow.filter(
        order_id__in=[getattr(row, "order_id", row.id) for row in rows]
    ).order_by("order_id", "position")
    own = {"id", "order_id", "number", "payment_id", "cause_id"}
    events = [(event.type, event.actor_role, event.request_id, event.position) for event in told]
    return [{k: v for k, v in row.items() if k not in own} for row in stored] + [{"e": events}]


@pytest.mark.parametrize("deadline", CASES)
async def test_together_comes_to_the_same_as_one_by_one(market: Market, deadline: Deadline) -> None:
    rows = await _make(market, deadline, 4)
    one_by_one, many = rows[:2], rows[2:]
    async with market.edge.transaction(SYSTEM) as tx:
        for row in one_by_one:
            await deadline.act(tx, await deadline.hold(row.id))

    done = (await sweep_batch(market.edge, deadline)).done

    assert set(done) == {row.id for row in many}

    assert await _seen(one_by_one) == await _seen(many)
    assert await OutboxRow.all().count() == await EventRow.all().count()


@pytest.mark.parametrize("deadline", CASES)
async def test_it_takes_as_many_statements_for_twelve_as_for_two(
    market: Market, deadline: Deadline
) -> None:
    counts = []
    for count in (2, 12):
        await _make(market, deadline, count)
        async with told() as seen:
            assert len((await sweep_batch(market.edge, deadline)).done) == count
        counts.append(len(seen))

    assert counts == [6, 6], seen


@pytest.mark.parametrize("deadline", CASES)
async def test_one_that_fails_lets_the_others_be_done_without_it(
    market: Market, deadline: Deadline
) -> None:
    """J10."""
    rows = await _make(market, deadline, 3)
    await _poison(rows[1])

    with capture_logs() as logs:
        done = await sweep(market.edge, deadline)

    assert done == 2
    assert [entry["event"] for entry in logs] == ["sweep.one_by_one", "work.failed"]
    assert (await DeadLetter.get()).row_id == rows[1].id
    left = await type(rows[0]).get(id=rows[1].id)
    assert left.version == LARGEST_INT
    assert await deadline.find(market.clock.at, 9) == []


@pytest.mark.parametrize("deadline", CASES)
async def test_the_order_that_somebody_holds_is_left_out(
    market: Market, deadline: Deadline
) -> None:
    rows = await _make(market, deadline, 3)
    held = getattr(rows[0], "order_id", rows[0].id)

    async with holding(held):
        done = (await sweep_batch(market.edge, deadline)).done

    assert set(done) == {row.id for row in rows[1:]}
    assert await sweep(market.edge, deadline) == 1


@pytest.mark.parametrize("deadline", CASES)
@pytest.mark.usefixtures("lanes_of_two")
async def test_two_transactions_go_on_at_once(market: Market, deadline: Deadline) -> None:
    rows = await _make(market, deadline, 5)
    both = asyncio.Barrier(2)

    async def meet(tx: Tx, due: Sequence[UUID]) -> Sequence[UUID]:
        if len(due) == 2:
            async with asyncio.timeout(10):
                await both.wait()
        return await _own(deadline)(tx, due)

    assert await sweep(market.edge, replace(deadline, together=meet)) == 5

    said = await EventRow.filter(type=SAYS[deadline.name]).values_list("order_id", flat=True)
    assert sorted(said) == sorted(getattr(row, "order_id", row.id) for row in rows)
    assert await OutboxRow.all().count() == await EventRow.all().count()


@pytest.mark.parametrize("deadline", CASES)
@pytest.mark.usefixtures("lanes_of_two")
async def test_one_that_fails_stops_nobody_in_the_other_transaction(
    market: Market, deadline: Deadline
) -> None:
    rows = await _make(market, deadline, 4)
    await _poison(rows[1])

    with capture_logs() as logs:
        swept = await sweep_batch(market.edge, deadline)

    assert (len(swept.done), swept.laid_aside, swept.is_the_last) == (3, 1, False)
    assert [entry["event"] for entry in logs] == ["sweep.one_by_one", "work.failed"]
    assert (await sweep_batch(market.edge, deadline)).is_the_last


@pytest.mark.usefixtures("lanes_of_two")
async def test_what_cannot_even_be_done_one_by_one_is_raised_once_the_other_has_ended(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = await _make(market, WINDOW, 4)

    async def fail(tx: Tx, due: Sequence[UUID]) -> Sequence[UUID]:
        if rows[0].id in due:
            raise ConnectionError
        await asyncio.sleep(0.05)
        return await _own(WINDOW)(tx, due)

    async def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(sweeping, "_sweep_one_by_one", away)
    with pytest.raises(ConnectionError):
        await sweep_batch(market.edge, replace(WINDOW, together=fail))

    assert len(await WINDOW.find(market.clock.at, 9)) == 2
