"""The numbers that are frozen into each order, and the deadlines that come of them."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.kernel.actor import Role
from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.deadline import Deadline, DeadlineKind, Timer, by_column, running
from ordergraph.kernel.policy import NUMBERS, Policy, about, check, most, read, shown
from ordergraph.kernel.refusal import InvalidInput

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_policy_is_read_back_from_an_order_as_it_was() -> None:
    policy = replace(Policy(), refund_delay_s=5, late_cancellation=True)

    assert Policy.from_json(policy.to_json()) == policy


def test_an_order_of_an_older_version_gets_todays_default_for_a_number_it_lacks() -> None:
    assert Policy.from_json({"refund_delay_s": 9, "no_longer_known": 1}) == Policy(refund_delay_s=9)


def test_the_defaults_are_the_promises_to_buyers_and_sellers() -> None:
    policy = Policy()

    assert policy.span("cancel_window_s") == timedelta(hours=24)
    assert policy.span("refund_delay_s") == timedelta(days=7)
    assert policy.span("ship_by_s") == timedelta(days=7)
    assert policy.span("protection_s") == timedelta(days=15)


@pytest.mark.parametrize("name", [f.name for f in fields(Policy)])
def test_no_number_may_be_negative(name: str) -> None:
    with pytest.raises(AssertionError, match=name):
        Policy(**{name: -1})


@pytest.mark.parametrize("name", list(NUMBERS))
def test_every_number_has_a_meaning_and_a_limit_within_which_it_usually_is(name: str) -> None:
    check(name, getattr(Policy(), name))

    assert about(name).endswith(".")
    with pytest.raises(InvalidInput, match=name):
        check(name, most(name) + 1)
    with pytest.raises(InvalidInput, match="between 0 and"):
        check(name, -1)


def test_an_order_placed_before_a_limit_stays_readable() -> None:
    assert Policy.from_json({"refund_delay_s": 10**9}).refund_delay_s == 10**9


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("cancel_window_s", "12h", 43_200),
        ("cancel_window_s", "PT12H", 43_200),
        ("cancel_window_s", "90", 90),
        ("cancel_window_s", "0", 0),
        ("open_disputes_most", "12", 12),
        ("late_cancellation", "true", True),
        ("late_cancellation", "false", False),
    ],
)
def test_a_number_is_read_as_people_write_it(name: str, text: str, value: int) -> None:
    assert read(name, text) == value
    assert type(read(name, text)) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("cancel_windw_s", "12h", "cancel_windw_s: no number of the policy, did you mean cancel_window_s?."),
        ("xyz", "12h", "xyz: no number of the policy."),
        ("refund_delay_s", "61d", "refund_delay_s: between 0 and 60d."),
        ("refund_delay_s", "9" * 400, "refund_delay_s: between 0 and 60d."),
        ("refund_delay_s", "-1", "refund_delay_s: write a duration such as 24h, 7d or PT24H."),
        ("open_disputes_most", "10d", "open_disputes_most: write a whole number."),
        ("open_disputes_most", "1001", "open_disputes_most: between 0 and 1000."),
        ("late_cancellation", "1", "late_cancellation: write true or false."),
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_is_told_in_one_line(name: str, text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(name, text)

    assert str(refusal.value) == problem


@given(st.sampled_from(sorted(NUMBERS)), st.data())
def test_what_is_shown_is_read_back(name: str, data: st.DataObject) -> None:
    switch = isinstance(getattr(Policy(), name), bool)
    value = data.draw(st.booleans() if switch else st.integers(0, most(name)))

    assert read(name, shown(name, value)) == value


def test_only_deadlines_that_are_set_run() -> None:
    timers = by_column(
        Timer("due_at", DeadlineKind.REFUND_DUE, Role.SELLER, {"en": "Sent."}),
        Timer("hold_until", DeadlineKind.HOLD_ENDS, Role.OPERATOR, {"en": "Ends."}),
    )
    row = SimpleNamespace(due_at=NOON, hold_until=None)

    found = list(running(timers, ["hold_until", "due_at"], row))

    assert found == [Deadline(timers["due_at"], NOON)]


async def test_a_frozen_clock_moves_only_when_told_and_only_forward() -> None:
    clock = FrozenClock(NOON)

    clock.advance(timedelta(hours=1))

    assert await clock.now() == NOON + timedelta(hours=1)
    with pytest.raises(AssertionError, match="forward"):
        clock.advance(timedelta(seconds=-1))
