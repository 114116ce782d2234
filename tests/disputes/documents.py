"""What clients send."""

from typing import Any

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.market import ADA, Market, gid

NO = """
__typename
... on UserError {
  message
  ... on NotYourTurnError { waitingFor until }
  ... on DisputeDeadlinePassedError { dueAt }
  ... on DisputeAlreadyDecidedError { closedAt }
  ... on OfferNotOpenError { became: status }
  ... on WrongSideOfOfferError { madeBy }
  ... on TooManyOffersError { most }
  ... on ExtensionsUsedUpError { most }
  ... on ExtensionAlreadyAskedError { seconds }
}"""
"""Every way in which a move can be refused, with its facts."""

SHAPE = (
    """
fragment Shape on Dispute {
  id status stage outcome decidedBy decisionNote description asked openedAt closedAt
  amountRequested { amount currencyCode } amountApproved { amount }
  reason { handle label } order { number } messageCount unreadCount
  returnShipment { carrier trackingNumber shippedAt deliveredAt answer cost { amount } paidBy }
  returnTerms { paidBy cost { amount } } returnAddress { lines countryCode }
  refund { status dueAt cause amount { amount } }
  extensionAsked extensions
  offers { id madeBy type status amount { amount } returnPaidBy madeAt endedAt }
  buyerOffer { id amount { amount } returnPaidBy } sellerOffer { id amount { amount } returnPaidBy }
  deadlines { kind dueAt waitingFor consequence }
  actions { kind available until blockedBy { """
    + NO
    + """ } }
}"""
)

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
    {NO}
    ... on {result}Success {{ dispute {{ ...Shape }} }}
  }}
}}{SHAPE}"""


def answer(name: str, extra: str = "") -> str:
    """The mutation of one answer to an offer: disputeOfferAccept, …"""
    result = name[0].upper() + name[1:]
    return f"""
mutation Answer($id: ID!) {{
  {name}(input: {{offerId: $id{extra}}}) {{
    {NO}
    ... on {result}Success {{ offer {{ id status dispute {{ ...Shape }} }} }}
  }}
}}{SHAPE}"""


OFFER = (
    """
mutation Offer($id: ID!, $amount: Decimal!, $payer: ShippingPayer, $note: String! = "") {
  disputeOfferMake(input: {disputeId: $id, amount: $amount, returnPaidBy: $payer, note: $note}) {
    ... on DisputeOfferMakeSuccess { offer { id status dispute { ...Shape } } }
    ... on AmountTooHighError { maximum { amount } }"""
    + NO
    + "} }"
    + SHAPE
)


DISPUTE = "query Dispute($id: ID!) { dispute(id: $id) { ...Shape } }" + SHAPE

SEND = (
    """
mutation Send($id: ID!, $body: String!) {
  messageSend(input: {disputeId: $id, body: $body}) {
    ... on MessageSendSuccess {
      edge { cursor node { id body authorRole sentAt author { displayName } dispute { id } } }
    }"""
    + NO
    + "} }"
)

EVIDENCE = (
    """
mutation Evidence($id: ID!) {
  disputeEvidenceAdd(input: {disputeId: $id, type: OTHER, note: "See."}) {
    ... on DisputeEvidenceAddSuccess { edge { node { id } } }"""
    + NO
    + "} }"
)

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


async def offered(
    market: Market, actor: Actor, id_: str, amount: str, **more: Any
) -> dict[str, Any]:
    found = await market.ask(actor, OFFER, id=id_, amount=amount, **more)
    result: dict[str, Any] = found["disputeOfferMake"]
    return result


async def answered(
    market: Market, actor: Actor, name: str, offer_id: str, extra: str = ""
) -> dict[str, Any]:
    found = await market.ask(actor, answer(name, extra), id=offer_id)
    result: dict[str, Any] = found[name]
    return result


async def shown_to_all(market: Market, actor: Actor, id_: str) -> dict[str, Any]:
    """Hand in a piece of evidence."""
    result: dict[str, Any] = (await market.ask(actor, EVIDENCE, id=id_))["disputeEvidenceAdd"]
    return result


async def sent(market: Market, actor: Actor, id_: str, body: str) -> dict[str, Any]:
    answer = await market.ask(actor, SEND, id=id_, body=body)
    result: dict[str, Any] = answer["messageSend"]
    return result
