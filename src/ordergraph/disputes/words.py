"""The words of disputes: where one stands, how it ends, what is asked for and offered."""

from ordergraph.kernel.words import Words


class DisputeStage(Words):
    """How far a dispute has gone. More values may come."""

    NEGOTIATION = "NEGOTIATION", "Buyer and seller look for an agreement."
    MEDIATION = "MEDIATION", "The operator decides."
    APPEAL = "APPEAL", "The operator looks at the decision once more."


class DisputeStatus(Words):
    """Where a dispute stands. More values may come."""

    AWAITING_SELLER = "AWAITING_SELLER", "The seller has to answer."
    AWAITING_BUYER = "AWAITING_BUYER", "The buyer has to answer."
    AWAITING_RETURN = "AWAITING_RETURN", "The buyer has to send the goods back."
    RETURN_IN_TRANSIT = "RETURN_IN_TRANSIT", "The goods are on their way back to the seller."
    UNDER_REVIEW = "UNDER_REVIEW", "The operator decides."
    RESOLVED = "RESOLVED", "Over; the outcome says how."


class DisputeOutcome(Words):
    """How a dispute ended. More values may come."""

    REFUNDED_FULL = "REFUNDED_FULL", "The buyer gets the whole sum that was asked for."
    REFUNDED_PARTIAL = "REFUNDED_PARTIAL", "The buyer gets a part of the sum."
    NO_REFUND = "NO_REFUND", "The buyer gets nothing."
    WITHDRAWN = "WITHDRAWN", "The buyer took the dispute back."


class DecidedBy(Words):
    """Who ended a dispute. More values may come."""

    AGREEMENT = "AGREEMENT", "Both sides agreed on an offer."
    SELLER = "SELLER", "The seller accepted."
    BUYER = "BUYER", "The buyer withdrew."
    OPERATOR = "OPERATOR", "The operator decided."
    DEADLINE = "DEADLINE", "A side stayed silent until its time was over."


class ResolutionAsked(Words):
    """What the buyer asks for. More values may come."""

    REFUND_ONLY = "REFUND_ONLY", "Money back, the goods stay."
    RETURN_AND_REFUND = "RETURN_AND_REFUND", "The goods go back, then the money."


class DisputeParty(Words):
    """The two sides of a dispute; there will never be a third."""

    BUYER = "BUYER", "Who bought."
    SELLER = "SELLER", "Who sold."


class OfferType(Words):
    """What is offered. More values may come."""

    REFUND = "REFUND", "The whole sum that was asked for; the goods stay."
    PARTIAL_REFUND = "PARTIAL_REFUND", "A part of the sum; the goods stay."
    REFUND_WITH_RETURN = "REFUND_WITH_RETURN", "Money once the goods are back."


class OfferStatus(Words):
    """What became of an offer. More values may come."""

    OPEN = "OPEN", "It stands, and can be accepted."
    ACCEPTED = "ACCEPTED", "The other side accepted it."
    DECLINED = "DECLINED", "The other side said no."
    SUPERSEDED = "SUPERSEDED", "Its maker made another one."
    WITHDRAWN = "WITHDRAWN", "Its maker took it back."
    EXPIRED = "EXPIRED", "The dispute ended, or went on, without it."


class MessageKind(Words):
    """What a line of a thread is. More values may come."""

    TEXT = "TEXT", "Somebody wrote it."
    EVENT = "EVENT", "Something happened; the body says what, in the reader's language."


class ShippingPayer(Words):
    """Who pays for sending the goods back. More values may come."""

    BUYER = "BUYER", "The buyer: the refund is smaller by it."
    SELLER = "SELLER", "The seller."
    PLATFORM = "PLATFORM", "The marketplace."


class EvidenceType(Words):
    """What a piece of evidence shows. More values may come."""

    PHOTO = "PHOTO", "A picture of the goods or the parcel."
    VIDEO = "VIDEO", "A film of the goods or the parcel."
    PROOF_OF_SHIPMENT = "PROOF_OF_SHIPMENT", "That the goods were handed to the carrier."
    PROOF_OF_DELIVERY = "PROOF_OF_DELIVERY", "That the goods came."
    PROOF_OF_RETURN = "PROOF_OF_RETURN", "That the goods were sent back."
    PROOF_OF_DAMAGE = "PROOF_OF_DAMAGE", "What the carrier, or an expert, says of the damage."
    ITEM_DESCRIPTION = "ITEM_DESCRIPTION", "What was promised: the listing, the manual."
    CONVERSATION = "CONVERSATION", "What was agreed on elsewhere."
    OTHER = "OTHER", "Something else: the note says what."


class ReturnAcknowledgement(Words):
    """What the seller says of goods that came back. More values may come."""

    ITEM_RECEIVED = "ITEM_RECEIVED", "They are back, as they should be."
    ITEM_NOT_RECEIVED = "ITEM_NOT_RECEIVED", "Nothing came."
    DAMAGED = "DAMAGED", "They are back, but damaged."
    EMPTY_PACKAGE_OR_DIFFERENT = (
        "EMPTY_PACKAGE_OR_DIFFERENT",
        "The parcel was empty, or something else was in it.",
    )
    MISSING_ITEMS = "MISSING_ITEMS", "A part is missing."
