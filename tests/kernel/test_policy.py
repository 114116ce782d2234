"""The numbers that are frozen into each order, and the deadlines that come of them."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ordergraph.kernel.actor import Role
from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.deadline import Deadline, DeadlineKind, Timer, by_column, running
from ordergraph.kernel.policy import Policy

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
