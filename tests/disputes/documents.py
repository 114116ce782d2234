"""What clients send."""

from typing import Any

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.market import ADA, Market, gid

SHAPE = """
fragment Shape on Dispute {
  id status stage outcome decidedBy decisionNote description asked openedAt closedAt
  amountRequested { amount currencyCode } amountApproved { amount }
  reason { handle label } order { number } messageCount unreadCount
  returnShipment { carrier trackingNumber shippedAt deliveredAt answer cost { amount } paidBy }
  returnTerms { paidBy cost { amount } } returnAddress { lines countryCode }
  refund { status dueAt cause amount { amount } }
  deadlines { kind dueAt waitingFor consequence }
  actions { kind available until blockedBy { __typename message
    ... on NotYourTurnError { waitingFor until }
    ... on DisputeDeadlinePassedError { dueAt }
    ... on DisputeAlreadyDecidedError { closedAt } } }
}"""

ANSWER = """
    __typename
    ... on UserError { message }
    ... on NotYourTurnError { waitingFor until }
    ... on DisputeDeadlinePassedError { dueAt }
    ... on DisputeAlreadyDecidedError { closedAt }
"""

OPEN = (
    """
mutation Open($orderId: ID!, $reason: String!, $amount: Decimal!, $asked: ResolutionAsked!) {
  disputeOpen(input: {orderId: $orderId, reasonHandle: $reason, description: "It broke.",
                      amount: $amount, asked: $asked}) {
    __typename
    ... on DisputeOpenSuccess { dispute { ...Shape } }
    ... on UserError { message }
    ... on DisputeNotYetError { opensAt }
    ... on DisputeWindowClosedError { closedAt }
    ... on DisputeAlreadyOpenError { dispute { id status } }
    ... on AmountTooHighError { maximum { amount } }
    ... on InvalidInputError { field }
  }
}"""
    + SHAPE
)


def move(name: str, extra: str = "") -> str:
    """The mutation of one move: disputeAccept, returnShip, …"""
    result = name[0].upper() + name[1:]
    return f"""
mutation Move($id: ID!) {{
  {name}(input: {{disputeId: $id{extra}}}) {{
    {ANSWER}
    ... on {result}Success {{ dispute {{ ...Shape }} }}
  }}
}}{SHAPE}"""


DISPUTE = "query Dispute($id: ID!) { dispute(id: $id) { ...Shape } }" + SHAPE

SEND = """
mutation Send($id: ID!, $body: String!) {
  messageSend(input: {disputeId: $id, body: $body}) {
    __typename
    ... on MessageSendSuccess {
      edge { cursor node { id body authorRole sentAt author { displayName } dispute { id } } }
    }
    ... on UserError { message }
  }
}"""

MARK_READ = """
mutation Mark($id: ID!, $upTo: ID!) {
  threadMarkRead(input: {disputeId: $id, upTo: $upTo}) {
    __typename
    ... on ThreadMarkReadSuccess { dispute { unreadCount } }
    ... on UserError { message }
  }
}"""

THREAD = """
query Thread($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  dispute(id: $id) {
    messages(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id body readByOtherAt } }
      nodes { body }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""


async def opened(market: Market, order: Order | None = None, **variables: Any) -> dict[str, Any]:
    """Open a dispute as a phone does; return it as it is shown to the buyer."""
    order = order or await market.deliver(await market.place())
    wanted = {"reason": "damaged", "amount": "84.70", "asked": "REFUND_ONLY"} | variables
    answer = await market.ask(ADA, OPEN, orderId=gid("Order", order.id), **wanted)
    dispute: dict[str, Any] = answer["disputeOpen"]["dispute"]
    return dispute


async def moved(
    market: Market, actor: Actor, name: str, id_: str, extra: str = ""
) -> dict[str, Any]:
    answer = await market.ask(actor, move(name, extra), id=id_)
    result: dict[str, Any] = answer[name]
    return result


async def sent(market: Market, actor: Actor, id_: str, body: str) -> dict[str, Any]:
    answer = await market.ask(actor, SEND, id=id_, body=body)
    result: dict[str, Any] = answer["messageSend"]
    return result
