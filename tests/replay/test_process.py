"""The past judged again: each rule by its cases, and all of them by what must hold of any past."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.kernel.actor import Role
from ordergraph.kernel.policy import DAY, HOUR, NUMBERS, Policy, most
from ordergraph.replay.process import (
    LOOKED_AT,
    Cancel,
    Difference,
    Kind,
    OrderFacts,
    Promise,
    Quarrel,
    Told,
    Wait,
    replay,
    waits,
)
from tests.market import NOON

OLD = Policy()
LATE = Policy(late_cancellation=True)


def at(hours: float) -> datetime:
    """So many hours after payment."""
    return NOON + timedelta(hours=hours)


def paid(**what: object) -> OrderFacts:
    """An order that was shipped a day after it was paid, and came two days later."""
    usual = OrderFacts(
        number="K7Q4-9XWM",
        currency="EUR",
        paid_at=NOON,
        until=at(24),
        shipped_at=at(24),
        promised_at=None,
        received_at=at(72),
    )
    return replace(usual, **what)  # type: ignore[arg-type]  # facts of an order


def canceled(hours: float, answer: Wait | None = None) -> OrderFacts:
    return paid(until=at(hours), shipped_at=None, cancels=[Cancel(at(hours), answer)])


def seller_waited_for(start: float, end: float) -> Wait:
    return Wait(Role.SELLER, at(start), at(end))


def disputed(hours: float, *waiting: Wait) -> OrderFacts:
    return paid(quarrels=[Quarrel(at(hours), waiting)])


def unshipped(hours: float) -> OrderFacts:
    return paid(until=at(hours), shipped_at=None, received_at=None)


_BUYER = Wait(Role.BUYER, at(100), at(100 + 5 * 24))

# fmt: off
CASES = [
    # what happened                                       then     and under                                     would have been
    ("a cancel in the shorter window",  canceled(11),     OLD,     Policy(cancel_window_s=12 * HOUR),            []),
    ("on its last second",              canceled(12),     OLD,     Policy(cancel_window_s=12 * HOUR),            [Kind.CANCEL_REFUSED]),
    ("or asked for",                    canceled(13),     OLD,     replace(LATE, cancel_window_s=12 * HOUR),     [Kind.CANCEL_ASKED]),
    ("a request in a longer window",    canceled(30, seller_waited_for(30, 40)), LATE, Policy(cancel_window_s=2 * DAY), [Kind.CANCEL_AT_ONCE]),
    ("a request not allowed",           canceled(30, seller_waited_for(30, 40)), LATE, OLD,                      [Kind.CANCEL_REFUSED]),
    ("a request answered too late",     canceled(30, seller_waited_for(30, 42)), LATE, replace(LATE, late_cancellation_response_s=12 * HOUR), [Kind.REQUEST_GRANTED]),
    ("a request that silence granted",  canceled(30, seller_waited_for(30, 78)), LATE, replace(LATE, late_cancellation_response_s=3 * DAY),   [Kind.REQUEST_WAITED]),
    ("an unpaid order canceled",        replace(canceled(99), paid_at=None),     OLD,  Policy(cancel_window_s=0), []),
    ("shipped in a shorter time",       paid(),           OLD,     Policy(ship_by_s=DAY + 1),                    []),
    ("shipped too late",                paid(),           OLD,     Policy(ship_by_s=DAY),                        [Kind.SHIP_TIMEOUT]),
    ("canceled by the ship timeout",    unshipped(7 * 24), OLD,    Policy(ship_by_s=8 * DAY),                    [Kind.SHIP_SPARED]),
    ("a dispute in time",               disputed(72 + 10 * 24), OLD, Policy(protection_s=10 * DAY + 1),          []),
    ("a dispute too late",              disputed(72 + 10 * 24), OLD, Policy(protection_s=10 * DAY),              [Kind.PROTECTION_ENDED]),
    ("presumed delivered sooner",       disputed(72 + 10 * 24), OLD, Policy(protection_s=11 * DAY, presumed_delivered_s=0), [Kind.PROTECTION_ENDED]),
    ("a promised date stays",           replace(disputed(72 + 10 * 24), promised_at=at(72)), OLD, Policy(protection_s=11 * DAY, presumed_delivered_s=0), []),
    ("an answer in time",               disputed(90, seller_waited_for(90, 90 + 47)),        OLD, Policy(seller_response_s=2 * DAY), []),
    ("an answer too late",              disputed(90, seller_waited_for(90, 90 + 48)),        OLD, Policy(seller_response_s=2 * DAY), [Kind.SELLER_SILENT]),
    ("an escalation too late",          disputed(90, seller_waited_for(90, 100), _BUYER),    OLD, Policy(buyer_response_s=DAY),      [Kind.BUYER_SILENT]),
    ("only the first silence counts",   disputed(90, seller_waited_for(90, 90 + 48), _BUYER), OLD, Policy(seller_response_s=DAY, buyer_response_s=DAY), [Kind.SELLER_SILENT]),
    ("silence that had more time",      disputed(90, seller_waited_for(90, 90 + 5 * 24)),    OLD, Policy(seller_response_s=6 * DAY), [Kind.SILENCE_WAITED]),
]

PROMISES = [
    # released after, new delay in days: by how many days later
    (None, 7, 0), (None, 10, 3), (None, 2, -5), (None, 0, -7),
    (1, 10, 0), (1, 2, 0), (4, 2, -2), (9, 10, 2),
]
# fmt: on


@pytest.mark.parametrize(
    ("order", "old", "new", "kinds"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_rule_says_what_would_have_been(
    order: OrderFacts, old: Policy, new: Policy, kinds: list[Kind]
) -> None:
    assert [difference.kind for difference in replay(order, old, new)] == kinds


@pytest.mark.parametrize(("released", "delay", "later"), PROMISES)
def test_a_refund_is_sent_on_its_date_or_when_it_was_released(
    released: int | None, delay: int, later: int
) -> None:
    released_at = NOON + timedelta(days=released) if released else None
    order = paid(promises=[Promise(NOON, released_at, 8470)])

    found = replay(order, OLD, Policy(refund_delay_s=delay * DAY))

    kind = Kind.REFUND_LATER if later > 0 else Kind.REFUND_EARLIER
    assert found == ([Difference(kind, 8470, later * DAY)] if later else [])


def test_offers_pass_the_turn_on_except_under_review() -> None:
    told = [
        Told("dispute.opened", at(0)),
        Told("dispute.offer_made", at(2)),
        Told("dispute.offer_made", at(3)),
        Told("dispute.extension_granted", at(4)),
        Told("dispute.refused", at(9)),
        Told("dispute.escalated", at(10)),
        Told("dispute.offer_made", at(11)),
        Told("dispute.offer_accepted", at(12)),
    ]

    assert waits(told, at(99)) == [
        Wait(Role.SELLER, at(0), at(2)),
        Wait(Role.BUYER, at(2), at(3)),
        Wait(Role.SELLER, at(3), at(4)),
        Wait(Role.BUYER, at(9), at(10)),
    ]


def test_a_dispute_is_a_row_of_waits() -> None:
    told = [
        Told("dispute.opened", at(0)),
        Told("dispute.message_sent", at(1)),
        Told("dispute.refused", at(2)),
        Told("dispute.escalated", at(5)),
        Told("dispute.decided", at(9)),
    ]

    assert waits(told, at(99)) == [seller_waited_for(0, 2), Wait(Role.BUYER, at(2), at(5))]
    assert waits(told[:1], at(99)) == [seller_waited_for(0, 99)]


moments = st.integers(0, 60 * 24).map(at)
maybe = st.none() | moments
sides = st.builds(Wait, st.just(Role.SELLER) | st.just(Role.BUYER), moments, moments)
pasts = st.builds(
    OrderFacts,
    number=st.just("K7Q4-9XWM"),
    currency=st.just("EUR"),
    paid_at=maybe,
    until=moments,
    shipped_at=maybe,
    promised_at=maybe,
    received_at=maybe,
    cancels=st.lists(
        st.builds(Cancel, moments, st.none() | st.builds(Wait, st.just(Role.SELLER), moments, moments)),
        max_size=3,
    ),
    promises=st.lists(st.builds(Promise, moments, maybe, st.integers(1, 10**6)), max_size=3),
    quarrels=st.lists(st.builds(Quarrel, moments, st.lists(sides, max_size=4)), max_size=2),
)  # fmt: skip
policies = st.builds(
    Policy,
    **{name: st.booleans() if name == "late_cancellation" else st.integers(0, most(name)) for name in NUMBERS},
)  # fmt: skip


@given(pasts, policies)
def test_under_the_same_policy_nothing_is_different(order: OrderFacts, policy: Policy) -> None:
    assert replay(order, policy, policy) == []


@given(pasts, policies, policies)
def test_only_the_numbers_that_a_rule_asks_for_make_a_difference(
    order: OrderFacts, policy: Policy, other: Policy
) -> None:
    """So what is named as not looked at is all that is not."""
    unasked = {name: getattr(other, name) for name in NUMBERS if name not in LOOKED_AT}

    assert replay(order, policy, replace(policy, **unasked)) == []


@given(pasts, policies, policies)
def test_what_one_way_comes_later_comes_earlier_the_other_way(
    order: OrderFacts, one: Policy, other: Policy
) -> None:
    def money(old: Policy, new: Policy) -> list[tuple[int, int]]:
        return [(d.minor, d.seconds) for d in replay(order, old, new) if d.minor]

    assert money(one, other) == [(minor, -seconds) for minor, seconds in money(other, one)]
