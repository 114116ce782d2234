"""What a seller's rule did, in the seller's name; `by_rule` is the version of the rules."""

from dataclasses import dataclass

from ordergraph.disputes.events import DisputeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeAcceptedByRule(DisputeEvent):
    type = "dispute.accepted_by_rule"
    says = {
        "en": "A rule of the seller's granted the money at once; the goods stay.",
        "de": "Eine Regel des Verkäufers gewährte das Geld sofort; die Ware bleibt.",
    }
    by_rule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMadeByRule(DisputeEvent):
    type = "dispute.offered_by_rule"
    says = {
        "en": "A rule of the seller's offers the money for goods that need not be sent back.",
        "de": "Eine Regel des Verkäufers bietet das Geld an, ohne dass die Ware zurückgeht.",
    }
    by_rule: int
