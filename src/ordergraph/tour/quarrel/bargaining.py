"""Offers side by side, more time by consent, and private limits: one pair that meets, one that does not."""

from datetime import timedelta

from ordergraph.kernel.money import Money
from ordergraph.tour.client import Person
from ordergraph.tour.disputing import (
    consequence,
    deadline_of,
    delivered,
    opened,
    promised_refund,
)
from ordergraph.tour.documents import DISPUTE_UPDATED
from ordergraph.tour.narrator import Step, shown
from ordergraph.tour.play import Play
from ordergraph.tour.quarrel import documents
from ordergraph.tour.quarrel.case import Case, do, look, newest, unseen_by
from ordergraph.tour.seen import Seen

MORE = timedelta(days=3)


async def no_agreement(play: Play) -> None:
    """They come nearer to each other, and not near enough."""
    case = await newest(play)
    await _counter_offer(play, case)
    await _more_time(play, case)
    await _secrets(play, case)
    with play.step(play.lamps, "refuses that, too") as step:
        offer_id = (await look(play.lamps, case)).text("buyerOffer.id")
        done = await play.lamps.do(
            documents.OFFER_DECLINE, offerId=offer_id, note="It has six arms in the picture."
        )
        dispute = done.part("offer.dispute")
        step.promised("her offer", done.text("offer.status"), "DECLINED")
        step.promised("the dispute", dispute.text("status"), "AWAITING_BUYER")
        step.promised("what the seller offers", dispute.text("sellerOffer.status"), "OPEN")
        step.holds("that no money is promised", dispute.is_null("refund"))
        step.sees(consequence(dispute, "BUYER_RESPONSE_DUE"))


async def _counter_offer(play: Play, case: Case) -> None:
    with play.step(play.lamps, "offers 40.00 EUR, and she keeps the lamp") as step:
        done = await play.lamps.do(documents.OFFER_MAKE, disputeId=case.id, amount="40.00")
        dispute = done.part("offer.dispute")
        step.promised("the dispute", dispute.text("status"), "AWAITING_BUYER")
        for side, amount, kind in (
            ("buyerOffer", Money(12000, "EUR"), "REFUND_WITH_RETURN"),
            ("sellerOffer", Money(4000, "EUR"), "PARTIAL_REFUND"),
        ):
            offer = dispute.part(side)
            step.promised(f"the {side}", offer.money("amount"), amount)
            step.promised(f"the {side}'s kind", offer.text("type"), kind)
            step.promised(f"whether the {side} stands", offer.text("status"), "OPEN")
        title = await play.told(play.ada, "dispute.offer_made", case.order)
        step.sees("both offers stand side by side: 120.00 EUR for the lamp, or 40.00 EUR with it")
        step.sees(f"Ada reads “{title}”")


async def _more_time(play: Play, case: Case) -> None:
    with play.step(play.ada, "asks for three days more") as step:
        before = deadline_of(await look(play.ada, case), "BUYER_RESPONSE_DUE").moment("dueAt")
        seconds = int(MORE.total_seconds())
        dispute = await do(play.ada, documents.EXTENSION_ASK, case, seconds=seconds)
        asked = deadline_of(dispute, "BUYER_RESPONSE_DUE").moment("dueAt")
        step.promised("what she asks", dispute.number("extensionAsked"), seconds)
        step.promised("her time, until it is granted", asked, before)
        title = await play.told(play.lamps, "dispute.extension_asked", case.order)
        step.sees(f"the seller reads “{title}”")
    with play.step(play.lamps, "grants them") as step:
        dispute = await do(play.lamps, documents.EXTENSION_GRANT, case)
        due_at = deadline_of(dispute, "BUYER_RESPONSE_DUE").moment("dueAt")
        step.promised("her time", due_at, before + MORE)
        step.promised("extensions", dispute.number("extensions"), 1)
        await play.told(play.ada, "dispute.extension_granted", case.order)
        step.sees(f"she has until {shown(due_at)}")


async def _secrets(play: Play, case: Case) -> None:
    """What one side would settle for changes nothing at all that the other can see."""
    async with play.lamps.watch(DISPUTE_UPDATED, disputeId=case.id) as cases:
        first = await cases.next()
        for person, other, limit, does in (
            (play.ada, play.lamps, "90.00", "the least that she would take: 90.00 EUR"),
            (play.lamps, play.ada, "60.00", "the most that they would give: 60.00 EUR"),
        ):
            with play.step(person, f"notes in private {does}") as step:
                dispute = await unseen_by(other, case, step, _limit(person, case, limit))
                amount = dispute.money("myLimit.amount")
                step.promised("the limit", amount, Money.parse(limit, "EUR"))
                step.promised("the dispute", dispute.text("status"), "AWAITING_BUYER")
                step.sees(f"to {other.name} nothing has changed")
        with play.step(play.ada, "offers to take 100.00 EUR for the lamp") as step:
            step.promised("what the seller watched", first.text("status"), "AWAITING_BUYER")
            await play.ada.do(
                documents.OFFER_MAKE, disputeId=case.id, amount="100.00", returnPaidBy="SELLER"
            )
            live = await cases.next()
            step.promised("the next thing they see", live.text("status"), "AWAITING_SELLER")
            offers = [offer.text("status") for offer in (await look(play.ada, case)).each("offers")]
            step.promised("the offers", offers, ["SUPERSEDED", "OPEN", "OPEN"])
            step.sees("her first offer is superseded; the seller sees the new one at once")


async def _limit(person: Person, case: Case, amount: str) -> Seen:
    return await do(person, documents.LIMIT_SET, case, amount=amount)


async def met_in_the_middle(play: Play) -> None:
    """The least that she takes is less than the most that they give."""
    order = await delivered(play, "Bedside lamp", "60.00")
    await opened(play, order, "damaged", "60.00")
    case = await newest(play)
    with play.step(play.ada, "notes in private that she would take 20.00 EUR") as step:
        await unseen_by(play.lamps, case, step, _limit(play.ada, case, "20.00"))
        step.sees("to Nordic Lamps nothing has changed")
    with play.step(play.lamps, "notes in private to give up to 31.00 EUR") as step:
        dispute = await _limit(play.lamps, case, "31.00")
        step.promised("the dispute", dispute.text("status"), "RESOLVED")
        step.promised("the outcome", dispute.text("outcome"), "REFUNDED_PARTIAL")
        step.promised("who decided", dispute.text("decidedBy"), "AGREEMENT")
        promised_refund(step, dispute, Money(2550, "EUR"))
        await _both_told(play, step, case)


async def _both_told(play: Play, step: Step, case: Case) -> None:
    """Whoever noted their limit last need not be told."""
    title = await play.told(play.ada, "dispute.settled", case.order)
    for person in (play.ada, play.lamps):
        dispute = await look(person, case)
        step.holds("that nobody learns a limit", dispute.is_null("myLimit"))
    step.sees(f"“{title}”")
