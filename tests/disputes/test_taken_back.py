"""What a buyer may still do after taking a dispute back, before and after an operator looked at it."""

from typing import Any

import pytest

from ordergraph.deadlines import named
from ordergraph.disputes import actions, bargaining
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.refusals import DisputeAlreadyDecided
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DisputeOutcome, DisputeStatus, ShippingPayer
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.sweeping import sweep
from ordergraph.withdrawals import actions as withdrawals
from tests.appeals.bench import under_review
from tests.appeals.test_appealing import appeals
from tests.disputes.court import act, complaint, decided, disputed, refund_of, refused
from tests.disputes.deeds import offer_of
from tests.disputes.documents import OPEN
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
from tests.withdrawals.documents import drafted

HALF = Terms(amount=Money(3000, "EUR"), return_paid_by=ShippingPayer.BUYER)
BUTTONS = """
query Buttons($id: ID!, $dispute: ID!) {
  order(id: $id) { actions { kind available blockedBy { __typename message } } }
  dispute(id: $dispute) { actions { kind available blockedBy { __typename message } } } }"""


async def taken_back(market: Market) -> Dispute:
    """The operator grants 30.00 of 84.70 EUR once the goods are back; the buyer lets it be."""
    dispute = await decided(market, OLGA, await under_review(market), HALF)
    return await act(market, ADA, actions.withdraw, dispute.id)


async def buttons(market: Market, who: Actor, dispute: Dispute) -> dict[str, dict[str, Any]]:
    ids = {"id": gid("Order", dispute.order_id), "dispute": gid("Dispute", dispute.id)}
    shown = await market.ask(who, BUTTONS, **ids)
    every = shown["order"]["actions"] + shown["dispute"]["actions"]
    return {button["kind"]: button["blockedBy"] for button in every}


async def test_what_an_operator_decided_cannot_be_taken_back_to_begin_anew(market: Market) -> None:
    dispute = await taken_back(market)
    order = await Order.get()
    assert (dispute.status, dispute.outcome) == ("RESOLVED", DisputeOutcome.WITHDRAWN)

    async with refused(DisputeAlreadyDecided) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order))

    assert caught.value.closed_at == dispute.closed_at
    given = {"reason": "damaged", "amount": "84.70", "asked": "REFUND_ONLY"}
    answer = (await market.ask(ADA, OPEN, orderId=gid("Order", order.id), **given))["disputeOpen"]
    assert (await buttons(market, ADA, dispute))["OPEN_DISPUTE"] == answer
    assert answer["__typename"] == "DisputeAlreadyDecidedError"


async def test_what_was_settled_before_an_operators_eyes_is_as_final(market: Market) -> None:
    dispute = await under_review(market)
    await act(market, LAMPS, bargaining.make_offer, dispute.id, HALF, "")
    offer = await offer_of(dispute, Role.SELLER)
    await act(market, ADA, bargaining.accept_offer, offer.id)
    dispute = await act(market, ADA, actions.withdraw, dispute.id)

    async with refused(DisputeAlreadyDecided):
        await act(market, ADA, actions.open_dispute, complaint(await Order.get()))


async def test_what_the_sides_agreed_on_by_themselves_can_be_begun_anew(market: Market) -> None:
    order = await Order.get(id=(await disputed(market)).order_id)
    first = await Dispute.get()
    await act(market, LAMPS, bargaining.make_offer, first.id, HALF, "")
    await act(market, ADA, bargaining.accept_offer, (await offer_of(first, Role.SELLER)).id)
    await first.refresh_from_db()
    assert first.status is DisputeStatus.AWAITING_RETURN
    first = await act(market, ADA, actions.withdraw, first.id)

    assert (await buttons(market, ADA, first))["OPEN_DISPUTE"] is None
    assert await act(market, ADA, actions.open_dispute, complaint(order))


@pytest.mark.parametrize("side", [ADA, LAMPS])
async def test_nobody_appeals_against_what_the_buyer_gave_up(market: Market, side: Actor) -> None:
    dispute = await taken_back(market)

    answer = await appeals(market, side, dispute)

    assert answer["__typename"] == "NothingToAppealError"
    shown = (await buttons(market, side, dispute))["APPEAL"]
    assert shown == {key: answer[key] for key in ("__typename", "message")}


async def test_nothing_hangs_the_order_completes_and_the_seller_is_paid_out(market: Market) -> None:
    dispute = await taken_back(market)

    market.clock.advance(40 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 1

    assert (await Order.get()).status is OrderStatus.COMPLETED
    assert (await Payment.get()).paid_out_minor == 8470
    assert await refund_of(dispute) is None
    assert not await DeadLetter.exists()


async def test_the_law_still_lets_the_buyer_withdraw_from_the_purchase(market: Market) -> None:
    """That right is nobody's to decide on: it needs no reason, and is no second complaint."""
    first = await taken_back(market)
    order = await Order.get()

    statement = await act(market, ADA, withdrawals.confirm, (await drafted(market, order)).id)

    second = await Dispute.get(id=statement.dispute_id)
    assert second.status is DisputeStatus.AWAITING_RETURN
    await act(market, ADA, actions.withdraw, second.id)
    async with refused(DisputeAlreadyDecided) as caught:
        await act(market, ADA, actions.open_dispute, complaint(order))
    assert caught.value.closed_at == first.closed_at
