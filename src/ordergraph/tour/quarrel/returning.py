"""Goods on their way back, and a seller who finds something else in the parcel."""

from datetime import datetime

from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import Policy
from ordergraph.tour.disputing import consequence, deadline_of, promised_refund
from ordergraph.tour.narrator import shown
from ordergraph.tour.play import CARRIER, Play
from ordergraph.tour.quarrel import documents
from ordergraph.tour.quarrel.case import Case, do, look, newest
from ordergraph.tour.seen import Seen

ACKNOWLEDGE = Policy().span("return_ack_s")
ONCE_THERE = Policy().span("return_delivered_ack_s")


async def something_else(play: Play) -> None:
    """Shipped, brought, contested, and decided once more."""
    case = await newest(play)
    await _shipped(play, case)
    await _brought(play, case)
    with play.step(play.lamps, "opens the parcel: an old lamp is in it") as step:
        dispute = await do(
            play.lamps,
            documents.RETURN_ACKNOWLEDGE,
            case,
            answer="EMPTY_PACKAGE_OR_DIFFERENT",
            note="That is not the lamp that we sent.",
        )
        answer = dispute.text("returnShipment.answer")
        step.promised("the dispute", dispute.text("status"), "UNDER_REVIEW")
        step.promised("what they say", answer, "EMPTY_PACKAGE_OR_DIFFERENT")
        step.holds("that no money is promised", dispute.is_null("refund"))
        await play.told(play.ada, "return.contested", case.order)
        step.sees(consequence(dispute, "DECISION_DUE"))
    with play.step(play.olga, "decides for a part: 60.00 EUR") as step:
        dispute = await do(
            play.olga, documents.DECIDE, case, amount="60.00", note="Neither can prove it."
        )
        step.promised("the outcome", dispute.text("outcome"), "REFUNDED_PARTIAL")
        step.promised("who decided", dispute.text("decidedBy"), "OPERATOR")
        step.promised("the decision", dispute.text("decision.outcome"), "PART")
        promised_refund(step, dispute, Money(6000, "EUR"))


async def _shipped(play: Play, case: Case) -> None:
    with play.step(play.ada, "reads where it goes, and ships it") as step:
        there = next(iter((await look(play.ada, case)).part("returnAddress.lines").value))
        dispute, now = await ship_back(play, case), await play.now()
        step.promised("the dispute", dispute.text("status"), "RETURN_IN_TRANSIT")
        step.promised("where to", there, "Nordic Lamps")
        step.promised_at("the seller's time", _time(dispute), now + ACKNOWLEDGE)
        step.sees(f"{CARRIER} has it; the seller has until {shown(_time(dispute))}")


async def ship_back(play: Play, case: Case) -> Seen:
    number = f"NP-R-{case.order.text('number')}"
    return await do(play.ada, documents.RETURN_SHIP, case, carrier=CARRIER, trackingNumber=number)


async def _brought(play: Play, case: Case) -> None:
    with play.step(play.olga, "hears from the carrier that it was brought") as step:
        dispute, now = await do(play.olga, documents.RETURN_DELIVERED, case), await play.now()
        step.promised_at("when", dispute.moment("returnShipment.deliveredAt"), now)
        step.promised_at("the seller's time, shorter now", _time(dispute), now + ONCE_THERE)
        await play.told(play.lamps, "return.delivered", case.order)
        step.sees(f"the seller has until {shown(_time(dispute))}")


def _time(dispute: Seen) -> datetime:
    return deadline_of(dispute, "RETURN_ACKNOWLEDGE_BY").moment("dueAt")
