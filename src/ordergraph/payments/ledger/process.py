"""What a movement of money enters in the books. Read this file first.

Debits are positive, credits negative, here and everywhere: a posting sums to zero, and what is owed
to a seller or promised to a buyer is a negative balance.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from ordergraph.kernel.actor import Role
from ordergraph.kernel.words import Words


class Account(Words):
    """What an order's money is, at one time. More accounts may come."""

    CAPTURED = "CAPTURED", "What the buyer paid."
    SELLER_PAYABLE = "SELLER_PAYABLE", "What the seller is owed."
    REFUND_RESERVED = "REFUND_RESERVED", "What is promised back to the buyer."
    REFUNDED = "REFUNDED", "What was given back, through the provider or by hand."
    STORE_CREDIT = "STORE_CREDIT", "What was given back as credit with the marketplace."
    PAID_OUT = "PAID_OUT", "What the seller was paid."
    PLATFORM_COST = "PLATFORM_COST", "What the marketplace bears itself."
    RETURN_SHIPPING = "RETURN_SHIPPING", "What sending goods back cost."


class Posting(Words):
    """What happened to the money. More kinds may come."""

    CAPTURED = "CAPTURED", "The buyer's payment was captured."
    REFUND_PROMISED = "REFUND_PROMISED", "A refund was promised, out of the seller's money."
    REFUND_PROMISED_BY_PLATFORM = (
        "REFUND_PROMISED_BY_PLATFORM",
        "A refund was promised that the marketplace bears.",
    )
    REFUND_CALLED_OFF = "REFUND_CALLED_OFF", "That promise was called off."
    REFUND_CALLED_OFF_BY_PLATFORM = (
        "REFUND_CALLED_OFF_BY_PLATFORM",
        "The marketplace's promise was called off.",
    )
    REFUND_SENT = "REFUND_SENT", "It was given back through the provider."
    REFUND_HANDED = "REFUND_HANDED", "It was given back by hand."
    REFUND_CREDITED = "REFUND_CREDITED", "It became store credit."
    SELLER_COMPENSATED = (
        "SELLER_COMPENSATED",
        "The marketplace made good to the seller what a refund took.",
    )
    PAID_OUT = "PAID_OUT", "The seller was paid what was left."
    RETURN_PAID_BY_BUYER = (
        "RETURN_PAID_BY_BUYER",
        "A return's shipping came out of the refund, as far as that went.",
    )
    RETURN_PAID_BY_SELLER = "RETURN_PAID_BY_SELLER", "The seller paid a return's shipping."
    RETURN_PAID_BY_PLATFORM = "RETURN_PAID_BY_PLATFORM", "The marketplace paid a return's shipping."


class Destination(Words):
    """Where money goes that is given back: the names are those of a refund's method."""

    ORIGINAL_PAYMENT = "ORIGINAL_PAYMENT", "To where it was paid from, through the provider."
    STORE_CREDIT = "STORE_CREDIT", "To the buyer's credit with the marketplace."
    MANUAL = "MANUAL", "By hand, outside the provider."


A, P = Account, Posting

# fmt: off
PARTY: Final = {
    # whose balance an account is, within an order; the others are the marketplace's own
    A.STORE_CREDIT: Role.BUYER, A.SELLER_PAYABLE: Role.SELLER, A.PAID_OUT: Role.SELLER,
}

RULES: Final[Mapping[Posting, tuple[tuple[Account, Account], ...]]] = {
    # what happened                    debit (+)           credit (-)
    P.CAPTURED:                      ((A.CAPTURED,         A.SELLER_PAYABLE),),
    P.REFUND_PROMISED:               ((A.SELLER_PAYABLE,   A.REFUND_RESERVED),),
    P.REFUND_PROMISED_BY_PLATFORM:   ((A.SELLER_PAYABLE,   A.REFUND_RESERVED), (A.PLATFORM_COST, A.SELLER_PAYABLE)),
    P.REFUND_CALLED_OFF:             ((A.REFUND_RESERVED,  A.SELLER_PAYABLE),),
    P.REFUND_CALLED_OFF_BY_PLATFORM: ((A.REFUND_RESERVED,  A.SELLER_PAYABLE), (A.SELLER_PAYABLE, A.PLATFORM_COST)),
    P.REFUND_SENT:                   ((A.REFUND_RESERVED,  A.REFUNDED),),
    P.REFUND_HANDED:                 ((A.REFUND_RESERVED,  A.REFUNDED),),
    P.REFUND_CREDITED:               ((A.REFUND_RESERVED,  A.STORE_CREDIT),),
    P.SELLER_COMPENSATED:            ((A.PLATFORM_COST,    A.SELLER_PAYABLE),),
    P.PAID_OUT:                      ((A.SELLER_PAYABLE,   A.PAID_OUT),),
    P.RETURN_PAID_BY_BUYER:          ((A.SELLER_PAYABLE,   A.RETURN_SHIPPING),),  # the refund was made smaller by it
    P.RETURN_PAID_BY_SELLER:         ((A.SELLER_PAYABLE,   A.RETURN_SHIPPING),),
    P.RETURN_PAID_BY_PLATFORM:       ((A.PLATFORM_COST,    A.RETURN_SHIPPING),),
}

COLUMNS: Final[Mapping[str, tuple[int, tuple[Account, ...]]]] = {
    # a payment's column       is the sum of these accounts, as a positive number
    "captured_minor":        (+1, (A.CAPTURED,)),
    "refund_reserved_minor": (-1, (A.REFUND_RESERVED,)),
    "refunded_minor":        (-1, (A.REFUNDED, A.STORE_CREDIT)),
    "paid_out_minor":        (-1, (A.PAID_OUT,)),
    "platform_cost_minor":   (+1, (A.PLATFORM_COST,)),
    "return_cost_minor":     (-1, (A.RETURN_SHIPPING,)),
}

PROMISED: Final = {Role.SELLER: P.REFUND_PROMISED, Role.OPERATOR: P.REFUND_PROMISED_BY_PLATFORM}
CALLED_OFF: Final = {Role.SELLER: P.REFUND_CALLED_OFF, Role.OPERATOR: P.REFUND_CALLED_OFF_BY_PLATFORM}
SETTLED: Final = {
    Destination.ORIGINAL_PAYMENT: P.REFUND_SENT,
    Destination.STORE_CREDIT: P.REFUND_CREDITED,
    Destination.MANUAL: P.REFUND_HANDED,
}
# fmt: on

MAY_OWE: Final = (P.REFUND_PROMISED, P.RETURN_PAID_BY_BUYER, P.RETURN_PAID_BY_SELLER)
"""What may leave a seller owing: what was granted to a buyer is given, and a label is bought, whether
or not the seller's money covers it. What sellers give of their own accord is held to that before
(goodwill.py).
"""

HELD: Final = (A.SELLER_PAYABLE, A.REFUND_RESERVED)
"""Escrow: what is held for sellers and buyers is what these two owe."""


class Entry(NamedTuple):
    """One line of a posting; `sign` is +1 for a debit, -1 for a credit."""

    account: Account
    sign: int


@cache
def entries(kind: Posting) -> tuple[Entry, ...]:
    """The lines that this kind of posting has; times the amount they sum to zero."""
    return tuple(
        entry for debit, credit in RULES[kind] for entry in (Entry(debit, +1), Entry(credit, -1))
    )


@cache
def steps(kind: Posting) -> dict[str, int]:
    """By how many times the amount each of a payment's columns moves with it."""
    lines = entries(kind)
    return {
        column: sign * sum(line.sign for line in lines if line.account in accounts)
        for column, (sign, accounts) in COLUMNS.items()
    }
