"""Operators at work: one looks after a dispute, decides in prepared words, or asks a second one."""

import pytest

from ordergraph.accounts.models import User
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.decisions.process import DecisionStatus
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import lock
from ordergraph.disputes.settling import Verdict, resolve
from ordergraph.disputes.words import DecidedBy
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.notifications.models import Notification
from ordergraph.refunds.models import Refund
from ordergraph.telling import deliver
from tests.disputes.bench import answers, assigns, decides, escalated, releases, seen
from tests.disputes.court import disputed, fall_due
from tests.market import ADA, BEN, DAY, LAMPS, OLGA, OTTO, Market, gid
from tests.watching import snapshot

CONFIRM, REJECT = "disputeDecisionConfirm", "disputeDecisionReject"


async def test_one_operator_at_a_time_looks_after_a_dispute(market: Market) -> None:
    dispute = await escalated(market)

    mine = await assigns(market, OLGA, dispute)
    again = await assigns(market, OLGA, dispute)
    other = await assigns(market, OTTO, dispute)
    decided = await decides(market, OTTO, dispute)
    let_go = await releases(market, OTTO, dispute)
    taken = await assigns(market, OTTO, dispute, ", takeOver: true")
    given = await assigns(
        market, OTTO, dispute, f', takeOver: true, operatorId: "{gid("User", OLGA.user_id)}"'
    )
    released = await releases(market, OLGA, dispute)

    assert mine == again
    assert mine["dispute"]["assignedTo"] == {"displayName": "Olga"}
    for refused in (other, decided, let_go):
        assert (refused["__typename"], refused["assignedTo"]) == ("AssignedToAnotherError", "Olga")
    assert taken["dispute"]["assignedTo"] == {"displayName": "Otto"}
    assert given["dispute"]["assignedTo"] == {"displayName": "Olga"}
    assert released["dispute"]["assignedTo"] is None
    assert not await Refund.exists()


async def test_an_operator_whom_nobody_has_heard_of_sees_what_they_took(market: Market) -> None:
    dispute = await escalated(market)
    await User.filter(id=OLGA.user_id).delete()

    mine = await assigns(market, OLGA, dispute)

    assert mine["dispute"]["assignedTo"] == {"displayName": "Olga"}


async def test_who_cannot_look_after_a_dispute(market: Market) -> None:
    dispute, early = await escalated(market), await disputed(market)
    before = await snapshot()

    party = await assigns(market, OLGA, dispute, f', operatorId: "{gid("User", ADA.user_id)}"')
    nobody = await assigns(market, OLGA, dispute, f', operatorId: "{gid("User", dispute.id)}"')
    too_early = await assigns(market, OLGA, early)
    by_party = await assigns(market, LAMPS, dispute)
    by_stranger = await assigns(market, BEN, dispute)

    assert [answer["__typename"] for answer in (party, nobody, too_early)] == [
        "InvalidInputError",
        "NotFoundError",
        "WrongStateError",
    ]
    assert (by_party["__typename"], by_stranger["__typename"]) == (
        "NotAllowedError",
        "NotFoundError",
    )
    assert await snapshot() == before


async def test_the_buttons_say_who_has_it(market: Market) -> None:
    dispute = await escalated(market)
    await assigns(market, OLGA, dispute)

    shown = await seen(market, OTTO, dispute)

    blocked = {a["kind"]: a["blockedBy"] for a in shown["actions"] if not a["available"]}
    answer = {
        "__typename": "AssignedToAnotherError",
        "message": "This dispute is assigned to Olga.",
    }
    del blocked["MARK_RETURN_DELIVERED"]  # nothing is on its way
    assert blocked == {"DECIDE": answer, "ASSIGN": answer, "RELEASE": answer}
    hers = {a["kind"]: a["available"] for a in (await seen(market, OLGA, dispute))["actions"]}
    assert [hers[kind] for kind in ("DECIDE", "ASSIGN", "RELEASE")] == [True] * 3


@pytest.mark.parametrize("party", [ADA, LAMPS])
async def test_a_party_never_learns_which_person_it_is(market: Market, party: Actor) -> None:
    """Neither by a field nor by a change: what they see before and after is the same."""
    dispute = await escalated(market)
    before, version = await seen(market, party, dispute), dispute.version

    await assigns(market, OLGA, dispute)

    assert await seen(market, party, dispute) == before
    await dispute.refresh_from_db()
    assert dispute.version == version
    await decides(market, OLGA, dispute, note="So be it.")
    decision = (await seen(market, party, dispute))["decision"]
    assert (decision["proposedBy"], decision["confirmedBy"]) == (None, None)
    assert (decision["proposedAt"], decision["note"]) == (None, "So be it.")
    assert (await Decision.get(dispute_id=dispute.id)).id.version == 4, "an id with a time tells it"


async def test_a_template_gives_both_sides_its_words_in_their_language(market: Market) -> None:
    dispute = await escalated(market)
    offered = await market.ask(OLGA, "{ decisionTemplates { handle outcome reasonHandle label } }")
    assert {
        "handle": "small-defect",
        "outcome": "PART",
        "reasonHandle": "defective",
        "label": "A small defect",
    } in offered["decisionTemplates"]

    unknown = await decides(market, OLGA, dispute, template="none-of-ours")
    await decides(market, OLGA, dispute, template="small-defect", note="The shade.")

    assert unknown["__typename"] == "InvalidInputError"
    english = (await seen(market, ADA, dispute))["decision"]
    german = (await seen(market, LAMPS, dispute, "de"))["decision"]
    assert (english["outcome"], english["amount"]) == ("PART", {"amount": "30.00"})
    assert (english["template"], english["label"]) == ("small-defect", "A small defect")
    assert (german["label"], german["note"]) == ("Kleiner Mangel", "The shade.")
    assert german["text"].startswith("Die Ware hat einen Mangel")


async def test_within_the_limit_one_operator_is_enough(market: Market) -> None:
    market.limits["EUR"] = Money(3000, "EUR")
    dispute = await escalated(market)

    done = await decides(market, OLGA, dispute, amount="30.00")

    assert done["dispute"]["decision"]["status"] == "CONFIRMED"


async def test_over_the_limit_a_second_operator_has_to_agree(market: Market) -> None:
    market.limits["EUR"] = Money(3000, "EUR")
    dispute = await escalated(market)
    before = {who: await seen(market, who, dispute) for who in (ADA, LAMPS)}

    proposed = await decides(market, OLGA, dispute, amount="30.01", note="Generous.")

    proposal = proposed["dispute"]["proposal"]
    assert (proposal["status"], proposal["proposedBy"]) == ("PROPOSED", {"displayName": "Olga"})
    assert (proposed["dispute"]["status"], proposed["dispute"]["decision"]) == (
        "UNDER_REVIEW",
        None,
    )
    await deliver(market.hub, market.clock, limit=100)
    told = await Notification.all().count()
    for who, shown in before.items():
        assert await seen(market, who, dispute) == shown
        assert (await answers(market, who, CONFIRM, proposal["id"]))["__typename"] == (
            "NotFoundError"
        )
    own = await answers(market, OLGA, CONFIRM, proposal["id"])
    assert own["__typename"] == "SecondOperatorNeededError"
    assert not await Refund.exists()

    done = await answers(market, OTTO, CONFIRM, proposal["id"])

    assert done["decision"]["status"] == "CONFIRMED"
    assert done["decision"]["confirmedBy"] == {"displayName": "Otto"}
    assert (await Refund.get()).amount_minor == 3001
    shown = await seen(market, ADA, dispute)
    assert (shown["status"], shown["decision"]["note"]) == ("RESOLVED", "Generous.")
    await deliver(market.hub, market.clock, limit=100)
    assert await Notification.all().count() > told
    again = await answers(market, OTTO, CONFIRM, proposal["id"])
    assert again["__typename"] == "WrongStateError"


async def test_a_new_proposal_takes_the_place_of_the_old_and_can_be_rejected(
    market: Market,
) -> None:
    market.limits["EUR"] = Money(0, "EUR")
    dispute = await escalated(market)
    first = (await decides(market, OLGA, dispute, amount="40"))["dispute"]["proposal"]
    second = (await decides(market, OTTO, dispute, amount="50"))["dispute"]["proposal"]

    too_late = await answers(market, OTTO, CONFIRM, first["id"])
    without_words = await answers(market, OLGA, REJECT, second["id"], ', note: ""')
    rejected = await answers(market, OLGA, REJECT, second["id"], ', note: "Too much."')

    assert too_late["__typename"] == "WrongStateError"
    assert without_words["__typename"] == "InvalidInputError"
    assert (rejected["decision"]["status"], rejected["decision"]["answer"]) == (
        "REJECTED",
        "Too much.",
    )
    assert rejected["decision"]["dispute"]["status"] == "UNDER_REVIEW"
    assert (await seen(market, OLGA, dispute))["proposal"] is None


async def test_a_proposal_is_void_when_the_sides_settle_or_the_clock_decides(
    market: Market,
) -> None:
    market.limits["EUR"] = Money(0, "EUR")
    settled, overdue = await escalated(market), await escalated(market)
    for dispute in (settled, overdue):
        await decides(market, OLGA, dispute)

    async with market.edge.transaction(ADA) as tx:
        agreed = Verdict(
            action=DisputeAction.SETTLE,
            decided_by=DecidedBy.AGREEMENT,
            approved=Money(1000, "EUR"),
        )
        await resolve(tx, await lock(tx, settled.id), agreed)
    market.clock.advance(30 * DAY)
    late = (await seen(market, OTTO, overdue))["proposal"]["id"]
    refused = await answers(market, OTTO, CONFIRM, late)
    await fall_due(market, overdue)

    assert refused["__typename"] == "DisputeDeadlinePassedError"
    assert await Decision.filter(status=DecisionStatus.VOID).count() == 2
    assert sorted([refund.amount_minor for refund in await Refund.all()]) == [1000, 8470]


async def test_a_decision_with_a_return_is_proposed_and_confirmed_in_the_same_way(
    market: Market,
) -> None:
    market.limits["EUR"] = Money(0, "EUR")
    dispute = await escalated(market)
    proposal = (await decides(market, OLGA, dispute, payer="SELLER"))["dispute"]["proposal"]

    done = await answers(market, OTTO, CONFIRM, proposal["id"])

    assert (done["decision"]["outcome"], done["decision"]["returnPaidBy"]) == (
        "WITH_RETURN",
        "SELLER",
    )
    assert done["decision"]["dispute"]["status"] == "AWAITING_RETURN"
    await dispute.refresh_from_db()
    assert (dispute.approved_minor, dispute.return_paid_by) == (3000, "SELLER")
