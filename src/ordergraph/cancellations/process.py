"""How an order is canceled: at once inside the window, by request after it where a policy allows that."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, Timer, by_column
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words
from ordergraph.orders import process as orders
from ordergraph.orders.process import CancelWindowClosed, OrderAction, OrderStatus


class CancellationStatus(Words):
    """Where a cancellation stands. More values may come."""

    REQUESTED = "REQUESTED", "Asked for after the window; the seller decides."
    APPROVED = "APPROVED", "Done: the order, or the named part of it, is canceled."
    REJECTED = "REJECTED", "The order goes on: the seller said so, or has shipped it."
    WITHDRAWN = (
        "WITHDRAWN",
        "Over without an answer: the buyer took it back, or what it asked for was canceled otherwise.",
    )


class CancellationAction(StrEnum):
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    SHIPPED = "SHIPPED"
    OVERTAKEN = "OVERTAKEN"
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
    Move(S.REQUESTED, A.OVERTAKEN,    {SYSTEM},            S.WITHDRAWN),  # the seller, an operator or the ship timeout canceled it all
    Move(S.REQUESTED, A.AUTO_APPROVE, {SYSTEM},            S.APPROVED,    "response_due_at"),
))

TIMERS: Final = by_column(
    Timer("response_due_at", DeadlineKind.CANCELLATION_RESPONSE_DUE, SELLER, {
        "en": "Silence approves the cancellation.", "de": "Schweigen gilt als Zustimmung zur Stornierung."}),
)
# fmt: on

SHIP_TIMEOUT_REASON: Final = "shipping-timeout"
WITHDRAWAL_REASON: Final = "eu-withdrawal"
"""The reason row that the system uses when the seller never shipped."""


@dataclass(eq=False)
class CancellationAlreadyRequested(Refusal):
    """One request at a time. `response_due_at`: the seller's silence approves it then."""

    response_due_at: datetime
    says = {
        "en": "The seller was asked already and has until {response_due_at:%Y-%m-%d %H:%M} UTC to answer.",
        "de": "Der Verkäufer ist schon gefragt und hat bis {response_due_at:%d.%m.%Y %H:%M} UTC Zeit.",
    }


@dataclass(eq=False)
class CancellationRefused(Refusal):
    """A no stands: the buyer cannot ask until the seller gives in."""

    refused_at: datetime
    says = {
        "en": "It was refused on {refused_at:%Y-%m-%d at %H:%M} UTC to cancel this order.",
        "de": "Am {refused_at:%d.%m.%Y um %H:%M} UTC wurde die Stornierung abgelehnt.",
    }


class OrderFacts(orders.OrderFacts, Protocol):
    """What decides here, beside what an order's own rules look at."""

    @property
    def late_cancellation(self) -> bool: ...


class OrderStory(OrderFacts, orders.OrderStory, Protocol):
    """And what a refusal tells."""


class RequestFacts(Protocol):
    """What the rules look at in a late request."""

    status: CancellationStatus
    whole: bool
    response_due_at: datetime | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rules look at: the order, and the newest late request, if there ever was one."""

    order: OrderStory
    request: RequestFacts | None


def standing(request: RequestFacts, order: orders.ClockFacts, now: datetime) -> CancellationStatus:
    """Where it stands by the clock, whether or not a worker has run: silence has approved it, unless
    the seller's time to ship was over before, which overtook it.
    """
    due_at = request.response_due_at
    if request.status is not S.REQUESTED or due_at is None:
        return request.status
    if due_at <= silent_until(order, now):
        return S.APPROVED
    never_shipped = orders.overdue(order, now) is OrderAction.SHIP_TIMEOUT
    return S.WITHDRAWN if never_shipped else S.REQUESTED


def answered_until(request: RequestFacts, order: orders.ClockFacts) -> datetime | None:
    """Until when it can be answered, or taken back: silence ends it, or the seller's time to ship."""
    moments = (request.response_due_at, order.ship_by_at)
    return min((moment for moment in moments if moment is not None), default=None)


def silent_until(order: orders.ClockFacts, now: datetime) -> datetime:
    """Until when silence can have granted anything: an order that was not shipped in time is over."""
    return now if order.ship_by_at is None else min(now, order.ship_by_at)


def ends_by_itself_at(ground: Ground, now: datetime) -> datetime | None:
    """When an order that waits to be shipped is canceled unless somebody acts; None where it does not
    wait any more.
    """
    order, request = ground.order, ground.request
    if order.status is not OrderStatus.PROCESSING:
        return None
    moments = [order.ship_by_at]
    if request is not None and request.whole and request.status is S.REQUESTED:
        moments.append(request.response_due_at)
    ends_at = min((moment for moment in moments if moment is not None), default=None)
    return ends_at if ends_at is not None and now < ends_at else None


def why_not(action: OrderAction, ground: Ground, role: Role, now: datetime) -> Refusal | None:
    """As the order's own rule, which it asks; but after the window a policy may let the buyer ask."""
    order = by_the_clock(ground.order, ground.request, now)
    refusal = orders.why_not(action, order, role, now)
    if isinstance(refusal, CancelWindowClosed) and ground.order.late_cancellation:
        return _why_not_ask(ground, now)
    return refusal


def asks(ground: Ground, role: Role, now: datetime) -> bool:
    """Whether canceling would only ask the seller."""
    order = by_the_clock(ground.order, ground.request, now)
    refusal = orders.why_not(OrderAction.CANCEL, order, role, now)
    return isinstance(refusal, CancelWindowClosed) and ground.order.late_cancellation


def why_not_answer(
    action: CancellationAction,
    request: RequestFacts,
    order: orders.ClockFacts,
    role: Role,
    now: datetime,
) -> Refusal | None:
    """Why this role may not answer the request now, or take it back."""
    return CANCELLATION.refusal(action, standing(request, order, now), role)


def _why_not_ask(ground: Ground, now: datetime) -> Refusal | None:
    request = ground.request
    if request is None:
        return None
    if standing(request, ground.order, now) is S.REQUESTED:
        assert request.response_due_at is not None, "an open request has its clock"
        return CancellationAlreadyRequested(request.response_due_at)
    if request.status is S.REJECTED:
        assert request.decided_at is not None, "an answer has its moment"
        return CancellationRefused(request.decided_at)
    return None


def granted_by_silence(
    request: RequestFacts | None, order: orders.ClockFacts, now: datetime
) -> bool:
    """Whether silence has granted it, although no worker has written it down yet."""
    if request is None or order.status is not OrderStatus.PROCESSING:
        return False
    return request.status is S.REQUESTED and standing(request, order, now) is S.APPROVED


def by_the_clock(
    order: orders.Clocked, request: RequestFacts | None, now: datetime
) -> orders.Clocked:
    """The order, canceled where silence has granted that, although no worker has written it down yet."""
    if request is None or not request.whole or not granted_by_silence(request, order, now):
        return order
    return orders.moved(order, status=OrderStatus.CANCELED, canceled_at=request.response_due_at)
