"""Bugs that somebody might write one day are caught, each by a short story and by the machine."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders.models import Order
from ordergraph.payments import actions as payments
from ordergraph.payments.models import Payment
from tests.market import ADA, LAMPS, line
from tests.proof import laws
from tests.proof.bank import Mood
from tests.proof.conftest import CHAOS, HUNT, SEED
from tests.proof.machine import Proof
from tests.proof.planting import (
    CALL_INSIDE,
    FRESH_KEYS,
    NO_CLAIM_CHECK,
    NO_CONDITION,
    NO_SWEEP,
    RECORD_FIRST,
    Plant,
)
from tests.proof.world import LEASE, World
from tests.states import cancel

Story = Callable[[World], Awaitable[None]]


async def _due(world: World) -> None:
    """One refund whose date has come, and which nobody has tried to send."""
    await world.place(ADA, LAMPS, [line()], Mood.WELL)
    (order,) = await Order.all()
    canceled = await cancel(world.market, order)
    assert canceled.refund is not None
    world.clock.at = canceled.refund.due_at
    await world.work(["refund.due"], workers=1)


async def a_frozen_worker_wakes_after_its_lease(world: World) -> None:
    await _due(world)
    await world.claim(0)
    await world.call(0)
    world.clock.advance(LEASE)
    await world.claim(0)  # another worker, which is still at it
    await world.record(0)
    await world.call(1)
    await world.record(1)


async def an_answer_is_lost_after_the_effect(world: World) -> None:
    await _due(world)
    world.bank.moods.append(Mood.LOST)
    await world.work(["refund.attempt"], workers=1)
    await world.heal()


async def a_refund_is_sent(world: World) -> None:
    await _due(world)
    await world.work(["refund.attempt"], workers=1)


async def a_worker_dies_with_a_claim(world: World) -> None:
    await _due(world)
    await world.claim(0)
    await world.heal()


async def more_is_promised_than_was_paid(world: World) -> None:
    await world.place(ADA, LAMPS, [line()], Mood.WELL)
    (order,) = await Order.all()
    half = Money(order.total_minor // 2 + 1, "EUR")

    async def promise() -> None:
        with suppress(AmountTooHigh):
            async with world.market.edge.transaction(SYSTEM) as tx:
                await payments.reserve(tx, order, half, borne_by=Role.SELLER)

    await asyncio.gather(promise(), promise())
    row = await Payment.get(order_id=order.id)
    assert row.refund_reserved_minor <= row.captured_minor, "more is promised than was captured"


STORIES = {
    # bug: the story that catches it, and what the law or guard says then
    NO_CLAIM_CHECK: (a_frozen_worker_wakes_after_its_lease, "settled that was never reserved"),
    FRESH_KEYS: (an_answer_is_lost_after_the_effect, "was paid 2 times"),
    CALL_INSIDE: (a_refund_is_sent, "a refund was made inside a transaction"),
    NO_SWEEP: (a_worker_dies_with_a_claim, "a Refund hangs in PROCESSING"),
    NO_CONDITION: (more_is_promised_than_was_paid, "more is promised than was captured"),
    RECORD_FIRST: (a_refund_is_sent, "was sent before its claim was committed"),
}
FOUND_BY_MACHINE = [plant for plant in STORIES if plant is not NO_CONDITION]
"""Every command asks first how much is left, under the order's lock, so only a story gets past that."""
CASES = [pytest.param(plant, *caught, id=plant.name) for plant, caught in STORIES.items()]


@pytest.mark.parametrize(
    "story", dict.fromkeys(s for s, _ in STORIES.values()), ids=lambda s: s.__name__
)
async def test_without_a_bug_each_story_ends_well(world: World, story: Story) -> None:
    await story(world)

    assert world.bank.broken == []
    if story is not more_is_promised_than_was_paid:  # it reserves by hand
        await laws.assert_all(world.bank)


async def _told(world: World, story: Story) -> None:
    await story(world)
    await laws.assert_all(world.bank)


@pytest.mark.parametrize(("plant", "story", "said"), CASES)
async def test_a_planted_bug_is_caught_by_its_story(
    world: World, plant: Plant, story: Story, said: str
) -> None:
    async with plant.planted():
        with pytest.raises(AssertionError, match=said):
            await _told(world, story)


@CHAOS
@pytest.mark.timeout(0)
@pytest.mark.parametrize("plant", FOUND_BY_MACHINE, ids=lambda plant: plant.name)
def test_a_planted_bug_is_caught_by_the_machine(
    proof: Callable[[], Proof], loop: asyncio.AbstractEventLoop, plant: Plant
) -> None:
    print(f"CHAOS_SEED={SEED}")  # noqa: T201  (to be seen when it fails)
    loop.run_until_complete(plant.plant())
    try:
        with pytest.raises(Exception) as caught:  # noqa: PT011  (a law, a table of moves or a CHECK)
            run_state_machine_as_test(seed(SEED)(proof), settings=HUNT)
    finally:
        loop.run_until_complete(plant.pull())
    print(f"{plant.name}: {caught.value!r}"[:200])  # noqa: T201
