"""What a return costs, from the agreement to the ledger, over real rows."""

from typing import Any

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from ordergraph.deadlines import named
from ordergraph.disputes import actions, addresses, returns
from ordergraph.disputes.models import Dispute, DisputeLine
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DisputeStatus, ReturnAcknowledgement, ShippingPayer
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput, NotAllowed
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments import actions as paying
from ordergraph.payments import queries as payments
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.ledger.process import Account, Posting
from ordergraph.refunds import goodwill
from ordergraph.refunds.models import RefundLine
from ordergraph.sweeping import sweep
from tests.books.audit import found, kinds, tamper
from tests.disputes.court import (
    GOODS_FIRST,
    TOTAL,
    act,
    complaint,
    decided,
    disputed,
    fall_due,
    refund_of,
    refused,
)
from tests.disputes.deeds import PARCEL
from tests.market import ADA, DAY, LAMPS, NOON, OLGA, Market, line
from tests.payments.ledger import balances, columns, entered

BUYER, SELLER, PLATFORM = ShippingPayer
DAMAGED = ReturnAcknowledgement.DAMAGED
REASONS = {BUYER: "changed-mind", SELLER: "damaged"}


async def on_its_way(market: Market, payer: ShippingPayer = SELLER, **other: Any) -> Dispute:
    """Agreed on and sent back, at this payer's cost."""
    dispute = await disputed(
        market, asked=GOODS_FIRST, **({"reason_handle": REASONS.get(payer, "damaged")} | other)
    )
    await act(market, LAMPS, actions.accept, dispute.id)
    await Dispute.filter(id=dispute.id).update(return_paid_by=payer)
    return await act(market, ADA, returns.ship, dispute.id, PARCEL)


async def costs(market: Market, minor: int | None, currency: str = "EUR") -> None:
    cost = None if minor is None else Money(minor, currency)
    new = addresses.NewAddress(lines=["Dock 3"], country="DE", cost=cost)
    await act(market, LAMPS, addresses.put, new)


async def complete(market: Market) -> None:
    market.clock.advance(45 * DAY)
    await sweep(market.edge, named("order.protection_ends"))


# fmt: off
PAID = [
    #payer    refund  seller's    the platform's  and what the seller is paid in the end
    (BUYER,    7980,  -0,         0,              0),
    (SELLER,   8470,  490,        0,              0),
    (PLATFORM, 8470,  -0,         490,            0),
]
# fmt: on


@pytest.mark.parametrize(("payer", "back", "owed", "platform", "payout"), PAID)
async def test_each_payer_pays_once_and_every_cent_is_explained(
    market: Market, payer: ShippingPayer, back: int, owed: int, platform: int, payout: int
) -> None:
    dispute = await on_its_way(market, payer)
    assert dispute.return_cost_minor == 490

    await act(market, LAMPS, returns.acknowledge, dispute.id)

    refund = await refund_of(dispute)
    assert refund is not None
    assert (refund.amount_minor, refund.adjustment_minor) == (back, back - 8470)
    of_lines = sum(part.amount_minor for part in await RefundLine.filter(refund_id=refund.id))
    assert of_lines + refund.shipping_minor + refund.adjustment_minor == refund.amount_minor
    there = await balances(dispute.order_id)
    assert there.pop(Account.PLATFORM_COST, 0) == platform
    assert there.pop(Account.SELLER_PAYABLE, 0) == owed
    assert there[Account.RETURN_SHIPPING] == -490
    assert await columns(dispute.order_id) == await entered(dispute.order_id)
    assert await found(market) == []
    await complete(market)
    assert (await payments.of_order(dispute.order_id)).paid_out_minor == payout
    assert await found(market) == []


async def test_a_refund_that_is_too_small_for_the_cost_leaves_the_rest_to_the_marketplace(
    market: Market,
) -> None:
    await market.place()
    await costs(market, 900)
    dispute = await on_its_way(market, BUYER)
    await act(market, LAMPS, returns.contest, dispute.id, DAMAGED, "Scratched.")

    await decided(market, OLGA, dispute, Terms(amount=Money(500, "EUR")))

    assert await refund_of(dispute) is None
    entries = await LedgerEntry.filter(dispute_id=dispute.id).order_by("id")
    assert [(entry.account, entry.amount_minor) for entry in entries] == [
        (Account.SELLER_PAYABLE, 500),
        (Account.RETURN_SHIPPING, -900),
        (Account.PLATFORM_COST, 400),
    ]
    assert {entry.kind for entry in entries} == {Posting.RETURN_PAID_BY_BUYER}
    assert await found(market) == []
    await complete(market)
    assert (await payments.of_order(dispute.order_id)).paid_out_minor == 8470 - 500
    assert await found(market) == []


async def test_when_the_operator_is_silent_the_marketplace_bears_refund_and_return(
    market: Market,
) -> None:
    dispute = await on_its_way(market, BUYER)
    await act(market, ADA, actions.escalate, dispute.id, "")
    market.clock.advance(30 * DAY)

    await fall_due(market, dispute)

    refund = await refund_of(dispute)
    assert refund is not None
    assert (refund.amount_minor, refund.borne_by) == (7980, Role.OPERATOR)
    there = await balances(dispute.order_id)
    assert (there[Account.PLATFORM_COST], there[Account.SELLER_PAYABLE]) == (8470, -8470)
    assert await found(market) == []


async def test_a_seller_who_owes_is_paid_nothing_and_can_give_nothing(market: Market) -> None:
    """All the money went back, and they pay the label, too."""
    dispute = await on_its_way(market, SELLER)
    await act(market, LAMPS, returns.acknowledge, dispute.id)
    order = await Order.get(id=dispute.order_id)
    payment = await payments.of_order(order.id)
    assert payment.payable == Money(-490, "EUR")
    assert payment.refundable_by(Role.SELLER) == Money(0, "EUR")
    await complete(market)

    refund = await refund_of(dispute)
    assert refund is not None
    async with market.edge.transaction(SYSTEM) as tx:
        await free_of(tx, refund)

    assert (await payments.of_order(order.id)).paid_out_minor == 8470 - 490
    assert await columns(order.id) == await entered(order.id)


async def free_of(tx: Tx, refund: Any) -> None:
    """The promise is called off after all: what becomes free pays the label first."""
    await paying.free_reserved(
        tx, refund.order_id, refund.amount, borne_by=refund.borne_by, refund_id=refund.id
    )


async def test_no_figure_of_a_seller_is_more_than_the_order(market: Market) -> None:
    """Else the marketplace would bear whatever a seller says that a label costs."""
    await market.place()
    await costs(market, 100_000_000)

    dispute = await on_its_way(market, PLATFORM)
    await act(market, LAMPS, returns.acknowledge, dispute.id)

    assert dispute.return_cost_minor == 8470
    assert (await balances(dispute.order_id))[Account.PLATFORM_COST] == 8470
    assert await found(market) == []


async def test_the_same_cent_is_not_given_twice(market: Market) -> None:
    """What a buyer's return cost the seller keeps no longer; only the marketplace may add to it."""
    dispute = await on_its_way(market, BUYER)
    await act(market, LAMPS, returns.acknowledge, dispute.id)
    nothing = Money(0, "EUR")
    gift = goodwill.Gift(
        order_id=dispute.order_id,
        lines=[],
        shipping=nothing,
        adjustment=Money(490, "EUR"),
        note=".",
    )

    async with refused(AmountTooHigh) as caught:
        await act(market, LAMPS, goodwill.create, gift)
    assert caught.value.maximum == nothing
    await act(market, OLGA, goodwill.create, gift)

    assert (await payments.of_order(dispute.order_id)).refundable == nothing
    assert await found(market) == []


async def test_goods_that_were_never_sent_cost_nothing(market: Market) -> None:
    dispute = await disputed(market, asked=GOODS_FIRST)
    await act(market, LAMPS, actions.accept, dispute.id)

    await act(market, ADA, actions.withdraw, dispute.id)

    assert not await LedgerEntry.filter(account=Account.RETURN_SHIPPING).exists()
    assert await found(market) == []


async def test_the_database_refuses_a_second_cost(market: Market) -> None:
    dispute = await on_its_way(market)
    await act(market, LAMPS, returns.acknowledge, dispute.id)

    with pytest.raises(IntegrityError, match="ledger_entries_one_return"):
        await connections.get("default").execute_query(AGAIN, [dispute.id])


AGAIN = """
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency,
                            amount_minor, dispute_id, request_id, at)
SELECT gen_random_uuid(), '00000000-0000-7000-8000-000000000001', order_id, kind, account, party_id,
       currency, amount_minor, dispute_id, '', at
FROM ledger_entries WHERE dispute_id = $1"""
OF_ANOTHER = AGAIN.replace("dispute_id, ''", "gen_random_uuid(), ''")
# fmt: off
PLANTED = [
    "DELETE FROM ledger_entries WHERE dispute_id = $1",
    "UPDATE ledger_entries SET amount_minor = 2 * amount_minor WHERE dispute_id = $1",
    OF_ANOTHER,
    "UPDATE disputes SET return_cost_minor = 1 WHERE id = $1",
    "UPDATE disputes SET return_shipped_at = NULL, return_delivered_at = NULL WHERE id = $1",
    "UPDATE disputes SET return_paid_by = 'PLATFORM' WHERE id = $1",
    "UPDATE refunds SET adjustment_minor = -1 WHERE cause_id = $1",
]
# fmt: on


@pytest.mark.parametrize("payer", [BUYER, SELLER])
@pytest.mark.parametrize("sql", PLANTED)
async def test_a_cost_that_is_missing_doubled_or_anothers_is_found(
    market: Market, sql: str, payer: ShippingPayer
) -> None:
    dispute = await on_its_way(market, payer)
    await act(market, LAMPS, returns.acknowledge, dispute.id)
    assert await kinds(market) == set()

    await tamper(sql, dispute.id)

    assert "RETURN_COST" in await kinds(market)


async def test_the_figure_of_the_opening_counts_and_its_currency_has_to_fit(market: Market) -> None:
    await market.place()
    await costs(market, 390)
    first = await disputed(market, asked=GOODS_FIRST)
    market.clock.advance(DAY)
    await costs(market, 8000)

    granted = await act(market, LAMPS, actions.accept, first.id)

    assert granted.return_cost_minor == 390
    await costs(market, 500, "JPY")
    foreign = await disputed(market, asked=GOODS_FIRST)
    await act(market, LAMPS, actions.accept, foreign.id)
    assert (await Dispute.get(id=foreign.id)).return_cost_minor == 490


async def test_only_a_seller_has_a_return_address_and_it_is_checked(market: Market) -> None:
    await market.place()
    good = {"lines": ["Dock 3"], "country": "DE", "cost": None}

    async with refused(NotAllowed):
        await act(market, ADA, addresses.put, addresses.NewAddress(**good))  # type: ignore[arg-type]  # of mixed kinds
    for bad in (
        {"lines": []},
        {"lines": ["x"] * 7},
        {"lines": [" "]},
        {"country": "de"},
        {"country": "DEU"},
        {"cost": Money(-1, "EUR")},
    ):
        async with refused(InvalidInput):
            await act(market, LAMPS, addresses.put, addresses.NewAddress(**(good | bad)))  # type: ignore[arg-type]  # of mixed kinds


async def test_pieces_that_are_back_count_as_returned_and_give_their_money_first(
    market: Market,
) -> None:
    order = await market.deliver(await market.place(line("Lamp"), line("Bulb", 3, "5.00")))
    lamp, bulb = await OrderLine.filter(order_id=order.id).order_by("position")
    asked = complaint(order, asked=GOODS_FIRST, amount=Money(600, "EUR"), lines={bulb.id: 2})
    dispute = await act(market, ADA, actions.open_dispute, asked)
    await act(market, LAMPS, actions.accept, dispute.id)
    await act(market, ADA, returns.ship, dispute.id, PARCEL)

    await act(market, LAMPS, returns.acknowledge, dispute.id)

    for row in (lamp, bulb):
        await row.refresh_from_db()
    assert (lamp.returned_quantity, bulb.returned_quantity) == (0, 2)
    assert (lamp.refunded_minor, bulb.refunded_minor) == (0, 600)


async def test_without_named_pieces_all_count_when_all_the_money_is_asked_for(
    market: Market,
) -> None:
    whole = await on_its_way(market)
    market.clock.advance(30 * DAY)

    await fall_due(market, whole)

    (row,) = await OrderLine.filter(order_id=whole.order_id)
    assert row.returned_quantity == 2
    part = await disputed(market, amount=TOTAL - Money(1, "EUR"))
    assert not await DisputeLine.filter(dispute_id=part.id).exists()


async def test_pieces_have_to_be_there(market: Market) -> None:
    order = await market.deliver(await market.place())
    (row,) = await OrderLine.filter(order_id=order.id)
    for lines in ({}, {row.id: 3}, {row.id: 0}, {order.id: 1}):
        async with refused(InvalidInput):
            await act(market, ADA, actions.open_dispute, complaint(order, lines=lines))


async def test_the_carrier_shortens_the_sellers_time_and_never_makes_it_longer(
    market: Market,
) -> None:
    dispute = await on_its_way(market)
    market.clock.advance(DAY)
    told = await act(market, OLGA, returns.mark_delivered, dispute.id)
    assert told.return_acknowledge_by_at == NOON + 6 * DAY
    version = told.version
    market.clock.advance(DAY)
    again = await act(market, OLGA, returns.mark_delivered, dispute.id)
    assert (again.version, again.return_delivered_at) == (version, NOON + DAY)
    market.clock.advance(4 * DAY)

    assert await sweep(market.edge, named("dispute.return_acknowledge")) == 1

    assert (await Dispute.get(id=dispute.id)).status is DisputeStatus.RESOLVED
    late = await on_its_way(market)
    market.clock.advance(28 * DAY)
    told = await act(market, OLGA, returns.mark_delivered, late.id)
    assert told.return_acknowledge_by_at == late.return_acknowledge_by_at


async def test_goods_that_go_back_once_more_are_paid_for_once(market: Market) -> None:
    """Nothing came, so the operator lets them be sent again, at another's cost."""
    dispute = await on_its_way(market, BUYER)
    nothing_came = ReturnAcknowledgement.ITEM_NOT_RECEIVED
    await act(market, LAMPS, returns.contest, dispute.id, nothing_came, "Nothing.")
    await Dispute.filter(id=dispute.id).update(
        status=DisputeStatus.AWAITING_RETURN,
        return_paid_by=PLATFORM,
        approved_minor=8470,
        return_ship_by_at=market.clock.at + DAY,
    )
    sent = await act(market, ADA, returns.ship, dispute.id, PARCEL)
    assert (sent.return_answer, sent.return_delivered_at) == (None, None)

    await act(market, LAMPS, returns.acknowledge, dispute.id)

    paid = await LedgerEntry.filter(account=Account.RETURN_SHIPPING)
    assert [(entry.kind, entry.amount_minor) for entry in paid] == [
        (Posting.RETURN_PAID_BY_PLATFORM, -490)
    ]
    assert await found(market) == []
