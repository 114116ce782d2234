"""What operators send, and the disputes that wait for them."""

from typing import Any

from ordergraph.accounts import actions as accounts
from ordergraph.disputes import actions
from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import SYSTEM, Actor
from tests.disputes.court import act, complaint
from tests.market import ADA, LAMPS, NAMES, OLGA, OTTO, Market, gid

ANSWER = """
  __typename
  ... on UserError { message }
"""
WHO_HAS_IT = "... on AssignedToAnotherError { assignedTo }"
DECISION = """
fragment Decision on DisputeDecision {
  id status outcome amount { amount } returnPaidBy template label text note decidedAt
  proposedAt proposedBy { displayName } confirmedBy { displayName } answer
}"""
SEEN = (
    """
query Seen($id: ID!) { dispute(id: $id) {
  status stage decisionNote assignedTo { displayName }
  decision { ...Decision } proposal { ...Decision }
  order { timeline(first: 50) { nodes { type } } }
  actions { kind available blockedBy { __typename message } } } }"""
    + DECISION
)
DECIDE = (
    """
mutation Decide($id: ID!, $amount: Decimal!, $payer: ShippingPayer, $note: String!, $template: String) {
  disputeDecide(input: {disputeId: $id, amount: $amount, returnPaidBy: $payer, note: $note,
                        templateHandle: $template}) {"""
    + ANSWER
    + WHO_HAS_IT
    + """... on DisputeDecideSuccess {
      dispute { status outcome decision { ...Decision } proposal { ...Decision } } } } }"""
    + DECISION
)


def about(name: str, subject: str, shown: str, extra: str = "") -> str:
    """A mutation about one dispute or decision."""
    result = name[0].upper() + name[1:]
    holder = WHO_HAS_IT if subject == "disputeId" else ""
    return f"""
mutation M($id: ID!) {{ {name}(input: {{{subject}: $id{extra}}}) {{
  {ANSWER} {holder} ... on {result}Success {{ {shown} }} }} }}{DECISION}"""


HELD = "dispute { assignedTo { displayName } decision { ...Decision } }"


async def assigns(market: Market, who: Actor, dispute: Dispute, extra: str = "") -> dict[str, Any]:
    document = about("disputeAssign", "disputeId", HELD, extra)
    return await _sent(market, who, document, gid("Dispute", dispute.id))


async def releases(market: Market, who: Actor, dispute: Dispute) -> dict[str, Any]:
    document = about("disputeRelease", "disputeId", HELD)
    return await _sent(market, who, document, gid("Dispute", dispute.id))


async def answers(
    market: Market, who: Actor, name: str, decision_id: str, extra: str = ""
) -> dict[str, Any]:
    """disputeDecisionConfirm or disputeDecisionReject."""
    document = about(name, "decisionId", "decision { ...Decision dispute { status } }", extra)
    return await _sent(market, who, document, decision_id)


async def decides(market: Market, who: Actor, dispute: Dispute, **other: Any) -> dict[str, Any]:
    given = {"amount": "30", "note": "", "id": gid("Dispute", dispute.id)} | other
    return next(iter((await market.ask(who, DECIDE, **given)).values()))


async def seen(
    market: Market, who: Actor, dispute: Dispute, language: str = "en"
) -> dict[str, Any]:
    answer = await market.ask(who, SEEN, language, id=gid("Dispute", dispute.id))
    shown: dict[str, Any] = answer["dispute"]
    return shown


async def escalated(market: Market, seller: Actor = LAMPS, **other: Any) -> Dispute:
    """A dispute over a new order of this seller's that waits for the operator."""
    order = await market.deliver(await market.place(seller=seller))
    async with market.edge.transaction(SYSTEM) as tx:
        for operator in (OLGA, OTTO):
            await accounts.know(tx, NAMES[operator], NAMES[operator].title())
    dispute = await act(market, ADA, actions.open_dispute, complaint(order, **other))
    await act(market, seller, actions.refuse, dispute.id, "No.")
    return await act(market, ADA, actions.escalate, dispute.id, "")


async def _sent(market: Market, who: Actor, document: str, id_: str) -> dict[str, Any]:
    answer = await market.ask(who, document, id=id_)
    result: dict[str, Any] = next(iter(answer.values()))
    return result
