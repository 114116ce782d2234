"""What a seller's rules answer to a dispute that opens. Read this file first; it is pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from ordergraph.kernel.money import Money

RULED_BY_LAW: Final = frozenset({"eu-withdrawal"})
"""Reasons to which no seller's rule answers: the law does."""
MOST_CURRENCIES: Final = 30


class RuleAnswer(StrEnum):
    ACCEPT = "ACCEPT"
    OFFER_TO_KEEP = "OFFER_TO_KEEP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a seller answers by rule in one currency; amounts are minor units.

    `accept_up_to_minor`: grant so much or less at once, and let the goods stay.
    `offer_to_keep`: where sending back would cost more than is asked for, offer all of it for goods
    that stay.
    """

    currency: str
    accept_up_to_minor: int | None
    offer_to_keep: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Rule":
        return cls(
            currency=said["currency"],
            accept_up_to_minor=said["accept_up_to_minor"],
            offer_to_keep=said["offer_to_keep"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a rule looks at: what the buyer asks for, and what sending back is estimated to cost."""

    reason: str
    amount: Money
    with_return: bool
    return_cost: Money


def _is_small(rule: Rule, asked: Complaint) -> bool:
    most = rule.accept_up_to_minor
    return most is not None and asked.amount <= Money(most, rule.currency)


def _is_not_worth_sending(rule: Rule, asked: Complaint) -> bool:
    return rule.offer_to_keep and asked.with_return and asked.amount < asked.return_cost


# fmt: off
ANSWERS: Final[tuple[tuple[RuleAnswer, Callable[[Rule, Complaint], bool]], ...]] = (
    # the answer                when it is given; the first that fits is
    (RuleAnswer.ACCEPT,         _is_small),
    (RuleAnswer.OFFER_TO_KEEP,  _is_not_worth_sending),
)
# fmt: on


def answer(rules: Iterable[Rule], asked: Complaint) -> RuleAnswer | None:
    """What the rule of that currency answers; None leaves it to the seller."""
    if asked.reason in RULED_BY_LAW:
        return None
    rule = next((rule for rule in rules if rule.currency == asked.amount.currency), None)
    if rule is None:
        return None
    return next((said for said, fits in ANSWERS if fits(rule, asked)), None)
