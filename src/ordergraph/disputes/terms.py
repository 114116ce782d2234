"""What two sides can agree on: how much, and whether the goods go back, and who pays for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from ordergraph.disputes.models import Offer
from ordergraph.disputes.words import OfferType, ShippingPayer
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.marketplace.models import Fault

# fmt: off
PAYS: Final[Mapping[Fault, ShippingPayer]] = {
    # whose fault the reason is, and who pays for sending goods back unless another is agreed on
    Fault.BUYER:    ShippingPayer.BUYER,
    Fault.SELLER:   ShippingPayer.SELLER,
    Fault.PLATFORM: ShippingPayer.PLATFORM,
    Fault.NONE:     ShippingPayer.BUYER,
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`return_paid_by` says that the goods go back first; None, that they stay."""

    amount: Money
    return_paid_by: ShippingPayer | None = None

    @classmethod
    def of(cls, offer: Offer) -> Self:
        return cls(amount=offer.amount, return_paid_by=offer.return_paid_by)

    @property
    def with_return(self) -> bool:
        return self.return_paid_by is not None

    def type(self, requested: Money) -> OfferType:
        """What such an offer is called."""
        if self.with_return:
            return OfferType.REFUND_WITH_RETURN
        return OfferType.REFUND if self.amount == requested else OfferType.PARTIAL_REFUND

    def check(self, requested: Money) -> None:
        """Raise unless the amount lies between one minor unit and what was asked for."""
        if self.amount.minor <= 0:
            raise InvalidInput(field="amount", problem="must be more than zero")
        if requested < self.amount:
            raise AmountTooHigh(maximum=requested)
