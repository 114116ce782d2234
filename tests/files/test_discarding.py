"""What nobody attached in time is deleted, row and bytes, and what hangs on something never."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ordergraph.files.models import Attachment
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.wiring import Wiring
from tests.disputes.documents import opened
from tests.files.filing import Desk
from tests.market import ADA, DAY
from workers.files import discard_attachments


class Stuck:
    """A storage that cannot delete."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage

    async def delete(self, key: str) -> None:
        raise RuntimeError(f"no deleting today, not even {len(key)} letters")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.storage, name)


async def _discarded(desk: Desk) -> int:
    market, nothing = desk.market, None
    given: list[Any] = [
        nothing,
        market.hub,
        nothing,
        market.cashier,
        nothing,
        market.keeper,
        nothing,
    ]
    return await discard_attachments({"wiring": Wiring(*given)})


async def test_after_a_day_only_what_hangs_on_something_is_left(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    kept = await desk.stored(order.id)
    await desk.send(dispute_id, kept["id"])
    loose = await desk.stored(order.id)
    await desk.announced(order.id)
    desk.market.clock.advance(DAY - timedelta(seconds=1))
    assert await _discarded(desk) == 0

    desk.market.clock.advance(timedelta(seconds=1))
    assert await _discarded(desk) == 2

    assert await desk.node(ADA, loose["id"]) is None
    assert await desk.node(ADA, kept["id"]) is not None
    assert len([p for p in desk.market.files.rglob("*") if p.is_file()]) == 1


async def test_a_deletion_that_failed_rests_and_is_tried_again(desk: Desk) -> None:
    order, market = await desk.delivered(), desk.market
    loose = await desk.stored(order.id)
    market.clock.advance(DAY)
    good = market.keeper
    market.keeper = replace(good, storage=Stuck(good.storage))
    assert await _discarded(desk) == 0
    assert (await DeadLetter.get()).work == "attachment.discard"
    assert (await desk.node(ADA, loose["id"])) is not None

    market.keeper = good
    assert await _discarded(desk) == 0
    market.clock.advance(timedelta(seconds=5))

    assert await _discarded(desk) == 1
    assert await DeadLetter.all().count() == await Attachment.all().count() == 0


async def test_attached_or_discarded_but_never_both(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    for _ in range(6):
        file = await desk.stored(order.id)
        desk.market.clock.advance(DAY)

        sent, gone = await asyncio.gather(desk.send(dispute_id, file["id"]), _discarded(desk))

        was_sent = sent["__typename"] == "MessageSendSuccess"
        assert was_sent is (gone == 0)
        found = await desk.node(ADA, file["id"])
        assert (found is not None) is was_sent
        if found is not None:
            assert (await desk.door.get(found["download"]["url"])).status_code == 200
