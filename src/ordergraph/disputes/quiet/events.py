"""The one fact of quiet settlement: that it happened."""

from dataclasses import dataclass

from ordergraph.disputes.events import DisputeEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSettled(DisputeEvent):
    """By whoever set a limit last. Setting one that meets no other is no event."""

    type = "dispute.settled"
    says = {
        "en": "Both sides' private limits met: settled in the middle.",
        "de": "Die privaten Grenzen beider Seiten trafen sich: Einigung in der Mitte.",
    }
