"""Loading: as often as one likes; a changed policy is a new version, for new orders only."""

from dataclasses import replace
from datetime import timedelta

from ordergraph.kernel.policy import HOUR, Policy
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.models import PolicyVersion, Reason
from ordergraph.orders.models import Order
from ordergraph.settings import PolicyOverrides
from ordergraph.wiring import Wiring
from seeds import load, policy
from tests.market import Market


def under(wiring: Wiring, **numbers: int) -> Wiring:
    """The same process, started with other numbers in its environment."""
    settings = wiring.settings.model_copy(update={"policy": PolicyOverrides(**numbers)})
    return replace(wiring, settings=settings)


def test_without_overrides_the_policy_is_the_default() -> None:
    assert policy(PolicyOverrides()) == Policy()


def test_an_override_changes_one_number_and_zero_is_a_number() -> None:
    changed = policy(PolicyOverrides(refund_delay_s=0))

    assert changed == Policy(refund_delay_s=0)


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

    await load(wiring, market=False)

    assert await marketplace.policy() == (3, Policy())


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
