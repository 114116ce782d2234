"""Loading: as often as one likes; a changed policy is a new version, for new orders only."""

from dataclasses import replace
from datetime import timedelta

from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.policy import HOUR, Policy
from ordergraph.marketplace import actions
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import PolicyVersion, Reason
from ordergraph.orders.models import Order
from ordergraph.settings import PolicyOverrides
from ordergraph.wiring import Wiring
from seeds import load, named
from tests.market import Market


def under(wiring: Wiring, **numbers: int) -> Wiring:
    """The same process, started with other numbers in its environment."""
    settings = wiring.settings.model_copy(update={"policy": PolicyOverrides(**numbers)})
    return replace(wiring, settings=settings)


def test_an_environment_that_names_no_number_chooses_none() -> None:
    assert named(PolicyOverrides()) == {}


def test_zero_and_off_are_choices() -> None:
    overrides = PolicyOverrides(refund_delay_s=0, late_cancellation=False)

    assert named(overrides) == {"refund_delay_s": 0, "late_cancellation": False}


async def test_loading_says_what_is_there(wiring: Wiring) -> None:
    said = await load(wiring, market=False)

    assert said == "policy 1; 0 new orders"
    assert await marketplace.policy() == (1, Policy())


async def test_loading_without_a_market_places_no_order(wiring: Wiring) -> None:
    await load(wiring, market=False)

    assert await Order.all().count() == 0


async def test_loading_again_publishes_nothing(wiring: Wiring) -> None:
    await load(wiring, market=False)
    reasons = await Reason.all().count()

    said = await load(wiring, market=False)

    assert said == "policy 1; 0 new orders"
    assert await PolicyVersion.all().count() == 1
    assert await Reason.all().count() == reasons


async def test_changed_numbers_are_a_new_version(wiring: Wiring) -> None:
    await load(wiring, market=False)

    said = await load(under(wiring, cancel_window_s=HOUR), market=False)

    assert said == "policy 2; 0 new orders"
    assert await marketplace.policy() == (2, Policy(cancel_window_s=HOUR))


async def test_going_back_to_earlier_numbers_is_a_version_too(wiring: Wiring) -> None:
    await load(wiring, market=False)
    await load(under(wiring, cancel_window_s=HOUR), market=False)

    await load(under(wiring, cancel_window_s=24 * HOUR), market=False)

    assert await marketplace.policy() == (3, Policy())


async def test_loading_again_undoes_nothing_that_was_published_since(wiring: Wiring) -> None:
    """A deployment that seeds each time must not take an operator's decision back."""
    await load(under(wiring, cancel_window_s=HOUR), market=False)
    async with wiring.edge.transaction(SYSTEM) as tx:
        await actions.publish_changes(tx, {"refund_delay_s": 9, "cancel_window_s": 8})

    await load(wiring, market=False)
    kept = await marketplace.policy()
    await load(under(wiring, cancel_window_s=HOUR), market=False)

    assert kept == (2, Policy(refund_delay_s=9, cancel_window_s=8))
    assert await marketplace.policy() == (3, Policy(refund_delay_s=9, cancel_window_s=HOUR))


async def test_an_order_keeps_the_numbers_it_was_placed_under(
    wiring: Wiring, market: Market
) -> None:
    await load(wiring, market=False)
    old = await market.place()

    await load(under(wiring, cancel_window_s=HOUR), market=False)
    new = await market.place()

    await old.refresh_from_db()
    assert (old.policy_version, old.policy) == (1, Policy())
    assert old.cancelable_until == market.clock.at + timedelta(hours=24)
    assert (new.policy_version, new.policy) == (2, Policy(cancel_window_s=HOUR))
    assert new.cancelable_until == market.clock.at + timedelta(hours=1)
