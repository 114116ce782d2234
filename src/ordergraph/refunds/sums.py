"""What an order's refunds add up to."""

from collections.abc import Iterable
from typing import Protocol

from ordergraph.kernel.money import Money
from ordergraph.refunds.process import CALLED_OFF, DeclineFacts, RefundStatus, has_gone_back


class ShippingFacts(Protocol):
    """Which part of a refund is for shipping; a row of the database has it."""

    status: RefundStatus
    shipping_minor: int


class GivenFacts(ShippingFacts, DeclineFacts, Protocol):
    """And how much it is, and why the gateway declined."""

    amount_minor: int


def shipping_back(refunds: Iterable[ShippingFacts]) -> int:
    """What these refunds of one order gave or promise back of its shipping, in minor units."""
    return sum(refund.shipping_minor for refund in refunds if refund.status not in CALLED_OFF)


def given_otherwise(refunds: Iterable[GivenFacts]) -> int:
    """What the buyer has by another way, of refunds that were given up for that, in minor units."""
    given_up = (refund for refund in refunds if refund.status in CALLED_OFF)
    return sum(refund.amount_minor for refund in given_up if has_gone_back(refund))


def left_over(refundable: Money, refunds: Iterable[GivenFacts]) -> Money:
    """What of a payment its buyer has not got, by whatever way, and was not promised either."""
    left = refundable - Money(given_otherwise(refunds), refundable.currency)
    return max(left, Money(0, refundable.currency))
