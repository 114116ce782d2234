"""The second half of the story, as people's apps tell it: broken, disputed, settled."""

from typing import Any

from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from tests.disputes.court import fall_due
from tests.disputes.documents import DISPUTE, OPEN, moved, opened, sent
from tests.market import ADA, BEN, DAY, LAMPS, OLGA, Market, gid

FROM_THE_ORDER = """
query Q($id: ID!) {
  order(id: $id) {
    status paymentStatus refundable { amount } deadlines { kind }
    dispute { id status }
    actions { kind available until opensAt blockedBy {
      __typename ... on DisputeAlreadyOpenError { dispute { status } } } }
  }
}"""


async def seen(market: Market, actor: Actor, order_id: object) -> dict[str, Any]:
    answer = await market.ask(actor, FROM_THE_ORDER, id=order_id)
    order: dict[str, Any] = answer["order"]
    return order


def button(order: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(action for action in order["actions"] if action["kind"] == kind)


async def test_a_broken_lamp_is_disputed_talked_over_and_refunded(market: Market) -> None:
    order = await market.deliver(await market.place())
    order_id = gid("Order", order.id)
    before = button(await seen(market, ADA, order_id), "OPEN_DISPUTE")
    assert (before["available"], before["until"]) == (True, "2026-12-08T12:00:00.000Z")

    dispute = await opened(market, order)
    assert dispute["status"] == "AWAITING_SELLER"
    assert dispute["amountRequested"] == {"amount": "84.70", "currencyCode": "EUR"}
    assert dispute["reason"] == {"handle": "damaged", "label": "It arrived damaged"}
    assert [(d["kind"], d["waitingFor"]) for d in dispute["deadlines"]] == [
        ("SELLER_RESPONSE_DUE", "SELLER"),
        ("NEGOTIATION_ENDS", "BUYER"),
    ]
    during = await seen(market, ADA, order_id)
    assert (during["dispute"]["id"], during["deadlines"]) == (dispute["id"], [])
    blocked = button(during, "OPEN_DISPUTE")["blockedBy"]
    assert blocked == {
        "__typename": "DisputeAlreadyOpenError",
        "dispute": {"status": "AWAITING_SELLER"},
    }

    written = await sent(market, ADA, dispute["id"], "The shade has a crack.")
    assert written["edge"]["node"]["author"] == {"displayName": "Ada"}
    shown = (await market.ask(LAMPS, DISPUTE, id=dispute["id"]))["dispute"]
    assert (shown["unreadCount"], shown["messageCount"]) == (1, 1)
    offered = {a["kind"]: a["available"] for a in shown["actions"]}
    expected = {"ACCEPT": True, "REFUSE": True, "ACKNOWLEDGE_RETURN": False, "SEND_MESSAGE": True}
    assert offered.items() >= expected.items()

    done = (await moved(market, LAMPS, "disputeAccept", dispute["id"]))["dispute"]
    assert (done["status"], done["outcome"]) == ("RESOLVED", "REFUNDED_FULL")
    assert done["refund"] == {
        "status": "SCHEDULED",
        "dueAt": "2026-11-30T12:00:00.000Z",
        "cause": "DISPUTE",
        "amount": {"amount": "84.70"},
    }
    assert (done["deadlines"], done["amountApproved"]) == ([], {"amount": "84.70"})
    after = await seen(market, ADA, order_id)
    assert after["refundable"] == {"amount": "0.00"}
    assert [deadline["kind"] for deadline in after["deadlines"]] == ["PROTECTION_ENDS"]
    assert button(after, "OPEN_DISPUTE")["blockedBy"]["__typename"] == "DisputeAlreadyDecidedError"


async def test_a_refusal_is_escalated_and_the_operator_decides(market: Market) -> None:
    dispute_id = (await opened(market))["id"]

    refused = await moved(market, LAMPS, "disputeRefuse", dispute_id, ', note: "It left us whole."')
    assert refused["dispute"]["status"] == "AWAITING_BUYER"
    assert refused["dispute"]["refund"] is None
    escalated = await moved(market, ADA, "disputeEscalate", dispute_id, ', note: "See the photo."')
    assert (escalated["dispute"]["stage"], escalated["dispute"]["unreadCount"]) == ("MEDIATION", 2)
    decided = await moved(
        market, OLGA, "disputeDecide", dispute_id, ', amount: "40.00", note: "Half is fair."'
    )

    assert decided["dispute"]["outcome"] == "REFUNDED_PARTIAL"
    assert decided["dispute"]["decidedBy"] == "OPERATOR"
    assert decided["dispute"]["decisionNote"] == "Half is fair."
    assert decided["dispute"]["refund"]["amount"] == {"amount": "40.00"}


async def test_the_goods_go_back_and_then_the_money(market: Market) -> None:
    dispute_id = (await opened(market, asked="RETURN_AND_REFUND"))["id"]

    granted = await moved(market, LAMPS, "disputeAccept", dispute_id)
    assert granted["dispute"]["status"] == "AWAITING_RETURN"
    sent_back = await moved(
        market, ADA, "returnShip", dispute_id, ', carrier: "Post", trackingNumber: "R1"'
    )
    assert sent_back["dispute"]["returnShipment"] == {
        "carrier": "Post",
        "trackingNumber": "R1",
        "shippedAt": "2026-11-23T12:00:00.000Z",
        "deliveredAt": None,
        "answer": None,
        "cost": {"amount": "4.90"},
        "paidBy": "SELLER",
    }
    done = await moved(market, LAMPS, "returnAcknowledge", dispute_id)

    assert done["dispute"]["refund"]["cause"] == "RETURN"


async def test_withdrawing_leaves_the_order_as_it_was(market: Market) -> None:
    order = await market.deliver(await market.place())
    dispute = await opened(market, order)

    done = await moved(market, ADA, "disputeWithdraw", dispute["id"])

    assert (done["dispute"]["outcome"], done["dispute"]["amountApproved"]) == ("WITHDRAWN", None)
    again = await seen(market, ADA, gid("Order", order.id))
    assert button(again, "OPEN_DISPUTE")["available"]


async def test_the_button_says_when_an_overdue_parcel_can_be_disputed(market: Market) -> None:
    order = await market.ship(await market.place(), promised_at=market.clock.at + 2 * DAY)
    order_id = gid("Order", order.id)

    shut = button(await seen(market, ADA, order_id), "OPEN_DISPUTE")
    assert shut["opensAt"] == "2026-11-25T12:00:00.000Z"
    assert shut["blockedBy"]["__typename"] == "DisputeNotYetError"
    market.clock.advance(2 * DAY)
    assert button(await seen(market, ADA, order_id), "OPEN_DISPUTE")["available"]


async def test_the_seller_has_no_button_for_opening(market: Market) -> None:
    order = await market.deliver(await market.place())

    found = await seen(market, LAMPS, gid("Order", order.id))

    assert "OPEN_DISPUTE" not in [action["kind"] for action in found["actions"]]


async def test_opening_is_refused_in_words_and_facts(market: Market) -> None:
    order = await market.deliver(await market.place())
    wanted = {
        "orderId": gid("Order", order.id),
        "reason": "damaged",
        "amount": "84.71",
        "asked": "REFUND_ONLY",
    }

    too_much = (await market.ask(ADA, OPEN, **wanted))["disputeOpen"]
    assert too_much["__typename"] == "AmountTooHighError"
    assert too_much["maximum"] == {"amount": "84.70"}
    fraction = await market.execute(ADA, OPEN, **(wanted | {"amount": "1.005"}))
    assert fraction.errors[0].extensions["code"] == "BAD_USER_INPUT"
    nobody = (await market.ask(BEN, OPEN, **wanted))["disputeOpen"]
    assert nobody["__typename"] == "NotFoundError"
    dispute = await opened(market, order)
    twice = (await market.ask(ADA, OPEN, "de", **(wanted | {"amount": "1"})))["disputeOpen"]
    assert twice["dispute"]["id"] == dispute["id"]
    assert twice["message"] == "Zu dieser Bestellung ist schon ein Fall offen."


async def test_an_operator_who_looks_sees_what_an_operator_may_do(market: Market) -> None:
    dispute = await opened(market)

    shown = (await market.ask(OLGA, DISPUTE, id=dispute["id"]))["dispute"]

    found = [a["kind"] for a in shown["actions"]]
    assert {"DECIDE", "REQUEST_EVIDENCE", "SEND_MESSAGE", "ASSIGN", "RELEASE"} <= set(found)
    assert not {"ACCEPT", "WITHDRAW", "COUNTER_OFFER"} & set(found)
    assert shown["actions"][0]["blockedBy"]["waitingFor"] == "SELLER"


async def test_when_the_seller_stays_silent_the_buyer_sees_the_promise(market: Market) -> None:
    from_phone = await opened(market)
    market.clock.advance(5 * DAY)
    await fall_due(market, await Dispute.get())

    shown = (await market.ask(ADA, DISPUTE, id=from_phone["id"]))["dispute"]

    assert (shown["decidedBy"], shown["refund"]["status"]) == ("DEADLINE", "SCHEDULED")
