"""Who pays for goods that were sent back: exact, and never more off a refund than there is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel.actor import Role
from ordergraph.payments.ledger.process import Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What sending goods back comes to, in minor units: off the refund, and out of whose money.

    `seller_minor` + `platform_minor` is the whole cost. `seller_by` names the way in which the
    seller's share is entered: what a smaller refund left with them, or what they pay themselves.
    """

    deducted_minor: int = 0
    seller_minor: int = 0
    platform_minor: int = 0
    seller_by: Posting = Posting.RETURN_PAID_BY_SELLER

    @property
    def shares(self) -> Mapping[Posting, int]:
        """What is entered in which way; nothing where nothing is paid."""
        shares = {
            self.seller_by: self.seller_minor,
            Posting.RETURN_PAID_BY_PLATFORM: self.platform_minor,
        }
        return {kind: minor for kind, minor in shares.items() if minor}


def bill(cost_minor: int, payer: ShippingPayer, approved_minor: int, borne_by: Role) -> Bill:
    """Share the cost of a return out, when `approved_minor` is granted at the cost of `borne_by`.

    A buyer pays by a smaller refund, as far as that goes; the marketplace bears the rest. What is
    taken off a refund is left with whoever bears the refund, so it is theirs to pass on.
    """
    match payer:
        case ShippingPayer.SELLER:
            return Bill(seller_minor=cost_minor)
        case ShippingPayer.PLATFORM:
            return Bill(platform_minor=cost_minor)
    deducted = min(cost_minor, approved_minor)
    left_with_seller = deducted if borne_by is Role.SELLER else 0
    return Bill(
        deducted_minor=deducted,
        seller_minor=left_with_seller,
        platform_minor=cost_minor - left_with_seller,
        seller_by=Posting.RETURN_PAID_BY_BUYER,
    )
