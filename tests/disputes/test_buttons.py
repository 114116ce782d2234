"""The list of actions: complete, and what blocks each of them is the mutation's own answer."""

from typing import Any

import pytest

from ordergraph.disputes.buttons import OTHER, SHOWN_AS, kinds
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.types import DisputeActionKind as Kind
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.actor import Actor, Role
from tests.disputes.deeds import ROLES, reached
from tests.disputes.documents import DISPUTE as DISPUTE_QUERY
from tests.disputes.documents import answered, moved, offered, sent, shown_to_all
from tests.market import DAY, Market, gid

S = DisputeStatus
# fmt: off
PRESSED = {
    # button                 mutation                      what else its input says
    Kind.ACCEPT:             ("disputeAccept",             ""),
    Kind.REFUSE:             ("disputeRefuse",             ', note: "No."'),
    Kind.WITHDRAW:           ("disputeWithdraw",           ""),
    Kind.ESCALATE:           ("disputeEscalate",           ""),
    Kind.DECIDE:             ("disputeDecide",             ', amount: "1.00"'),
    Kind.REQUEST_EVIDENCE:   ("disputeEvidenceRequest",    ', from: BUYER, note: "A photo?"'),
    Kind.SHIP_RETURN:        ("returnShip",                ', carrier: "Post", trackingNumber: "R1"'),
    Kind.ACKNOWLEDGE_RETURN: ("returnAcknowledge",         ""),
    Kind.CONTEST_RETURN:     ("returnAcknowledge",         ', answer: DAMAGED, note: "Look."'),
    Kind.MARK_RETURN_DELIVERED: ("returnMarkDelivered",    ""),
    Kind.SETTLE_QUIETLY:     ("disputeLimitSet",           ', amount: "1.00"'),
    Kind.ASSIGN:             ("disputeAssign",             ""),
    Kind.RELEASE:            ("disputeRelease",            ""),
    Kind.APPEAL:             ("disputeAppeal",             ', text: "No.", amount: "1.00", evidence: []'),
    Kind.ASK_EXTENSION:      ("disputeExtensionAsk",       ", seconds: 60"),
    Kind.GRANT_EXTENSION:    ("disputeExtensionGrant",     ""),
}
ANSWERED = {
    # button                 mutation                      what else        whose offer it is about
    Kind.ACCEPT_OFFER:       ("disputeOfferAccept",        "",              "the other's"),
    Kind.DECLINE_OFFER:      ("disputeOfferDecline",       ', note: "No."', "the other's"),
    Kind.WITHDRAW_OFFER:     ("disputeOfferWithdraw",      "",              "one's own"),
}
ELSEWHERE = {Kind.ASSIGN, Kind.RELEASE, Kind.APPEAL}
"""No moves of the dispute's table."""
# fmt: on


def test_every_row_of_a_person_has_its_button() -> None:
    people = set(ROLES)
    rows = {move.action for move in DISPUTE.moves if move.by & people}
    without = {a for a in rows if a not in SHOWN_AS and a.value not in Kind.__members__}

    assert without == set()
    assert {kind for role in people for kind in kinds(role)} == set(Kind) - ELSEWHERE


async def press(
    market: Market, who: Actor, role: Role, kind: Kind, shown: dict[str, Any]
) -> dict[str, Any]:
    """Do what the button stands for."""
    id_ = shown["id"]
    if kind is Kind.COUNTER_OFFER:
        return await offered(market, who, id_, "1.00")
    if kind is Kind.ADD_EVIDENCE:
        return await shown_to_all(market, who, id_)
    if kind is Kind.SEND_MESSAGE:
        return await sent(market, who, id_, "Hello.")
    if kind in ANSWERED:
        name, extra, whose = ANSWERED[kind]
        by = OTHER[role] if whose == "the other's" else role
        offer = next(o for o in reversed(shown["offers"]) if o["madeBy"] == by)
        return await answered(market, who, name, offer["id"], extra)
    name, extra = PRESSED[kind]
    return await moved(market, who, name, id_, extra)


async def assert_honest(market: Market, who: Actor, role: Role, id_: str) -> int:
    """Press whatever is blocked; return how much that was."""
    shown = (await market.ask(who, DISPUTE_QUERY, id=id_))["dispute"]
    blocked = {Kind[a["kind"]]: a["blockedBy"] for a in shown["actions"] if not a["available"]}
    for kind, no in blocked.items():
        answer = await press(market, who, role, kind, shown)
        assert answer == no, kind
    return len(blocked)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("status", list(S))
async def test_what_blocks_a_button_is_what_its_mutation_answers(
    market: Market, status: DisputeStatus, role: Role
) -> None:
    dispute = await reached(market, status)

    assert await assert_honest(market, ROLES[role], role, gid("Dispute", dispute.id)) or (
        role is Role.OPERATOR and status is S.UNDER_REVIEW
    )


@pytest.mark.parametrize("role", ROLES)
async def test_buttons_are_honest_when_the_time_is_over(market: Market, role: Role) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)
    market.clock.advance(7 * DAY)

    assert await assert_honest(market, ROLES[role], role, gid("Dispute", dispute.id))


async def test_buttons_know_what_became_of_an_offer_and_of_a_request(market: Market) -> None:
    dispute = await reached(market, S.AWAITING_BUYER)
    id_ = gid("Dispute", dispute.id)
    ada, lamps = ROLES[Role.BUYER], ROLES[Role.SELLER]
    shown = (await market.ask(lamps, DISPUTE_QUERY, id=id_))["dispute"]
    await answered(market, lamps, "disputeOfferWithdraw", shown["sellerOffer"]["id"])
    await moved(market, ada, "disputeExtensionAsk", id_, ", seconds: 60")

    after = (await market.ask(ada, DISPUTE_QUERY, id=id_))["dispute"]
    blocked = {a["kind"]: a["blockedBy"] for a in after["actions"] if not a["available"]}

    assert blocked["ACCEPT_OFFER"]["became"] == "WITHDRAWN"
    assert blocked["ASK_EXTENSION"]["seconds"] == 60
    for role, who in ROLES.items():
        assert await assert_honest(market, who, role, id_)
