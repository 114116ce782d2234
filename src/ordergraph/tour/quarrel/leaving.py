"""A consumer withdraws from the purchase: said twice, acknowledged once, for good."""

from hashlib import sha256

from ordergraph.kernel.money import Money
from ordergraph.tour import links
from ordergraph.tour.disputing import consequence, delivered
from ordergraph.tour.narrator import shown
from ordergraph.tour.play import Play
from ordergraph.tour.quarrel import documents
from ordergraph.tour.quarrel.case import do, newest
from ordergraph.tour.quarrel.returning import ship_back
from ordergraph.tour.seen import Seen

PRICE = Money(3490, "EUR")
ON_ITS_WAY = frozenset({"SCHEDULED", "PROCESSING", "SUCCEEDED"})
"""It is due at once, so a worker may have it before its seller reads of it."""


async def withdrawn(play: Play) -> None:
    """Declared, confirmed, acknowledged; then the goods go back and the money comes."""
    order = await delivered(play, "Garden lamp", "30.00")
    withdrawal = await _confirmed(play, order, await _started(play, order))
    await _acknowledged(play, order, withdrawal)
    await _goods_and_money(play)


async def _started(play: Play, order: Seen) -> Seen:
    with play.step(play.ada, "declares that she withdraws, and reads it through") as step:
        done = await play.ada.do(documents.WITHDRAWAL_START, orderId=order.text("id"))
        withdrawal = done.part("withdrawal")
        statement = withdrawal.part("statement")
        step.promised("the withdrawal", withdrawal.text("status"), "STARTED")
        step.promised("what comes back", statement.money("refund"), PRICE)
        step.promised("who pays the parcel", statement.text("returnPaidBy"), "BUYER")
        step.holds("that nothing is made yet", withdrawal.is_null("dispute"))
        step.holds("that nothing is acknowledged", withdrawal.is_null("acknowledgement"))
        step.holds("that it names the order", order.text("number") in statement.text("text"))
        step.sees(f"{statement.money('refund')}, by {shown(statement.moment('refundBy'))}")
        return withdrawal


async def _confirmed(play: Play, order: Seen, started: Seen) -> Seen:
    with play.step(play.ada, "confirms it; no reason, and nobody's consent") as step:
        done = await play.ada.do(documents.WITHDRAWAL_CONFIRM, withdrawalId=started.text("id"))
        withdrawal = done.part("withdrawal")
        step.promised("the withdrawal", withdrawal.text("status"), "CONFIRMED")
        step.promised("what follows", withdrawal.text("dispute.status"), "AWAITING_RETURN")
        step.promised("what is approved", withdrawal.money("dispute.amountApproved"), PRICE)
        title = await play.told(play.lamps, "withdrawal.confirmed", order)
        step.sees(consequence(withdrawal.part("dispute"), "RETURN_SHIP_BY"))
        step.sees(f"the seller reads “{title}”")
        return withdrawal


async def _acknowledged(play: Play, order: Seen, withdrawal: Seen) -> None:
    with play.step(play.ada, "downloads the acknowledgement") as step:
        paper = withdrawal.part("acknowledgement")
        answer = await links.fetch(play.ada, paper.text("url"))
        said = sha256(answer.content).hexdigest()
        step.promised("its hash", said, paper.text("sha256"))
        step.promised("its text", answer.text, paper.text("text"))
        step.holds("that it names the order", order.text("number") in answer.text)
        step.sees(f"{len(answer.content):,} bytes of text, {said[:8]}…")


async def _goods_and_money(play: Play) -> None:
    case = await newest(play)
    with play.step(play.ada, "sends the lamp back; the seller has it, and the money comes") as step:
        await ship_back(play, case)
        dispute = await do(play.lamps, documents.RETURN_ACKNOWLEDGE, case)
        refund = dispute.part("refund")
        step.promised("the dispute", dispute.text("status"), "RESOLVED")
        step.holds("that the refund is on its way", refund.text("status") in ON_ITS_WAY)
        step.promised("its amount, all of the price", refund.money("amount"), PRICE)
        step.sees(f"{refund.money('amount')} by {shown(refund.moment('dueAt'))}")
