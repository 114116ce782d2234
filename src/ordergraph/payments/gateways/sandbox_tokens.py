"""The sandbox's test tokens: what a payment with each of them, and refunds of it, go through."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Fault(Enum):
    """What happens to a call besides its effect; CUT and LOST once for each key."""

    CUT = auto()
    """The line is cut before the effect."""
    LOST = auto()
    """It has its effect, and the answer is lost."""
    SLOW = auto()
    """The answer takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one kind of call is answered.

    `declined` and `fails` are codes; a decline is for every key, or for the `only_first`. `busy`
    calls of a key are answered "too often" before one is heard. What is `pending` succeeds later,
    unless it `fails` then.
    """

    declined: str | None = None
    only_first: bool = False
    fault: Fault | None = None
    busy: int = 0
    pending: bool = False
    fails: str | None = None
    forgets_keys: bool = False


@dataclass(frozen=True, slots=True)
class Behavior:
    capture: Manner
    refund: Manner


FINE: Final = Manner()


def _declined(code: str) -> Manner:
    return Manner(declined=code)


# fmt: off
TOKENS: Final[dict[str, Behavior]] = {
    # token                                how it is captured, how refunds of it go
    "tok_ok":                              Behavior(FINE, FINE),

    "tok_capture_declined":                Behavior(_declined("DECLINED"), FINE),
    "tok_capture_insufficient_funds":      Behavior(_declined("INSUFFICIENT_FUNDS"), FINE),
    "tok_capture_card_expired":            Behavior(_declined("CARD_EXPIRED"), FINE),
    "tok_capture_authentication_required": Behavior(_declined("AUTHENTICATION_REQUIRED"), FINE),
    "tok_capture_cut":                     Behavior(Manner(fault=Fault.CUT), FINE),
    "tok_capture_lost":                    Behavior(Manner(fault=Fault.LOST), FINE),
    "tok_capture_slow":                    Behavior(Manner(fault=Fault.SLOW), FINE),
    "tok_capture_busy":                    Behavior(Manner(busy=2), FINE),

    "tok_refund_declined":                 Behavior(FINE, _declined("DECLINED")),
    "tok_refund_card_lost":                Behavior(FINE, _declined("CARD_LOST")),
    "tok_refund_card_expired":             Behavior(FINE, _declined("CARD_EXPIRED")),
    "tok_refund_account_closed":           Behavior(FINE, _declined("ACCOUNT_CLOSED")),
    "tok_refund_insufficient_funds":       Behavior(FINE, _declined("INSUFFICIENT_FUNDS")),
    "tok_refund_payment_disputed":         Behavior(FINE, _declined("PAYMENT_DISPUTED")),
    "tok_refund_declined_once":            Behavior(FINE, Manner(declined="DECLINED", only_first=True)),
    "tok_refund_cut":                      Behavior(FINE, Manner(fault=Fault.CUT)),
    "tok_refund_lost":                     Behavior(FINE, Manner(fault=Fault.LOST)),
    "tok_refund_slow":                     Behavior(FINE, Manner(fault=Fault.SLOW)),
    "tok_refund_busy":                     Behavior(FINE, Manner(busy=2)),
    "tok_refund_pending":                  Behavior(FINE, Manner(pending=True)),
    "tok_refund_pending_declined":         Behavior(FINE, Manner(pending=True, fails="ACCOUNT_CLOSED")),
    "tok_refund_key_forgotten":            Behavior(FINE, Manner(fault=Fault.LOST, forgets_keys=True)),
}
# fmt: on
UNKNOWN_TOKEN: Final = Behavior(_declined("INVALID_PAYMENT_METHOD"), FINE)
PENDING: Final = [token for token, behavior in TOKENS.items() if behavior.refund.pending]


def behavior(token: str | None) -> Behavior:
    """Without a token everything goes well; one that is not in the table is declined."""
    return TOKENS["tok_ok"] if token is None else TOKENS.get(token, UNKNOWN_TOKEN)
