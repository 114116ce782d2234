"""The numbers that a marketplace chooses, frozen into each order when it is placed."""

from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Times are whole seconds. A changed policy never changes an order that exists."""

    # fmt: off
    payment_window_s: int = 30 * MINUTE   # unpaid that long: EXPIRED
    cancel_window_s: int = 24 * HOUR      # the buyer cancels alone, from payment
    ship_by_s: int = 7 * DAY              # not shipped: canceled, the seller's fault
    presumed_delivered_s: int = 30 * DAY  # after shipping, where no date was promised
    promised_max_s: int = 60 * DAY        # after shipping, as far as a promised date may lie ahead
    protection_s: int = 15 * DAY          # after delivery the buyer may open a dispute
    refund_delay_s: int = 7 * DAY         # the promise: sent at the latest
    hold_max_s: int = 7 * DAY             # an operator may hold a refund that long
    refund_action_s: int = 14 * DAY       # declined and nobody acted: store credit
    late_cancellation_response_s: int = 48 * HOUR
    seller_response_s: int = 5 * DAY      # silence settles on the buyer's terms
    buyer_response_s: int = 7 * DAY       # silence closes without refund
    negotiation_s: int = 15 * DAY         # then the operator decides
    return_ship_s: int = 10 * DAY
    return_ack_s: int = 30 * DAY
    decision_s: int = 30 * DAY            # the operator's own clock: then refund, at the platform's cost
    late_cancellation: bool = False       # requests after the window, when the marketplace allows them
    # fmt: on

    def __post_init__(self) -> None:
        for f in fields(self):
            assert getattr(self, f.name) >= 0, f"{f.name} must not be negative"

    def to_json(self) -> dict[str, int | bool]:
        return asdict(self)

    @classmethod
    def from_json(cls, numbers: dict[str, int | bool]) -> "Policy":
        known = {f.name for f in fields(cls)}
        chosen: dict[str, Any] = {k: v for k, v in numbers.items() if k in known}
        return cls(**chosen)

    def span(self, name: str) -> timedelta:
        """Return one of the `…_s` numbers as a duration."""
        return timedelta(seconds=getattr(self, name))
