"""The last chapter of a dispute: the operator decided, and the buyer asks for another look."""

from typing import Any

from ordergraph.deadlines import named, named_errand
from ordergraph.disputes.models import Dispute
from ordergraph.errands import run_errands
from ordergraph.sweeping import sweep
from tests.disputes.bench import decides, escalated
from tests.market import ADA, DAY, LAMPS, OLGA, OTTO, Market, gid

APPEAL = """
mutation Appeal($id: ID!) {
  disputeAppeal(input: {disputeId: $id, amount: "54.70", text: "The lamp caught fire.", evidence: [
      {type: PROOF_OF_DAMAGE, note: "The fire brigade's report."}]}) {
    __typename
    ... on DisputeAppealSuccess { appeal { id status } dispute { stage status outcome } }
    ... on UserError { message }
  }
}"""
GRANT = """
mutation Grant($id: ID!) {
  appealGrant(input: {appealId: $id, amount: "40.00", note: "The report is clear."}) {
    __typename
    ... on AppealGrantSuccess { appeal {
      status amountGranted { amount } answer endedBy refund { amount { amount } dueAt }
      dispute { stage } } }
    ... on UserError { message }
  }
}"""
LIVE = "subscription S($id: ID!) { disputeUpdated(disputeId: $id) { stage } }"
ORDER = """
query Q($id: ID!) { order(id: $id) {
  status paymentStatus refunds { status amount { amount } }
  timeline { nodes { type } } } }"""
QUEUE = "{ disputeQueue { nodes { id stage appeals { status } } } }"


async def _next_stage(stream: Any) -> str:
    result = await anext(stream)
    stage: str = result.data["disputeUpdated"]["stage"]
    return stage


async def test_the_buyer_brings_new_evidence_and_gets_more(market: Market) -> None:
    dispute = await escalated(market)
    id_, order_id = gid("Dispute", dispute.id), gid("Order", dispute.order_id)
    await decides(market, OLGA, dispute, amount="30", note="A part of it.")
    seller = await market.listen(LAMPS, LIVE, id=id_)
    assert await _next_stage(seller) == "MEDIATION"

    made = (await market.ask(ADA, APPEAL, key="one", id=id_))["disputeAppeal"]
    again = (await market.ask(ADA, APPEAL, key="one", id=id_))["disputeAppeal"]

    assert made == again
    assert made["dispute"] == {
        "stage": "APPEAL",
        "status": "RESOLVED",
        "outcome": "REFUNDED_PARTIAL",
    }
    assert await _next_stage(seller) == "APPEAL"
    market.clock.advance(20 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 0, "nobody is paid out"
    [waiting] = (await market.ask(OTTO, QUEUE))["disputeQueue"]["nodes"]
    assert waiting == {"id": id_, "stage": "APPEAL", "appeals": [{"status": "UNDER_REVIEW"}]}

    granted = (await market.ask(OTTO, GRANT, id=made["appeal"]["id"]))["appealGrant"]["appeal"]

    assert granted == {
        "status": "GRANTED",
        "amountGranted": {"amount": "40.00"},
        "answer": "The report is clear.",
        "endedBy": "OPERATOR",
        "refund": {"amount": {"amount": "40.00"}, "dueAt": "2026-12-20T12:00:00.000Z"},
        "dispute": {"stage": "MEDIATION"},
    }
    assert await _next_stage(seller) == "MEDIATION"
    await seller.aclose()
    market.clock.advance(15 * DAY)  # the appeal took none of the time in which she may withdraw
    for clock in ("order.protection_ends", "refund.due"):
        assert await sweep(market.edge, named(clock)) > 0
    assert await run_errands(market.cashier, named_errand("refund.attempt")) == 2
    order = (await market.ask(ADA, ORDER, id=order_id))["order"]
    assert (order["status"], order["paymentStatus"]) == ("COMPLETED", "PARTIALLY_REFUNDED")
    assert sorted(refund["amount"]["amount"] for refund in order["refunds"]) == ["30.00", "40.00"]
    told = [event["type"] for event in order["timeline"]["nodes"]]
    assert [type_ for type_ in told if type_.startswith("appeal.")] == [
        "appeal.opened",
        "appeal.granted",
    ]
    assert (await Dispute.get()).approved_minor == 3000, "the decision itself stays what it was"
