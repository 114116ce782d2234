"""The outbox: each event is told, and one that cannot be told keeps no other waiting."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from ordergraph.infra import outbox
from ordergraph.infra.dead_letters import PAUSES, SHORTEST, DeadLetter
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.infra.reading import rows
from tests.market import NOON, Market


async def _waiting() -> int:
    return await OutboxRow.all().count()


async def test_what_waits_is_told_oldest_first_and_a_few_at_a_time(market: Market) -> None:
    await market.place()
    await market.place()
    told: list[str] = []

    async def tell(events: Sequence[EventRow]) -> None:
        told.extend(str(event.id) for event in events)

    counts = [await outbox.deliver(tell, NOON, limit=3) for _ in range(3)]

    assert counts == [3, 1, 0]
    assert told == sorted(told)  # ids of version 7 sort by time
    assert await _waiting() == 0


async def test_a_telling_that_fails_is_told_again(market: Market) -> None:
    await market.place()
    waiting, told = await _waiting(), list[object]()

    async def fails(events: Sequence[EventRow]) -> None:
        assert events
        raise ConnectionResetError

    async def tell(events: Sequence[EventRow]) -> None:
        told.extend(event.id for event in events)

    assert await outbox.deliver(fails, NOON, limit=9) == 0
    assert await _waiting() == waiting > 0

    assert await outbox.deliver(tell, NOON + SHORTEST, limit=9) == waiting == len(told)
    assert await DeadLetter.all().count() == 0


async def test_an_event_that_cannot_be_told_rests_and_the_others_are_told(market: Market) -> None:
    """J10."""
    for _ in range(3):
        await market.place()
    poison = (await OutboxRow.all().order_by("id"))[2].event_id
    told: list[object] = []

    async def tell(events: Sequence[EventRow]) -> None:
        assert poison not in {event.id for event in events}
        told.extend(event.id for event in events)

    done = await outbox.deliver(tell, NOON, limit=99)
    rests = await outbox.deliver(tell, NOON, limit=99)
    letter = await DeadLetter.get(work="outbox")

    assert (done, rests, len(told)) == (5, 0, 5)
    assert (letter.row_id, letter.failures) == (poison, 1)
    assert [row.event_id for row in await OutboxRow.all()] == [poison]
    await outbox.deliver(tell, NOON + PAUSES[0], limit=9)  # told by itself, at the end of its rest
    assert (await DeadLetter.get(work="outbox")).failures == 2


async def test_an_event_whose_telling_never_ends_in_time_steps_aside_too(market: Market) -> None:
    """J10. It is nobody's fault that a lock is held, and yet the others do not wait for it."""
    for _ in range(3):
        await market.place()
    poison = (await OutboxRow.all().order_by("id"))[2].event_id
    batches: list[int] = []

    async def tell(events: Sequence[EventRow]) -> None:
        batches.append(len(events))
        if poison in {event.id for event in events}:
            await rows("SET LOCAL statement_timeout = 50")
            await rows("SELECT pg_sleep(9)")

    done = [await outbox.deliver(tell, NOON, limit=99) for _ in range(2)]
    letter = await DeadLetter.get(work="outbox")

    assert (done, batches) == ([2, 3], [6, 1, 1, 1, 3])
    assert (letter.row_id, letter.failures, letter.retry_at) == (poison, 0, NOON + SHORTEST)
    await market.place()
    batches.clear()
    assert await outbox.deliver(tell, NOON + SHORTEST, limit=99) == 2
    assert batches == [2, 1], "what has been in trouble comes after what has not, and by itself"


async def test_one_event_alone_is_not_told_for_long(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ALONE_S", 0.1)
    await market.place()

    async def tell(events: Sequence[EventRow]) -> None:
        if len(events) > 1:
            raise TimeoutError
        await rows("SELECT pg_sleep(9)")

    assert await asyncio.wait_for(outbox.deliver(tell, NOON, limit=99), 5) == 0

    assert (await DeadLetter.get(work="outbox")).problem == "TimeoutError"


async def test_while_the_database_is_away_no_event_is_to_blame(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.place()

    async def away(*_: object) -> list[object]:
        raise ConnectionResetError

    async def tell(_: Sequence[EventRow]) -> None:
        raise AssertionError

    monkeypatch.setattr(outbox, "_tell_some", away)
    with pytest.raises(ConnectionResetError):
        await outbox.deliver(tell, NOON, limit=99)

    assert await DeadLetter.all().count() == 0


async def test_two_workers_tell_each_event_once(market: Market) -> None:
    for _ in range(6):
        await market.place()
    told: list[object] = []

    async def tell(events: Sequence[EventRow]) -> None:
        await asyncio.sleep(0.01)
        told.extend(event.id for event in events)

    await asyncio.gather(*(outbox.deliver(tell, NOON, limit=5) for _ in range(4)))

    assert len(told) == len(set(told)) == 12
    assert await _waiting() == 0


async def test_an_event_of_a_newer_version_waits_for_a_newer_worker(market: Market) -> None:
    order = await market.place()
    newest = await EventRow.filter(order_id=order.id).order_by("-position").first()
    assert newest is not None
    strange = EventRow(
        **{**dict(newest), "id": uuid4(), "position": 9, "type": "order.of_tomorrow"}
    )
    await strange.save(force_create=True)
    await OutboxRow.create(event_id=strange.id)

    async def tell(events: Sequence[EventRow]) -> None:
        assert strange.id not in {event.id for event in events}

    await outbox.deliver(tell, NOON, limit=99)

    assert [row.event_id for row in await OutboxRow.all()] == [strange.id]
