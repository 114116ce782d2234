"""What the apps of the story send."""

from typing import Final

MONEY: Final = """
fragment Sum on Money { amount currencyCode }
"""
ORDER: Final = (
    """
fragment Card on Order {
  id number status paymentStatus placedAt canCancel cancelableUntil
  total { ...Sum } refunded { ...Sum } refundable { ...Sum }
  trackingNumber deliveredAt protectionEndsAt
  actions { kind available until blockedBy { __typename message } }
  lines { id title quantity canceledQuantity paid { ...Sum } }
}
"""
    + MONEY
)
REFUND: Final = """
fragment Promise on Refund {
  id status cause createdAt dueAt sentAt settledAt
  amount { ...Sum } shipping { ...Sum } adjustment { ...Sum }
  lines { quantity amount { ...Sum } }
  steps { kind state at }
}
"""
DISPUTE: Final = (
    """
fragment Case on Dispute {
  id status stage outcome decidedBy closedAt unreadCount
  amountRequested { ...Sum } amountApproved { ...Sum }
  deadlines { kind dueAt waitingFor consequence }
  actions { kind available }
  refund { ...Promise }
}
"""
    + REFUND
)

NOW: Final = "query Now { now }"

CLOCK_ADVANCE: Final = """
mutation ClockAdvance($input: TestClockAdvanceInput!) {
  testClockAdvance(input: $input) {
    __typename
    ... on TestClockAdvanceSuccess { now }
    ... on UserError { message }
  }
}
"""
PLACE: Final = (
    """
mutation Place($input: OrderPlaceInput!) {
  orderPlace(input: $input) {
    __typename
    ... on OrderPlaceSuccess { order { ...Card } }
    ... on UserError { message }
  }
}
"""
    + ORDER
)
LOOK: Final = (
    """
query Look($id: ID!) {
  order(id: $id) { ...Card refunds { ...Promise } }
}
"""
    + ORDER
    + REFUND
)
PURCHASES: Final = (
    """
query Purchases {
  viewer { purchases(first: 5) { nodes { ...Card } } }
}
"""
    + ORDER
)
PREVIEW: Final = (
    """
query Preview($id: ID!, $lines: [LineQuantityInput!]) {
  order(id: $id) {
    cancellationPreview(lines: $lines) {
      amount { ...Sum } whole method dueAt blockedBy { __typename message }
    }
  }
}
"""
    + MONEY
)
REASONS: Final = """
query Reasons($context: ReasonContext!) {
  reasons(context: $context) { handle label }
}
"""
CANCEL: Final = (
    """
mutation Cancel($input: OrderCancelInput!) {
  orderCancel(input: $input) {
    __typename
    ... on OrderCancelSuccess {
      order { ...Card }
      cancellation { id canceledAt requestedBy whole reason { handle } }
      refund { ...Promise }
    }
    ... on UserError { message }
    ... on CancelWindowClosedError { closedAt }
    ... on OrderAlreadyShippedError { shippedAt carrier trackingNumber }
    ... on OrderAlreadyCanceledError { canceledAt }
    ... on IdempotencyError { retryable }
    ... on NotFoundError { what }
  }
}
"""
    + ORDER
    + REFUND
)
RELEASE: Final = (
    """
mutation Release($input: RefundReleaseInput!) {
  refundRelease(input: $input) {
    __typename
    ... on RefundReleaseSuccess { refund { ...Promise } }
    ... on UserError { message }
  }
}
"""
    + REFUND
    + MONEY
)
REFUND_UPDATED: Final = (
    """
subscription RefundUpdated($orderId: ID!) {
  refundUpdated(orderId: $orderId) { ...Promise }
}
"""
    + REFUND
    + MONEY
)
NOTIFICATIONS: Final = """
query Notifications {
  viewer { notifications(first: 50) { nodes { type title order { id } } } }
}
"""
TIMELINE: Final = """
query Timeline($id: ID!) {
  order(id: $id) { timeline(first: 100) { nodes { type actor occurredAt summary } } }
}
"""
SHIP: Final = (
    """
mutation Ship($input: OrderShipInput!) {
  orderShip(input: $input) {
    __typename
    ... on OrderShipSuccess { order { ...Card } }
    ... on UserError { message }
  }
}
"""
    + ORDER
)
CONFIRM: Final = (
    """
mutation Confirm($input: OrderConfirmReceiptInput!) {
  orderConfirmReceipt(input: $input) {
    __typename
    ... on OrderConfirmReceiptSuccess { order { ...Card } }
    ... on UserError { message }
  }
}
"""
    + ORDER
)


def _dispute(action: str, more: str = "") -> str:
    """The moves of a dispute look alike: one input, the dispute as it stands afterwards."""
    name = f"dispute{action}"
    return f"""
mutation {action}($input: Dispute{action}Input!) {{
  {name}(input: $input) {{
    __typename
    ... on Dispute{action}Success {{ dispute {{ ...Case }} }}
    ... on UserError {{ message }}{more}
  }}
}}
{DISPUTE}{MONEY}"""


DISPUTE_OPEN: Final = _dispute("Open")
DISPUTE_ACCEPT: Final = _dispute("Accept")
DISPUTE_REFUSE: Final = _dispute("Refuse")
DISPUTE_ESCALATE: Final = _dispute("Escalate")
DISPUTE_DECIDE: Final = _dispute("Decide", "\n    ... on NotYourTurnError { waitingFor until }")
DISPUTE_LOOK: Final = (
    """
query DisputeLook($id: ID!) {
  dispute(id: $id) { ...Case }
}
"""
    + DISPUTE
    + MONEY
)
DISPUTE_UPDATED: Final = (
    """
subscription DisputeUpdated($disputeId: ID!) {
  disputeUpdated(disputeId: $disputeId) { ...Case }
}
"""
    + DISPUTE
    + MONEY
)
MESSAGE_SEND: Final = """
mutation MessageSend($input: MessageSendInput!) {
  messageSend(input: $input) {
    __typename
    ... on MessageSendSuccess { edge { cursor node { id body } } }
    ... on UserError { message }
  }
}
"""
MESSAGE_ADDED: Final = """
subscription MessageAdded($disputeId: ID!, $after: String) {
  messageAdded(disputeId: $disputeId, after: $after) {
    cursor
    node { id body authorRole sentAt }
  }
}
"""
