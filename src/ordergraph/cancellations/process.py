"""How an order is canceled: at once inside the window, by request after it where a policy allows that."""

from enum import StrEnum
from typing import Final

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, Timer, by_column
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.words import Words


class CancellationStatus(Words):
    """Where a cancellation stands. More values may come."""

    REQUESTED = "REQUESTED", "Asked for after the window; the seller decides."
    APPROVED = "APPROVED", "Done: the order, or the named part of it, is canceled."
    REJECTED = "REJECTED", "The seller keeps the order going."
    WITHDRAWN = "WITHDRAWN", "The buyer took the request back."


class CancellationAction(StrEnum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    SHIPPED = "SHIPPED"
    AUTO_APPROVE = "AUTO_APPROVE"


A, S = CancellationAction, CancellationStatus
BUYER, SELLER, OPERATOR, SYSTEM, _GATEWAY = Role

# fmt: off
CANCELLATION = Process(start=S.REQUESTED, moves=(
    #    from         action          who may              to            by itself at
    Move(S.REQUESTED, A.APPROVE,      {SELLER, OPERATOR},  S.APPROVED),
    Move(S.REQUESTED, A.REJECT,       {SELLER, OPERATOR},  S.REJECTED),
    Move(S.REQUESTED, A.WITHDRAW,     {BUYER},             S.WITHDRAWN),
    Move(S.REQUESTED, A.SHIPPED,      {SYSTEM},            S.REJECTED),   # shipping first answers the request
    Move(S.REQUESTED, A.AUTO_APPROVE, {SYSTEM},            S.APPROVED,    "response_due_at"),
))

TIMERS: Final = by_column(
    Timer("response_due_at", DeadlineKind.CANCELLATION_RESPONSE_DUE, SELLER, {
        "en": "Silence approves the cancellation.", "de": "Schweigen gilt als Zustimmung zur Stornierung."}),
)
# fmt: on

SHIP_TIMEOUT_REASON: Final = "shipping-timeout"
"""The reason row that the system uses when the seller never shipped."""
