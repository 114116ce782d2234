"""Who pays for a return, as arithmetic: exact whatever was granted, never less than nothing (M11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.disputes.costs import Bill, bill
from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel.actor import Role
from ordergraph.payments.ledger.process import Posting, steps

BUYER, SELLER, PLATFORM = ShippingPayer
MINOR = st.integers(0, 2**45)
BEARERS = st.sampled_from([Role.SELLER, Role.OPERATOR])
OUT_OF = {Role.SELLER: Posting.REFUND_PROMISED, Role.OPERATOR: Posting.REFUND_PROMISED_BY_PLATFORM}


@given(captured=MINOR, share=st.fractions(0, 1), cost=MINOR, payer=..., bearer=BEARERS)
def test_whatever_is_granted_all_of_the_cost_is_paid_and_nothing_twice(
    captured: int, share: object, cost: int, payer: ShippingPayer, bearer: Role
) -> None:
    approved = int(captured * share)  # type: ignore[operator]  # a fraction

    owed = bill(cost, payer, approved, bearer)

    refund = approved - owed.deducted_minor
    assert min(owed.deducted_minor, owed.seller_minor, owed.platform_minor, refund) >= 0
    assert owed.seller_minor + owed.platform_minor == sum(owed.shares.values()) == cost
    assert refund <= captured
    assert (owed.deducted_minor > 0) <= (payer is BUYER)
    assert all(minor > 0 for minor in owed.shares.values())


@given(approved=MINOR, cost=MINOR, payer=..., bearer=BEARERS)
def test_each_pocket_is_touched_by_exactly_what_it_owes(
    approved: int, cost: int, payer: ShippingPayer, bearer: Role
) -> None:
    owed = bill(cost, payer, approved, bearer)
    moved = dict.fromkeys(steps(Posting.CAPTURED), 0)
    for kind, minor in {OUT_OF[bearer]: approved - owed.deducted_minor, **owed.shares}.items():
        for column, step in steps(kind).items():
            moved[column] += step * minor

    out = moved["refund_reserved_minor"] + moved["return_cost_minor"]
    of_platform = moved["platform_cost_minor"]
    of_seller = out - of_platform
    seller_bears = approved if bearer is Role.SELLER else 0
    assert moved["return_cost_minor"] == cost
    assert of_seller == seller_bears + (cost if payer is SELLER else 0)


@pytest.mark.parametrize(
    ("payer", "approved", "bearer", "owed"),
    [
        (BUYER, 1000, Role.SELLER, (490, 490, 0)),
        (BUYER, 300, Role.SELLER, (300, 300, 190)),
        (BUYER, 0, Role.SELLER, (0, 0, 490)),
        (BUYER, 1000, Role.OPERATOR, (490, 0, 490)),
        (SELLER, 1000, Role.SELLER, (0, 490, 0)),
        (SELLER, 0, Role.OPERATOR, (0, 490, 0)),
        (PLATFORM, 1000, Role.SELLER, (0, 0, 490)),
    ],
)
def test_a_label_of_490(
    payer: ShippingPayer, approved: int, bearer: Role, owed: tuple[int, int, int]
) -> None:
    found = bill(490, payer, approved, bearer)

    assert (found.deducted_minor, found.seller_minor, found.platform_minor) == owed


def test_no_return_is_no_bill() -> None:
    assert Bill().shares == {}
