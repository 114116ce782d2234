"""The operator takes over: the queue, a note that leaves no trace, a question, a decision."""

from ordergraph.kernel.money import Money
from ordergraph.tour.disputing import consequence
from ordergraph.tour.play import Play
from ordergraph.tour.quarrel import documents
from ordergraph.tour.quarrel.case import Case, do, look, newest, unseen_by

NOTE = "The third complaint over this lamp."
OVER = {"amount": "119.99", "currencyCode": "EUR"}


async def goods_back_first(play: Play) -> None:
    """Neither side agrees, so somebody else has to."""
    case = await newest(play)
    with play.step(play.ada, "asks the operator to decide") as step:
        dispute = await do(play.ada, documents.ESCALATE, case, note="We do not agree.")
        step.promised("the dispute", dispute.text("status"), "UNDER_REVIEW")
        step.promised("its stage", dispute.text("stage"), "MEDIATION")
        step.sees(consequence(dispute, "DECISION_DUE"))
        await play.told(play.lamps, "dispute.escalated", case.order)
    await _taken(play, case)
    await _noted(play, case)
    await _asked(play, case)
    await _decided(play, case)


async def _taken(play: Play, case: Case) -> None:
    with play.step(play.olga, "finds it in her queue, and takes it") as step:
        step.holds("that it waits there", case.id in await _queue(play, "NOBODY"))
        await unseen_by(play.ada, case, step, do(play.olga, documents.ASSIGN, case))
        step.holds("that it is hers", case.id in await _queue(play, "ME"))
        step.holds("that it is nobody's no longer", case.id not in await _queue(play, "NOBODY"))
        for person in (play.ada, play.lamps):
            dispute = await look(person, case)
            step.holds(f"that {person.name} cannot see who", dispute.is_null("assignedTo"))
        step.sees("hers now; the two sides cannot see that")


async def _queue(play: Play, assigned: str) -> list[str]:
    found = await play.olga.ask(documents.QUEUE, filter={"assigned": assigned, "amountOver": OVER})
    return [dispute.text("id") for dispute in found.each("disputeQueue.nodes")]


async def _noted(play: Play, case: Case) -> None:
    for person in (play.ada, play.lamps):
        with play.step(play.olga, f"notes something that {person.name} must not know") as step:
            note = play.olga.do(documents.NOTE_ADD, disputeId=case.id, body=NOTE)
            await unseen_by(person, case, step, note)
            for viewer, count in ((person, 0), (play.olga, 1)):
                notes = list((await look(viewer, case)).each("internalNotes.nodes"))
                step.holds(f"what {viewer.name} reads of it", min(len(notes), 1) == count)
            step.sees(f"to {person.name} nothing has changed")


async def _asked(play: Play, case: Case) -> None:
    with play.step(play.olga, "asks Ada for the description as she bought it") as step:
        await do(
            play.olga, documents.EVIDENCE_REQUEST, case, **{"from": "BUYER", "note": "Which text?"}
        )
        title = await play.told(play.ada, "dispute.evidence_requested", case.order)
        step.sees(f"“{title}”")
    with play.step(play.ada, "hands it in") as step:
        done = await play.ada.do(
            documents.EVIDENCE_ADD,
            disputeId=case.id,
            type="ITEM_DESCRIPTION",
            note="“Chandelier with eight arms, brass.”",
        )
        listed = done.part("edge.node.dispute.evidenceChecklist")
        step.promised("what is missing", listed.part("missing").value, [])
        provided, total = listed.number("providedCount"), listed.number("totalCount")
        step.promised("what is there", provided, 2)
        step.sees(f"{provided} of {total} things that help are there, and all that are needed")


async def _decided(play: Play, case: Case) -> None:
    with play.step(play.olga, "decides: the lamp goes back, then 120.00 EUR") as step:
        dispute = await do(
            play.olga,
            documents.DECIDE,
            case,
            amount="120.00",
            returnPaidBy="SELLER",
            note="Eight arms were promised.",
        )
        step.promised("the dispute", dispute.text("status"), "AWAITING_RETURN")
        step.promised("the decision", dispute.text("decision.outcome"), "WITH_RETURN")
        step.promised("its amount", dispute.money("decision.amount"), Money(12000, "EUR"))
        step.promised("who pays the parcel", dispute.text("returnTerms.paidBy"), "SELLER")
        step.promised("its cost", dispute.money("returnTerms.cost"), Money(490, "EUR"))
        step.holds("that the money waits for the goods", dispute.is_null("refund"))
        step.sees(consequence(dispute, "RETURN_SHIP_BY"))
