"""What a new dispute may stand on: whose order, in which state, until when, for which reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from ordergraph.disputes.process import EndedFacts, came_to_nothing, was_seen
from ordergraph.disputes.refusals import (
    DisputeAlreadyDecided,
    DisputeAlreadyOpen,
    DisputeNotYet,
    DisputeWindowClosed,
    TooManyOpenDisputes,
)
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, NotAllowed, Refusal, WrongState
from ordergraph.orders.process import ClockFacts, OrderStatus, as_of

DELIVERY_REASONS: Final = frozenset({"not-received"})
"""Reasons that may be raised while the parcel is overdue; all others wait until it has come."""
SAY_NOT_THAT_IT_CAME: Final = DELIVERY_REASONS | {"eu-withdrawal"}
"""Reasons of which nobody can tell whether the buyer has the goods."""
HAVE_SEEN_IT: Final = frozenset({Role.BUYER, Role.GATEWAY})
"""Whose word that the parcel has come is enough: the carrier's, and the buyer's own."""
OPENS: Final = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})
"""The states of an order in which a dispute can be opened at one time or another."""
OPEN_DISPUTE: Final = "OPEN_DISPUTE"
"""What opening is called in refusals: it makes the object, so no row of the table can list it."""


class DeliveryFacts(Protocol):
    """Who said that the order has come; None while nobody has."""

    delivered_by: str | None


class OpenDisputes(NamedTuple):
    """How many disputes the buyer has open, and how many there may be.

    Nobody need count them where none can be opened anyway: `OPENS`.
    """

    open: int
    most: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What a new dispute would stand on: the order, its newest dispute, what the buyer can get back,
    and how many others of the buyer's are open.

    Disputes that came to nothing stand for nothing: `latest` is the newest of the others.
    """

    order: ClockFacts
    latest: EndedFacts | None
    refundable: Money
    others: OpenDisputes


def why_not_open(ground: Ground, reason: str | None, role: Role, now: datetime) -> Refusal | None:
    """Say why no dispute can be opened now for this reason, or (None) for any reason at all.

    One dispute at a time; after one that was decided there is no other, after one that came to
    nothing there may be.
    """
    if role is not Role.BUYER:
        return NotAllowed(action=OPEN_DISPUTE, role=role)
    latest = ground.latest
    if latest is not None and latest.status is not DisputeStatus.RESOLVED:
        return DisputeAlreadyOpen(latest.id)
    if latest is not None and not came_to_nothing(latest):
        assert latest.closed_at is not None, "a constraint: what is resolved has its moment"
        return DisputeAlreadyDecided(latest.closed_at)
    refused = _outside_window(as_of(ground.order, now), reason, now)
    if refused is None and ground.refundable.minor == 0:
        return AmountTooHigh(maximum=ground.refundable)
    if refused is None and ground.others.open >= ground.others.most:
        return TooManyOpenDisputes(*ground.others)
    return refused


def may_never_have_come(order: DeliveryFacts, dispute: EndedFacts, reason: str) -> bool:
    """Whether nobody can say that the buyer has the goods that were to go back.

    Who withdraws from what is on its way may wait for it in vain, and cannot send back what never
    came: the risk is the seller's until then (Directive 2011/83/EU, article 20). Where an operator
    has looked at the dispute already, they knew.
    """
    unclear = reason in SAY_NOT_THAT_IT_CAME and order.delivered_by not in HAVE_SEEN_IT
    return unclear and not was_seen(dispute)


def _outside_window(order: ClockFacts, reason: str | None, now: datetime) -> Refusal | None:
    ends_at = order.protection_ends_at
    match order.status:
        case OrderStatus.DELIVERED:
            assert ends_at is not None, "delivery begins the protection"
            return DisputeWindowClosed(ends_at) if now >= ends_at else None
        case OrderStatus.SHIPPED:
            return _not_overdue(order.presumed_delivered_at, reason, now)
        case OrderStatus.COMPLETED:
            assert ends_at is not None, "delivery began the protection"
            return DisputeWindowClosed(ends_at)
        case OrderStatus.PENDING_PAYMENT | OrderStatus.PROCESSING:
            return DisputeNotYet(None)
        case _:
            return WrongState(action=OPEN_DISPUTE, state=order.status)


def _not_overdue(expected_at: datetime | None, reason: str | None, now: datetime) -> Refusal | None:
    """While it is on its way, only a parcel that should have come can be complained of.

    It counts as delivered then, unless its clock stands still.
    """
    overdue = expected_at is not None and now >= expected_at
    if overdue and (reason is None or reason in DELIVERY_REASONS):
        return None
    return DisputeNotYet(None if overdue else expected_at)
