"""An appeal with something new, the money that follows, and all of it on paper."""

from hashlib import sha256
from typing import Any

import orjson

from ordergraph.kernel.money import Money
from ordergraph.tour import links
from ordergraph.tour.client import Person
from ordergraph.tour.narrator import Step, shown
from ordergraph.tour.play import Play
from ordergraph.tour.quarrel import documents
from ordergraph.tour.quarrel.case import PHOTO, Case, look, newest, upload
from ordergraph.tour.seen import BrokenPromise, Seen


async def granted(play: Play) -> None:
    """The decision is looked at once more, and the timeline proves that nothing was bent."""
    case = await newest(play)
    appeal = await _appeal(play, case)
    await _grant(play, case, appeal)
    await _paid(play, case)
    await _whole(play, case)
    await _packs(play, case)


async def _appeal(play: Play, case: Case) -> Seen:
    with play.step(play.ada, "appeals: she had photographed what she packed") as step:
        file = await upload(play.ada, case.order, "parcel.png", step)
        shows = {
            "type": "PROOF_OF_RETURN",
            "note": "Taken at the counter.",
            "attachmentIds": [file.text("id")],
        }
        done = await play.ada.do(
            documents.APPEAL,
            disputeId=case.id,
            text="It is the chandelier that I sent back.",
            amount="60.00",
            evidence=[shows],
        )
        step.promised("the appeal", done.text("appeal.status"), "UNDER_REVIEW")
        step.promised("what she asks", done.money("appeal.amountAsked"), Money(6000, "EUR"))
        step.promised("the dispute", done.text("dispute.status"), "RESOLVED")
        step.promised("its stage", done.text("dispute.stage"), "APPEAL")
        title = await play.told(play.lamps, "appeal.opened", case.order)
        step.sees(f"the seller reads “{title}”")
        return done.part("appeal")


async def _grant(play: Play, case: Case, appeal: Seen) -> None:
    with play.step(play.olga, "looks at the picture, and grants 50.00 EUR more") as step:
        done = await play.olga.do(
            documents.APPEAL_GRANT, appealId=appeal.text("id"), amount="50.00", note="It is."
        )
        seen = done.part("appeal")
        step.promised("the appeal", seen.text("status"), "GRANTED")
        step.promised("what she gets", seen.money("amountGranted"), Money(5000, "EUR"))
        step.promised("the further refund", seen.money("refund.amount"), Money(5000, "EUR"))
        step.promised("its state", seen.text("refund.status"), "SCHEDULED")
        step.promised("the dispute's stage", seen.text("dispute.stage"), "MEDIATION")
        title = await play.told(play.ada, "appeal.granted", case.order)
        due_at = shown(seen.moment("refund.dueAt"))
        step.sees(f"Ada reads “{title}”; {seen.money('refund.amount')} by {due_at}")


async def _paid(play: Play, case: Case) -> None:
    with play.step(play.ada, "has both refunds a week later") as step:
        dispute = await look(play.ada, case)
        further = next(dispute.each("appeals")).part("refund")
        await play.advance("7d")
        for refund in (dispute.part("refund"), further):
            sent = await play.sent(case.order, refund)
            step.promised_at("when it was sent", sent.moment("sentAt"), refund.moment("dueAt"))
        order = await play.look(play.ada, case.order)
        step.promised("what came back", order.money("refunded"), Money(11000, "EUR"))
        step.sees(f"{order.money('refunded')} of {order.money('total')} came back")


async def _whole(play: Play, case: Case) -> None:
    with play.step(play.lamps, "wants proof that nobody bent the timeline") as step:
        hashes, proof = await _timeline(play.lamps, case)
        step.promised("that it is intact", proof.flag("intact"), True)
        step.promised("how long it is", proof.number("events"), len(hashes))
        step.promised("its last hash", proof.text("lastHash"), hashes[-1])
        step.sees(f"{len(hashes)} events, each with the hash of the one before: …{hashes[-1][-8:]}")


async def _timeline(person: Person, case: Case) -> tuple[list[str], Seen]:
    found = (await person.ask(documents.INTEGRITY, id=case.order.text("id"))).part("order")
    hashes = [event.text("hash") for event in found.each("timeline.nodes")]
    return hashes, found.part("timelineIntegrity")


async def _packs(play: Play, case: Case) -> None:
    found = await play.ada.ask(documents.PACK, id=case.id)
    pack = found.part("dispute.evidencePack")
    with play.step(play.ada, "downloads everything for her bank, as JSON") as step:
        answer = await links.fetch(play.ada, pack.text("json.url"))
        facts = _read(answer.content)
        hashes, _ = await _timeline(play.ada, case)
        in_pack = [event.text("hash") for event in facts.each("timeline")]
        step.promised("its order", facts.text("order.number"), case.order.text("number"))
        step.promised("its timeline", in_pack, hashes)
        _photos(step, facts)
        step.sees(f"{len(answer.content):,} bytes, {len(list(facts.each('messages')))} lines")
    with play.step(play.ada, "and as PDF") as step:
        answer = await links.fetch(play.ada, pack.text("pdf.url"))
        kind = answer.headers.get("content-type")
        step.promised("its type", kind, "application/pdf")
        step.holds("that it is one", answer.content.startswith(b"%PDF-"))
        step.sees(f"{len(answer.content):,} bytes of paper")


def _photos(step: Step, facts: Seen) -> None:
    """The pack names each picture by the hash of its bytes."""
    files = [file for piece in facts.each("evidence") for file in piece.each("attachments")]
    hashes = [file.text("sha256") for file in files]
    step.promised("its photos", hashes, [sha256(PHOTO).hexdigest()] * 2)


def _read(content: bytes) -> Seen:
    try:
        facts: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BrokenPromise("the evidence pack is no JSON") from None
    return Seen(facts, "the evidence pack")
