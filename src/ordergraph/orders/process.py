"""What can happen to an order. Read this file first."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, Timer, by_column
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import NotAllowed, Refusal
from ordergraph.kernel.words import Words


class OrderStatus(Words):
    """Where an order stands. More values may come: show unknown ones as they are."""

    PENDING_PAYMENT = "PENDING_PAYMENT", "Placed; the payment is not captured yet."
    PROCESSING = "PROCESSING", "Paid; the seller prepares it. The buyer's cancel window runs."
    SHIPPED = "SHIPPED", "On its way; it cannot be canceled any more."
    DELIVERED = "DELIVERED", "Received, or presumed so. The buyer's protection runs."
    COMPLETED = "COMPLETED", "The protection is over; the seller is paid out."
    CANCELED = "CANCELED", "Canceled as a whole before shipping."
    EXPIRED = "EXPIRED", "Never paid: the time ran out, or the payment was declined."


class OrderAction(StrEnum):
    PAYMENT_CAPTURED = "PAYMENT_CAPTURED"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    CANCEL = "CANCEL"
    CANCEL_LINES = "CANCEL_LINES"
    EXPIRE = "EXPIRE"
    CLOSE_CANCEL_WINDOW = "CLOSE_CANCEL_WINDOW"
    SHIP = "SHIP"
    SHIP_TIMEOUT = "SHIP_TIMEOUT"
    MARK_DELIVERED = "MARK_DELIVERED"
    CONFIRM_RECEIPT = "CONFIRM_RECEIPT"
    DELIVERY_TIMEOUT = "DELIVERY_TIMEOUT"
    COMPLETE = "COMPLETE"


A, S = OrderAction, OrderStatus
BUYER, SELLER, OPERATOR, SYSTEM, GATEWAY = Role

# fmt: off
ORDER = Process(start=S.PENDING_PAYMENT, moves=(
    #    from               action                 who may                     to                  by itself at
    Move(S.PENDING_PAYMENT, A.PAYMENT_CAPTURED,    {GATEWAY},                  S.PROCESSING),
    Move(S.PENDING_PAYMENT, A.PAYMENT_DECLINED,    {GATEWAY},                  S.EXPIRED),         # told at once; another try is another order
    Move(S.PENDING_PAYMENT, A.CANCEL,              {BUYER, SELLER, OPERATOR},  S.CANCELED),
    Move(S.PENDING_PAYMENT, A.EXPIRE,              {SYSTEM},                   S.EXPIRED,          "payment_due_at"),
    Move(S.PROCESSING,      A.CANCEL,              {BUYER, SELLER, OPERATOR, SYSTEM}, S.CANCELED), # the buyer inside the window; system: silence granted a late request
    Move(S.PROCESSING,      A.CANCEL_LINES,        {BUYER, SELLER, OPERATOR, SYSTEM}, S.PROCESSING),  # some lines or quantities stay
    Move(S.PROCESSING,      A.CLOSE_CANCEL_WINDOW, {SYSTEM},                   S.PROCESSING,       "cancelable_until"),
    Move(S.PROCESSING,      A.SHIP,                {SELLER, OPERATOR},         S.SHIPPED),         # ends the window at once
    Move(S.PROCESSING,      A.SHIP_TIMEOUT,        {SYSTEM},                   S.CANCELED,         "ship_by_at"),
    Move(S.SHIPPED,         A.MARK_DELIVERED,      {SELLER, OPERATOR, GATEWAY}, S.DELIVERED),      # gateway: the carrier, whose proof an operator passes on
    Move(S.SHIPPED,         A.CONFIRM_RECEIPT,     {BUYER},                    S.DELIVERED),       # starts the same protection
    Move(S.SHIPPED,         A.DELIVERY_TIMEOUT,    {SYSTEM},                   S.DELIVERED,        "presumed_delivered_at"),
    Move(S.DELIVERED,       A.COMPLETE,            {SYSTEM},                   S.COMPLETED,        "protection_ends_at"),  # no open dispute
))

TIMERS: Final = by_column(
    Timer("payment_due_at", DeadlineKind.PAYMENT_DUE, BUYER, {
        "en": "Without payment the order expires.", "de": "Ohne Zahlung verfällt die Bestellung."}),
    Timer("cancelable_until", DeadlineKind.CANCEL_WINDOW_CLOSES, BUYER, {
        "en": "The order can no longer be canceled by the buyer.", "de": "Die Bestellung kann nicht mehr storniert werden."}),
    Timer("ship_by_at", DeadlineKind.SHIP_BY, SELLER, {
        "en": "The order is canceled and refunded at once.", "de": "Die Bestellung wird storniert und sofort erstattet."}),
    Timer("presumed_delivered_at", DeadlineKind.PRESUMED_DELIVERED, BUYER, {
        "en": "The parcel counts as delivered.", "de": "Das Paket gilt als zugestellt."}),
    Timer("protection_ends_at", DeadlineKind.PROTECTION_ENDS, BUYER, {
        "en": "The order is complete; no dispute can be opened.", "de": "Die Bestellung ist abgeschlossen; ein Streitfall ist nicht mehr möglich."}),
)

LOOKS: Final = (
    # after payment_due_at  by then it has come, if it does
    timedelta(),            # of an order that was canceled before: a capture that was under way then
    timedelta(minutes=10),  # a call that was long on its way, beyond our timeout
    timedelta(hours=1),
    timedelta(hours=6),     # what a provider does when an outage is over
    timedelta(days=1),      # what it does under a key that it still knows: they live for a day
    timedelta(days=3),
    timedelta(days=7),      # an ACH debit: 4 to 5 working days
    timedelta(days=15),     # the slowest methods, such as a SEPA debit: up to 14 days
)
"""When the gateway is asked whether an order that ended unpaid was paid all the same; then it is
given up. No capture begins after payment_due_at, so all is counted from there.
"""
# fmt: on

PROVE_DELIVERY: Final = "PROVE_DELIVERY"
"""What passing on the carrier's proof is called in refusals: in the table it is the carrier's own move."""
CARRIERS_VOICES: Final = frozenset({OPERATOR, GATEWAY})
"""Who passes it on. No party does: it decides what becomes of a dispute between them."""
UNSHIPPED: Final = frozenset({S.PENDING_PAYMENT, S.PROCESSING})
GONE: Final = frozenset({S.SHIPPED, S.DELIVERED, S.COMPLETED})


def next_look(due_at: datetime, now: datetime) -> datetime | None:
    """The first of LOOKS that is still to come; those that nobody took are not made up for."""
    return next((due_at + after for after in LOOKS if due_at + after > now), None)


class OrderFacts(Protocol):
    """What decides; a row of the database has it."""

    status: OrderStatus
    cancelable_until: datetime | None
    ship_by_at: datetime | None


class ClockFacts(Protocol):
    """What an order's own clocks look at, and what they move."""

    status: OrderStatus
    ship_by_at: datetime | None
    presumed_delivered_at: datetime | None
    delivered_at: datetime | None
    protection_ends_at: datetime | None
    disputed_at: datetime | None
    canceled_at: datetime | None

    @property
    def policy(self) -> Policy: ...


Clocked = TypeVar("Clocked", bound=ClockFacts)


class DisputedFacts(Protocol):
    """What decides how long the buyer is protected once nothing is open any more."""

    delivered_at: datetime | None
    protection_ends_at: datetime | None
    disputed_at: datetime | None


class OrderStory(OrderFacts, ClockFacts, Protocol):
    """And what a refusal tells, of an order that has left or was canceled."""

    shipped_at: datetime | None
    carrier: str | None
    tracking_number: str | None


@dataclass(eq=False)
class CancelWindowClosed(Refusal):
    closed_at: datetime
    says = {
        "en": "The time to cancel ended on {closed_at:%Y-%m-%d at %H:%M} UTC.",
        "de": "Die Frist zum Stornieren endete am {closed_at:%d.%m.%Y um %H:%M} UTC.",
    }


@dataclass(eq=False)
class OrderAlreadyShipped(Refusal):
    shipped_at: datetime | None
    carrier: str | None
    tracking_number: str | None
    says = {
        "en": "The order has been shipped already. When it has come, the buyer may open a dispute.",
        "de": "Die Bestellung ist schon unterwegs. Nach der Ankunft ist ein Streitfall möglich.",
    }


@dataclass(eq=False)
class OrderAlreadyCanceled(Refusal):
    canceled_at: datetime | None
    says = {
        "en": "The order has been canceled already.",
        "de": "Die Bestellung ist schon storniert.",
    }


def why_not(action: OrderAction, order: OrderStory, role: Role, now: datetime) -> Refusal | None:
    """Say why this role may not do this now, or None: the one rule behind mutations and buttons."""
    order = as_of(order, now)
    guard = _GUARDS.get(action) if role in ORDER.roles(action) else None
    refused = guard(order, role, now) if guard else None
    return refused or ORDER.refusal(action, order.status, role)


def why_not_prove(role: Role) -> Refusal | None:
    """Say why this role cannot pass on the carrier's proof that a parcel has come."""
    return None if role in CARRIERS_VOICES else NotAllowed(action=PROVE_DELIVERY, role=role)


def overdue(order: ClockFacts, now: datetime) -> OrderAction | None:
    """The move that the order's own clock should have made by now, whether or not a worker has run.

    A payment that is due is the gateway's affair: it may be there, and nobody has heard of it yet.
    """
    due_at, action = _next_move(order)
    return action if due_at is not None and now >= due_at else None


def as_of(order: Clocked, now: datetime) -> Clocked:
    """The order as its clocks would have left it by now: to judge by, and never to be stored.

    Each move counts from its own due time, as if a worker had made it then.
    """
    match overdue(order, now):
        case A.SHIP_TIMEOUT:
            return moved(order, status=S.CANCELED, canceled_at=order.ship_by_at)
        case A.DELIVERY_TIMEOUT:
            came_at = order.presumed_delivered_at
            assert came_at is not None, "what is overdue has its moment"
            ends_at = came_at + order.policy.span("protection_s")
            come = moved(
                order, status=S.DELIVERED, delivered_at=came_at, protection_ends_at=ends_at
            )
            return as_of(come, now)
        case A.COMPLETE:
            return moved(order, status=S.COMPLETED)
    return order


def on_its_way_until(order: ClockFacts, now: datetime) -> datetime | None:
    """Until when people can say that a parcel has come: then it counts as there by itself."""
    waits = as_of(order, now).status is S.SHIPPED and order.disputed_at is None
    return order.presumed_delivered_at if waits else None


def moved(order: Clocked, **columns: object) -> Clocked:
    """A copy of the order with these columns."""
    found = copy(order)
    for name, value in columns.items():
        setattr(found, name, value)
    return found


def canceled_at(action: OrderAction, order: OrderFacts, now: datetime) -> datetime:
    """When it ended: what was not shipped in time, at that moment, however late the worker is."""
    return (order.ship_by_at if action is A.SHIP_TIMEOUT else None) or now


def _next_move(order: ClockFacts) -> tuple[datetime | None, OrderAction | None]:
    """While a dispute or an appeal is open, nothing happens by itself to what has left the seller."""
    if order.status is S.PROCESSING:
        return order.ship_by_at, A.SHIP_TIMEOUT
    if order.status is S.SHIPPED and order.disputed_at is None:
        return order.presumed_delivered_at, A.DELIVERY_TIMEOUT
    if order.status is S.DELIVERED and order.disputed_at is None:
        return order.protection_ends_at, A.COMPLETE
    return None, None


def stood_still(order: DisputedFacts, now: datetime) -> timedelta:
    """How much of the protection a dispute, or an appeal, that ends now has taken from the buyer.

    Nothing before the parcel has come, and nothing of a protection that was over when it began.
    """
    assert order.disputed_at is not None, "only what was stopped can run on"
    if order.delivered_at is None or order.protection_ends_at is None:
        return timedelta()
    since = max(order.disputed_at, order.delivered_at)
    return now - since if since < order.protection_ends_at else timedelta()


def over_since(order: OrderFacts, now: datetime) -> datetime | None:
    """When the time in which the buyer may cancel alone was over, if it is: on the second."""
    until = order.cancelable_until
    return until if until is not None and now >= until else None


def running_clocks(order: OrderFacts, now: datetime) -> list[str]:
    """Columns of what happens by itself. A window that is over does not, though nobody may have said so yet."""
    over = {"cancelable_until"} if over_since(order, now) else set()
    return [
        move.clock for move in ORDER.clocks(order.status) if move.clock and move.clock not in over
    ]


def _cancel_guard(order: OrderStory, role: Role, now: datetime) -> Refusal | None:
    """The buyer cancels alone inside the window; nobody cancels what has left the seller."""
    if order.status in GONE:
        return OrderAlreadyShipped(order.shipped_at, order.carrier, order.tracking_number)
    if order.status is S.CANCELED:
        return OrderAlreadyCanceled(order.canceled_at)
    if role is BUYER and order.status is S.PROCESSING and (closed_at := over_since(order, now)):
        return CancelWindowClosed(closed_at)
    return None


def _ship_guard(order: OrderStory, role: Role, now: datetime) -> Refusal | None:  # noqa: ARG001  (one shape for all guards)
    if order.status is S.CANCELED:
        return OrderAlreadyCanceled(order.canceled_at)
    return None


Guard = Callable[[OrderStory, Role, datetime], Refusal | None]
_GUARDS: Final[dict[OrderAction, Guard]] = {
    A.CANCEL: _cancel_guard,
    A.CANCEL_LINES: _cancel_guard,
    A.SHIP: _ship_guard,
}
