"""A dispute is looked at, opened, and backed with a photo; what lures away is marked."""

from ordergraph.kernel.money import Money
from ordergraph.tour.disputing import arrived, consequence, deadline_of
from ordergraph.tour.documents import MESSAGE_SEND
from ordergraph.tour.narrator import shown
from ordergraph.tour.play import Play
from ordergraph.tour.quarrel import documents
from ordergraph.tour.quarrel.case import Case, lines, look, newest, upload
from ordergraph.tour.seen import Seen

REASON = "not-as-described"
HALF_TIME = "60h"
LURE = "Take it back and I will pay you outside the marketplace, by bank transfer."


async def opened_with_a_photo(play: Play) -> None:
    """Ada knows what a dispute may bring before she opens it; then she shows what she has."""
    await _address(play)
    order = await _handed_in(play)
    await _preview(play, order)
    await _open(play, order, await _suggested(play))
    case = await newest(play)
    await _photo(play, case)
    await _lured(play, case)
    await _reminded(play, case)


async def _address(play: Play) -> None:
    with play.step(play.lamps, "says where goods may come back to") as step:
        there = ["Nordic Lamps", "Harbour Street 7", "20457 Hamburg"]
        done = await play.lamps.do(documents.RETURN_ADDRESS_SET, lines=there, countryCode="DE")
        step.promised("the address", done.part("returnAddress.lines").value, there)
        step.sees(", ".join(there))


async def _handed_in(play: Play) -> Seen:
    title = "hands in Ada's order of a chandelier, made by telephone; it is shipped and comes"
    with play.step(play.olga, title) as step:
        return await arrived(
            play, step, await play.hand_in("Chandelier", price="120.00", shipping="4.90")
        )


async def _preview(play: Play, order: Seen) -> None:
    with play.step(play.ada, "looks what a dispute could bring, and what it may cost") as step:
        found = await play.ada.ask(documents.PREVIEW, id=order.text("id"), reason=REASON)
        preview = found.part("order.disputePreview")
        until = preview.moment("until")
        step.promised("the most", preview.money("maximum"), order.money("refundable"))
        step.promised("the parcel back", preview.money("returnShipping"), Money(490, "EUR"))
        step.promised("who pays that", preview.text("returnPaidBy"), "SELLER")
        step.promised("until when", until, order.moment("protectionEndsAt"))
        step.holds("that nothing blocks it", preview.is_null("blockedBy"))
        step.sees(f"{preview.money('maximum')} at most, until {shown(until)}")
        step.sees(f"sending it back costs {preview.money('returnShipping')}: the seller's to pay")


async def _suggested(play: Play) -> str:
    with play.step(play.ada, "wonders how to put it; the marketplace has words for her") as step:
        said = []
        for language in ("en", "de"):
            found = await play.ada.ask(documents.SUGGESTED, language)
            reason = next(r for r in found.each("reasons") if r.text("handle") == REASON)
            said.append(reason.text("suggestedMessage"))
        step.holds("that her mother reads it in German", said[0] != said[1])
        step.sees(f"“{said[0]}”")
        return said[0]


async def _open(play: Play, order: Seen, words: str) -> None:
    with play.step(play.ada, "opens it: the lamp goes back first, then 120.00 EUR to her") as step:
        done = await play.ada.do(
            documents.OPEN,
            orderId=order.text("id"),
            reasonHandle=REASON,
            description=words,
            amount="120.00",
            asked="RETURN_AND_REFUND",
        )
        dispute = done.part("dispute")
        step.promised("the dispute", dispute.text("status"), "AWAITING_SELLER")
        step.promised("her words", dispute.text("description"), words)
        step.promised("her offer", dispute.money("buyerOffer.amount"), Money(12000, "EUR"))
        step.promised("its kind", dispute.text("buyerOffer.type"), "REFUND_WITH_RETURN")
        step.promised("who pays", dispute.text("buyerOffer.returnPaidBy"), "SELLER")
        step.holds("that the seller has offered nothing yet", dispute.is_null("sellerOffer"))
        step.sees(consequence(dispute, "SELLER_RESPONSE_DUE"))
    with play.step(play.lamps, "is told") as step:
        title = await play.told(play.lamps, "dispute.opened", order)
        step.holds("that it names the order", order.text("number") in title)
        step.sees(f"“{title}”")


async def _photo(play: Play, case: Case) -> None:
    with play.step(play.ada, "reads what would help her case") as step:
        listed = case.dispute.part("evidenceChecklist")
        helps = list(listed.each("items"))
        step.promised("what is there", listed.number("providedCount"), 0)
        step.promised(
            "what is missing", listed.part("missing").value, ["PHOTO", "ITEM_DESCRIPTION"]
        )
        step.promised("whose list it is", {item.text("side") for item in helps}, {"BUYER"})
        step.sees(", ".join(item.text("type").lower() for item in helps))
    with play.step(play.ada, "uploads a photo, and hands it in") as step:
        file = await upload(play.ada, case.order, "lamp.png", step)
        done = await play.ada.do(
            documents.EVIDENCE_ADD,
            disputeId=case.id,
            type="PHOTO",
            note="Six arms; the picture shows eight.",
            attachmentIds=[file.text("id")],
        )
        node = done.part("edge.node")
        shown_file = next(node.each("attachments"))
        left = node.part("dispute.evidenceChecklist.missing").value
        step.promised("the file", shown_file.text("sha256"), file.text("sha256"))
        step.promised("what is missing now", left, ["ITEM_DESCRIPTION"])
        title = await play.told(play.lamps, "dispute.evidence_added", case.order)
        step.sees(f"the seller reads “{title}”")


async def _lured(play: Play, case: Case) -> None:
    with play.step(play.ada, "reads the thread: what happened is a line of it") as step:
        english, german = [await lines(play.ada, case, language) for language in ("en", "de")]
        events = [line.text("eventType") for line in english]
        step.promised("the lines", events, ["dispute.evidence_added"])
        step.promised("their kind", {line.text("kind") for line in english}, {"EVENT"})
        said = [line.text("body") for line in german]
        step.holds(
            "that she may have it in German", said != [line.text("body") for line in english]
        )
        step.sees(" ".join(line.text("body") for line in english))
    async with play.ada.watch(documents.THREAD, disputeId=case.id) as thread:
        with play.step(play.lamps, f"writes “{LURE}”") as step:
            seen = [(await thread.next()).part("node") for _ in events]
            step.promised("what came before", [line.text("eventType") for line in seen], events)
            await play.lamps.do(MESSAGE_SEND, disputeId=case.id, body=LURE)
            line = (await thread.next()).part("node")
            step.promised("the message", line.text("body"), LURE)
            step.promised("its kind", line.text("kind"), "TEXT")
            step.holds(
                "that the lines before had no warning", all(n.is_null("warning") for n in seen)
            )
            step.sees(f"Ada reads it at once, with a warning: “{line.text('warning')}”")


async def _reminded(play: Play, case: Case) -> None:
    with play.step(play.lamps, "lets half of the time go by, and is reminded") as step:
        due_at = deadline_of(case.dispute, "SELLER_RESPONSE_DUE").moment("dueAt")
        now = await play.advance(HALF_TIME)
        title = await play.told(play.lamps, "dispute.reminder", case.order)
        dispute = await look(play.lamps, case)
        again = deadline_of(dispute, "SELLER_RESPONSE_DUE").moment("dueAt")
        step.promised("the deadline", again, due_at)
        step.promised("the dispute", dispute.text("status"), "AWAITING_SELLER")
        step.sees(f"It is {shown(now)} now. “{title}”")
