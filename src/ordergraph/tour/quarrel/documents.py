"""What the apps of the long dispute send."""

from typing import Final

from ordergraph.tour import documents

SUIT: Final = (
    """
fragment Proposal on Offer { id madeBy type status amount { ...Sum } returnPaidBy }
fragment Plea on Appeal {
  id status amountAsked { ...Sum } amountGranted { ...Sum } refund { ...Promise }
}
fragment Suit on Dispute {
  ...Case
  asked description messageCount extensionAsked extensions
  buyerOffer { ...Proposal } sellerOffer { ...Proposal } offers { ...Proposal }
  myLimit { amount { ...Sum } changesLeft }
  returnTerms { paidBy cost { ...Sum } }
  returnAddress { lines countryCode }
  returnShipment { carrier deliveredAt answer }
  evidenceChecklist { providedCount totalCount missing items { side type required provided } }
  assignedTo { displayName }
  internalNotes { nodes { body } }
  decision { outcome amount { ...Sum } returnPaidBy }
  appeals { ...Plea }
}
"""
    + documents.DISPUTE
)
CASE: Final = SUIT + documents.MONEY
LINE: Final = """
fragment Line on Message { id kind eventType authorRole body warning }
"""
FILE: Final = """
fragment File on Attachment {
  id status size sha256
  upload { url headers { name value } } download { url headers { name value } }
}
"""
DECLARED: Final = (
    """
fragment Declared on Withdrawal {
  id status confirmedAt
  statement { text refund { ...Sum } returnPaidBy sendBackBy refundBy }
  dispute { ...Case }
  acknowledgement { text sha256 url }
}
"""
    + documents.DISPUTE
    + documents.MONEY
)


def _does(name: str, shows: str, fragments: str = "") -> str:
    """The mutations look alike: one input, and what a success shows."""
    kind = name[0].upper() + name[1:]
    return f"""
mutation {kind}($input: {kind}Input!) {{
  {name}(input: $input) {{
    __typename
    ... on {kind}Success {{ {shows} }}
    ... on UserError {{ message }}
  }}
}}
{fragments}"""


def _moves(name: str) -> str:
    return _does(name, "dispute { ...Suit }", CASE)


RETURN_ADDRESS_SET: Final = _does("returnAddressSet", "returnAddress { lines }")
PREVIEW: Final = (
    """
query DisputePreview($id: ID!, $reason: String) {
  order(id: $id) {
    disputePreview(reasonHandle: $reason) {
      maximum { ...Sum } returnShipping { ...Sum } returnPaidBy until blockedBy { message }
    }
  }
}
"""
    + documents.MONEY
)
SUGGESTED: Final = """
query Suggested {
  reasons(context: DISPUTE) { handle label suggestedMessage(role: BUYER) }
}
"""
NEWEST: Final = (
    """
query Newest {
  viewer { purchases(first: 1) { nodes { ...Card dispute { ...Suit } } } }
}
"""
    + documents.ORDER
    + SUIT
)
LOOK: Final = (
    """
query Look($id: ID!) {
  dispute(id: $id) {
    ...Suit
    messages(first: 100) { nodes { ...Line } }
    order { timeline(first: 100) { nodes { type hash } } }
  }
}
"""
    + CASE
    + LINE
)
OPEN: Final = _moves("disputeOpen")
OFFER_MAKE: Final = _does("disputeOfferMake", "offer { dispute { ...Suit } }", CASE)
OFFER_DECLINE: Final = _does("disputeOfferDecline", "offer { status dispute { ...Suit } }", CASE)
EXTENSION_ASK: Final = _moves("disputeExtensionAsk")
EXTENSION_GRANT: Final = _moves("disputeExtensionGrant")
LIMIT_SET: Final = _moves("disputeLimitSet")
ESCALATE: Final = _moves("disputeEscalate")
ASSIGN: Final = _moves("disputeAssign")
EVIDENCE_REQUEST: Final = _moves("disputeEvidenceRequest")
DECIDE: Final = _moves("disputeDecide")
RETURN_SHIP: Final = _moves("returnShip")
RETURN_DELIVERED: Final = _moves("returnMarkDelivered")
RETURN_ACKNOWLEDGE: Final = _moves("returnAcknowledge")
APPEAL: Final = _does("disputeAppeal", "appeal { ...Plea } dispute { ...Suit }", CASE)
APPEAL_GRANT: Final = _does("appealGrant", "appeal { ...Plea dispute { ...Suit } }", CASE)
NOTE_ADD: Final = _does("disputeNoteAdd", "edge { node { body } }")
EVIDENCE_ADD: Final = _does(
    "disputeEvidenceAdd",
    "edge { node { type note attachments { ...File } dispute { ...Suit } } }",
    FILE + CASE,
)
ATTACHMENT_CREATE: Final = _does("attachmentCreate", "attachment { ...File }", FILE)
ATTACHMENT_CONFIRM: Final = _does("attachmentConfirm", "attachment { ...File }", FILE)
THREAD: Final = (
    """
subscription Thread($disputeId: ID!) {
  messageAdded(disputeId: $disputeId) { node { ...Line } }
}
"""
    + LINE
)
QUEUE: Final = (
    """
query Queue($filter: DisputeQueueFilterInput) {
  disputeQueue(first: 100, filter: $filter) { nodes { ...Suit } }
}
"""
    + CASE
)
PACK: Final = """
query Pack($id: ID!) {
  dispute(id: $id) { evidencePack { json { url } pdf { url } } }
}
"""
INTEGRITY: Final = """
query Integrity($id: ID!) {
  order(id: $id) {
    timeline(first: 100) { nodes { hash } }
    timelineIntegrity { intact events brokenAt lastHash }
  }
}
"""
WITHDRAWAL_START: Final = _does("withdrawalStart", "withdrawal { ...Declared }", DECLARED)
WITHDRAWAL_CONFIRM: Final = _does("withdrawalConfirm", "withdrawal { ...Declared }", DECLARED)
