"""The numbers that a marketplace chooses, frozen into each order when it is placed."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ordergraph.kernel.duration import read_duration, show_duration
from ordergraph.kernel.refusal import InvalidInput

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
KEPT: Final = 256
"""How many policies are kept at hand once they were read."""

Chosen = int | bool


def _span(usual: int, *, most: int, about: str) -> Any:
    """A number of whole seconds: what it is unless chosen otherwise, and how long it may be."""
    return field(default=usual, metadata={"most": most, "about": about})


def _count(usual: int, *, most: int, about: str) -> Any:
    """A number of things, with how many there may be."""
    return field(default=usual, metadata={"most": most, "about": about, "count": True})


def _switch(*, about: str, usual: bool = False) -> Any:
    return field(default=usual, metadata={"most": True, "about": about})


class Change(NamedTuple):
    """One number that is not what it was."""

    name: str
    before: Chosen
    after: Chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Times are whole seconds. A changed policy never changes an order that exists."""

    # fmt: off
    cancel_window_s: int = _span(24 * HOUR, most=60 * DAY, about="How long a paid order may be canceled by its buyer alone.")
    refund_delay_s: int = _span(7 * DAY, most=60 * DAY, about="How long a refund may wait before it is issued.")
    payment_window_s: int = _span(30 * MINUTE, most=30 * DAY, about="How long an unpaid order waits for its payment.")
    ship_by_s: int = _span(7 * DAY, most=90 * DAY, about="How long the seller may take to ship before the order is canceled.")
    presumed_delivered_s: int = _span(30 * DAY, most=180 * DAY, about="After how long a shipped order without a promised date counts as there.")
    promised_max_s: int = _span(60 * DAY, most=180 * DAY, about="How far ahead of shipping a promised date may lie.")
    protection_s: int = _span(15 * DAY, most=365 * DAY, about="How long after delivery the buyer may open a dispute.")
    seller_response_s: int = _span(5 * DAY, most=60 * DAY, about="How long the seller may be silent in a dispute.")
    buyer_response_s: int = _span(7 * DAY, most=60 * DAY, about="How long the buyer may be silent in a dispute.")
    negotiation_s: int = _span(15 * DAY, most=90 * DAY, about="How long both may negotiate before an operator looks at the dispute.")
    decision_s: int = _span(30 * DAY, most=90 * DAY, about="How long the operator may take to decide a dispute.")
    return_ship_s: int = _span(10 * DAY, most=90 * DAY, about="How long the buyer may take to send goods back.")
    return_ack_s: int = _span(30 * DAY, most=90 * DAY, about="How long the seller may take to acknowledge returned goods.")
    return_delivered_ack_s: int = _span(5 * DAY, most=60 * DAY, about="How long the seller may take once the carrier has brought the goods back.")
    extension_s: int = _span(7 * DAY, most=30 * DAY, about="By how much at most a deadline of a dispute is put off when both agree.")
    appeal_s: int = _span(30 * DAY, most=90 * DAY, about="How long the side that lost may appeal against an operator's decision.")
    appeal_decision_s: int = _span(30 * DAY, most=90 * DAY, about="How long the operator may take to decide an appeal.")
    eu_withdrawal: bool = _switch(usual=True, about="Whether a buyer may withdraw as consumers in the EU may.")
    withdrawal_s: int = _span(14 * DAY, most=60 * DAY, about="How long after delivery a consumer may withdraw from the purchase; the EU's least is 14 days.")
    withdrawal_return_s: int = _span(14 * DAY, most=60 * DAY, about="How long after withdrawing the goods may take to be sent back.")
    open_disputes_most: int = _count(10, most=1000, about="How many disputes of one buyer may be open at once.")
    withdrawal_refund_s: int = _span(14 * DAY, most=60 * DAY, about="How long after withdrawing goods that were sent back may stay unpaid; the EU's most is 14 days.")
    late_cancellation: bool = _switch(about="Whether a buyer may ask to cancel when the window is over.")
    late_cancellation_response_s: int = _span(48 * HOUR, most=30 * DAY, about="How long the seller may be silent about a late cancellation.")
    hold_max_s: int = _span(7 * DAY, most=60 * DAY, about="For how long at most an operator may hold a refund.")
    refund_action_s: int = _span(14 * DAY, most=90 * DAY, about="How long a declined refund waits for another way to pay it.")
    # fmt: on

    def __post_init__(self) -> None:
        """What was frozen once stays readable, so today's limits are asked for elsewhere: `check`."""
        for f in fields(self):
            assert getattr(self, f.name) >= 0, f"{f.name} must not be negative"

    def to_json(self) -> dict[str, Chosen]:
        return asdict(self)

    @classmethod
    def from_json(cls, numbers: Mapping[str, Chosen]) -> "Policy":
        return _read(tuple(numbers.items()))

    def span(self, name: str) -> timedelta:
        """Return one of the `…_s` numbers as a duration."""
        return timedelta(seconds=getattr(self, name))

    def changed(self, numbers: Mapping[str, Chosen]) -> "Policy":
        """The same but for these; raise InvalidInput for one beyond its limit."""
        for name, value in numbers.items():
            check(name, value)
        chosen: dict[str, Any] = dict(numbers)
        return replace(self, **chosen)

    def changes(self, other: "Policy") -> Iterator[Change]:
        """What the other has otherwise."""
        for name in NUMBERS:
            before, after = getattr(self, name), getattr(other, name)
            if before != after:
                yield Change(name, before, after)


@lru_cache(KEPT)
def _read(numbers: tuple[tuple[str, Chosen], ...]) -> Policy:
    """Each order has its own copy of the numbers; there are few that differ."""
    chosen: dict[str, Any] = {name: value for name, value in numbers if name in NUMBERS}
    return Policy(**chosen)


NUMBERS: Final = {f.name: f for f in fields(Policy)}


def about(name: str) -> str:
    """What the number is for."""
    meaning: str = NUMBERS[name].metadata["about"]
    return meaning


def most(name: str) -> int:
    """The most that may be chosen; the least is zero everywhere."""
    limit: int = NUMBERS[name].metadata["most"]
    return limit


def check(name: str, value: Chosen) -> None:
    """Raise InvalidInput unless the number may be chosen."""
    if name not in NUMBERS:
        near = get_close_matches(name, NUMBERS, n=1)
        advice = f", did you mean {near[0]}?" if near else ""
        raise InvalidInput(field=name, problem=f"no number of the policy{advice}")
    if not 0 <= value <= most(name):
        raise InvalidInput(field=name, problem=f"between 0 and {shown(name, most(name))}")


def read(name: str, text: str) -> Chosen:
    """Read a number as people write it: 12h, 7d, seconds, or true and false for a switch."""
    check(name, 0)
    value: Chosen
    if NUMBERS[name].type in (bool, "bool"):
        if text not in {"true", "false"}:
            raise InvalidInput(field=name, problem="write true or false")
        value = text == "true"
    elif text.isascii() and text.isdigit():
        value = int(text[:18])
    elif _is_count(name):
        raise InvalidInput(field=name, problem="write a whole number")
    else:
        value = int(read_duration(text, field=name).total_seconds())
    check(name, value)
    return value


def shown(name: str, value: Chosen) -> str:
    """Write a number as `read` reads it."""
    if isinstance(value, bool) or _is_count(name):
        return str(value).lower()
    return show_duration(value)


def _is_count(name: str) -> bool:
    return "count" in NUMBERS[name].metadata
