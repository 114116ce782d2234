"""Appealing as a phone does it: what is answered, what is shown, and who is told."""

from typing import Any

from ordergraph.appeals import actions
from ordergraph.appeals.models import Appeal
from ordergraph.deadlines import named
from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from ordergraph.sweeping import sweep
from tests.appeals.bench import appealed, eur, ruled, under_review
from tests.disputes.court import act, told
from tests.market import ADA, BEN, DAY, LAMPS, OLGA, Market, gid
from tests.watching import snapshot

ERROR = """
  __typename
  ... on UserError { message }
  ... on AmountTooHighError { maximum { amount } }
  ... on AppealWindowClosedError { closedAt }
  ... on AlreadyAppealedError { appeal { status } }
  ... on EvidenceRequiredError { missing }
"""
APPEAL = (
    """
mutation Appeal($id: ID!, $amount: Decimal!, $evidence: [EvidenceInput!]!) {
  disputeAppeal(input: {disputeId: $id, text: "That cannot be.", amount: $amount, evidence: $evidence}) {
    ... on DisputeAppealSuccess {
      appeal { id status madeBy text amountAsked { amount } amountGranted { amount }
               evidence { type note } refund { id } dispute { id }
               deadlines { kind dueAt waitingFor consequence }
               actions { kind available blockedBy { message } } }
      dispute { stage appeals { status } } }
"""
    + ERROR
    + "} }"
)
BUTTON = (
    """
query Button($id: ID!) { dispute(id: $id) { stage
  actions { kind available until blockedBy { """
    + ERROR
    + """ } } } }"""
)
GIVE = """
mutation Give($id: ID!) { refundCreate(input: {orderId: $id, adjustment: "1", note: "Sorry."}) {
  __typename ... on UserError { message } } }"""
PHOTO = [{"type": "PHOTO", "note": "The crack."}]


async def appeals(market: Market, who: Actor, dispute: Dispute, **other: Any) -> dict[str, Any]:
    given = {"amount": "10", "evidence": PHOTO} | other
    answer = await market.ask(who, APPEAL, id=gid("Dispute", dispute.id), **given)
    result: dict[str, Any] = answer["disputeAppeal"]
    return result


async def button(market: Market, who: Actor, dispute: Dispute) -> dict[str, Any]:
    shown = await market.ask(who, BUTTON, id=gid("Dispute", dispute.id))
    return next(a for a in shown["dispute"]["actions"] if a["kind"] == "APPEAL")


async def test_an_appeal_says_what_it_brings_and_what_happens_by_itself(market: Market) -> None:
    dispute = await ruled(market, 3000)
    shut_at = "2026-12-23T12:00:00.000Z"
    assert (await button(market, ADA, dispute))["until"] == shut_at

    made = await appeals(market, ADA, dispute)

    appeal = made["appeal"]
    assert (appeal["status"], appeal["madeBy"]) == ("UNDER_REVIEW", "BUYER")
    assert appeal["evidence"] == PHOTO
    assert appeal["deadlines"] == [
        {
            "kind": "APPEAL_DECISION_DUE",
            "dueAt": shut_at,
            "waitingFor": "OPERATOR",
            "consequence": "The appeal is granted, at the marketplace's cost.",
        }
    ]
    assert appeal["actions"] == [{"kind": "WITHDRAW", "available": True, "blockedBy": None}]
    assert made["dispute"] == {"stage": "APPEAL", "appeals": [{"status": "UNDER_REVIEW"}]}
    assert (await told(dispute.order_id))[-1] == "appeal.opened"


async def test_what_blocks_the_button_is_what_the_mutation_answers(market: Market) -> None:
    """In each case nothing changes, and both say the same."""
    reviewed, full = await under_review(market), await ruled(market, 8470)
    nothing, twice, late = [await ruled(market, minor) for minor in (0, 3000, 3000)]
    await appealed(market, ADA, twice, 100)
    expected = [
        (ADA, reviewed, "WrongStateError"),
        (ADA, full, "NothingLostError"),
        (LAMPS, nothing, "NothingLostError"),
        (ADA, twice, "AlreadyAppealedError"),
    ]
    before = await snapshot()

    for who, dispute, kind in expected:
        answered = await appeals(market, who, dispute)
        assert answered["__typename"] == kind
        assert (await button(market, who, dispute))["blockedBy"] == answered
    market.clock.advance(30 * DAY)
    too_late = await appeals(market, LAMPS, late)

    assert (await button(market, LAMPS, late))["blockedBy"] == too_late
    assert too_late["__typename"] == "AppealWindowClosedError"
    assert await snapshot() == before


async def test_what_an_appeal_must_bring(market: Market) -> None:
    dispute = await ruled(market, 3000)
    before = await snapshot()

    without = await appeals(market, ADA, dispute, evidence=[])
    empty = await appeals(market, ADA, dispute, evidence=[{"type": "OTHER", "note": " "}])
    too_much = await appeals(market, ADA, dispute, amount="54.71")
    nothing = await appeals(market, ADA, dispute, amount="0")
    stranger = await appeals(market, BEN, dispute)
    office = await appeals(market, OLGA, dispute)

    assert (without["__typename"], without["missing"][0]) == ("EvidenceRequiredError", "PHOTO")
    assert empty["__typename"] == "InvalidInputError"
    assert too_much["maximum"] == {"amount": "54.70"}
    assert (await appeals(market, LAMPS, dispute, amount="30.01"))["maximum"]["amount"] == "30.00"
    assert nothing["__typename"] == "InvalidInputError"
    assert (stranger["__typename"], office["__typename"]) == ("NotFoundError", "NotAllowedError")
    assert await snapshot() == before


async def test_while_an_appeal_is_open_nothing_else_moves_the_orders_money(market: Market) -> None:
    dispute = await ruled(market, 3000)
    open_order = gid("Order", dispute.order_id)
    paid_out = await ruled(market, 3000)
    await appealed(market, ADA, dispute, 1000)
    market.clock.advance(15 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 1  # the other one
    await appealed(market, ADA, paid_out, 1000)

    for order_id in (open_order, gid("Order", paid_out.order_id)):
        refused = (await market.ask(OLGA, GIVE, id=order_id))["refundCreate"]
        assert refused["__typename"] == "OrderDisputedError"
    await act(market, ADA, actions.withdraw, (await Appeal.get(dispute_id=dispute.id)).id)

    assert await sweep(market.edge, named("order.protection_ends")) == 0
    market.clock.advance(15 * DAY)  # what the appeal took of the time to withdraw is given back
    assert await sweep(market.edge, named("order.protection_ends")) == 1
    given = (await market.ask(OLGA, GIVE, id=open_order))["refundCreate"]
    assert given["__typename"] == "RefundCreateSuccess"


async def test_each_end_is_told_and_lets_the_order_go_on(market: Market) -> None:
    disputes = [await ruled(market, 3000) for _ in range(3)]
    granted, denied, withdrawn = [await appealed(market, ADA, d, 1000) for d in disputes]

    await act(market, OLGA, actions.grant, granted.id, eur(1000), "")
    await act(market, OLGA, actions.deny, denied.id, "It stands.")
    await act(market, ADA, actions.withdraw, withdrawn.id)

    ends = [(await told(dispute.order_id))[-2:] for dispute in disputes]
    assert ends[0] == ["refund.scheduled", "appeal.granted"]
    assert [end[-1] for end in ends[1:]] == ["appeal.denied", "appeal.withdrawn"]
    market.clock.advance(15 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 3
