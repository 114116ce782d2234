"""The past judged under two policies: what the one would have decided otherwise than the other. Pure.

Each rule gives a verdict on a fact under one policy; a difference is two verdicts that differ. What
would have followed from a difference is not followed: each fact is looked at for itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ordergraph.kernel.actor import Role
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.words import Words


class Kind(Words):
    """What would have been different."""

    CANCEL_REFUSED = "CANCEL_REFUSED", "A buyer's cancellation would have come too late."
    CANCEL_ASKED = "CANCEL_ASKED", "A buyer's cancellation would have been a late request."
    CANCEL_AT_ONCE = "CANCEL_AT_ONCE", "A late request would have canceled at once."
    REQUEST_GRANTED = "REQUEST_GRANTED", "Silence would have granted a late request before its end."
    REQUEST_WAITED = "REQUEST_WAITED", "A late request that silence granted would have waited on."
    REFUND_EARLIER = "REFUND_EARLIER", "A refund would have been sent earlier."
    REFUND_LATER = "REFUND_LATER", "A refund would have been sent later."
    SHIP_TIMEOUT = "SHIP_TIMEOUT", "The time to ship would have run out."
    SHIP_SPARED = "SHIP_SPARED", "The time to ship would not have run out."
    PROTECTION_ENDED = (
        "PROTECTION_ENDED",
        "The protection would have ended before a dispute opened.",
    )
    SELLER_SILENT = "SELLER_SILENT", "The seller's silence would have settled a dispute first."
    BUYER_SILENT = "BUYER_SILENT", "The buyer's silence would have closed a dispute first."
    SILENCE_WAITED = "SILENCE_WAITED", "A dispute that silence ended would have waited on."


LOOKED_AT: Final = frozenset(
    "cancel_window_s late_cancellation late_cancellation_response_s refund_delay_s ship_by_s"
    " presumed_delivered_s protection_s seller_response_s buyer_response_s".split()
)
"""The numbers that a rule below asks for; another number changes nothing here."""


class Wait(NamedTuple):
    """Somebody was waited for, until they acted, it was over, or we look."""

    side: Role
    since: datetime
    until: datetime

    def lapsed(self, limit: timedelta) -> bool:
        return self.until - self.since >= limit


class Cancel(NamedTuple):
    """The buyer canceled, or asked to; `answer` is the wait for the seller, if it was a request."""

    at: datetime
    answer: Wait | None


class Promise(NamedTuple):
    """Money promised back that waits for its date, or for the seller to release it."""

    created_at: datetime
    released_at: datetime | None
    minor: int


class Quarrel(NamedTuple):
    opened_at: datetime
    waits: Sequence[Wait]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What happened to one order. `until`: when it was shipped or canceled, or when we look."""

    number: str
    currency: str
    paid_at: datetime | None
    until: datetime
    shipped_at: datetime | None
    promised_at: datetime | None
    received_at: datetime | None
    """When a person or the carrier said that it came; a clock that said so is judged anew."""
    cancels: Sequence[Cancel] = ()
    promises: Sequence[Promise] = ()
    quarrels: Sequence[Quarrel] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """For money: how much would have come by how much earlier or later, in seconds."""

    kind: Kind
    minor: int = 0
    seconds: int = 0


def replay(order: OrderFacts, old: Policy, new: Policy) -> list[Difference]:
    """List what the new policy would have decided otherwise than the old one."""
    return [difference for rule in RULES for difference in rule(order, old, new)]


def _cancels(order: OrderFacts, old: Policy, new: Policy) -> Iterator[Difference]:
    for cancel in order.cancels:
        before, after = (_cancel_verdict(order, cancel, policy) for policy in (old, new))
        if before is not after:
            yield Difference(after)
        elif after is Kind.CANCEL_ASKED and cancel.answer is not None:
            yield from _silences([cancel.answer], old, new, _REQUEST)


def _cancel_verdict(order: OrderFacts, cancel: Cancel, policy: Policy) -> Kind:
    if order.paid_at is None or cancel.at < order.paid_at + policy.span("cancel_window_s"):
        return Kind.CANCEL_AT_ONCE
    return Kind.CANCEL_ASKED if policy.late_cancellation else Kind.CANCEL_REFUSED


def _promises(order: OrderFacts, old: Policy, new: Policy) -> Iterator[Difference]:
    for promise in order.promises:
        shift = int((_sent_at(promise, new) - _sent_at(promise, old)).total_seconds())
        if shift:
            kind = Kind.REFUND_LATER if shift > 0 else Kind.REFUND_EARLIER
            yield Difference(kind, promise.minor, shift)


def _sent_at(promise: Promise, policy: Policy) -> datetime:
    due_at = promise.created_at + policy.span("refund_delay_s")
    return min(due_at, promise.released_at or due_at)


def _shipping(order: OrderFacts, old: Policy, new: Policy) -> Iterator[Difference]:
    if order.paid_at is None:
        return
    wait = Wait(Role.SELLER, order.paid_at, order.until)
    before, after = (wait.lapsed(policy.span("ship_by_s")) for policy in (old, new))
    if before is not after:
        yield Difference(Kind.SHIP_TIMEOUT if after else Kind.SHIP_SPARED)


def _protection(order: OrderFacts, old: Policy, new: Policy) -> Iterator[Difference]:
    for quarrel in order.quarrels:
        if _unprotected(order, quarrel, new) and not _unprotected(order, quarrel, old):
            yield Difference(Kind.PROTECTION_ENDED)


def _unprotected(order: OrderFacts, quarrel: Quarrel, policy: Policy) -> bool:
    if order.shipped_at is None:
        return False
    presumed_at = order.promised_at or order.shipped_at + policy.span("presumed_delivered_s")
    arrived_at = min(presumed_at, order.received_at or presumed_at)
    return quarrel.opened_at >= arrived_at + policy.span("protection_s")


def _quarrels(order: OrderFacts, old: Policy, new: Policy) -> Iterator[Difference]:
    for quarrel in order.quarrels:
        first = next(_silences(quarrel.waits, old, new, _DISPUTE), None)
        if first is not None:  # what came after it in the same dispute would not have come
            yield first


class _Silence(NamedTuple):
    """Which number ends the silence of a side, and what it would mean if it did, or did not."""

    number: str
    sooner: Kind
    later: Kind


# fmt: off
_REQUEST: Final = {
    Role.SELLER: _Silence("late_cancellation_response_s", Kind.REQUEST_GRANTED, Kind.REQUEST_WAITED),
}
_DISPUTE: Final = {
    Role.SELLER: _Silence("seller_response_s",            Kind.SELLER_SILENT,   Kind.SILENCE_WAITED),
    Role.BUYER:  _Silence("buyer_response_s",             Kind.BUYER_SILENT,    Kind.SILENCE_WAITED),
}
# fmt: on


def _silences(
    waits: Iterable[Wait], old: Policy, new: Policy, meaning: dict[Role, _Silence]
) -> Iterator[Difference]:
    for wait in waits:
        number, sooner, later = meaning[wait.side]
        before, after = (wait.lapsed(policy.span(number)) for policy in (old, new))
        if before is not after:
            yield Difference(sooner if after else later)


Rule = Callable[[OrderFacts, Policy, Policy], Iterator[Difference]]
RULES: Final[tuple[Rule, ...]] = (_cancels, _promises, _shipping, _protection, _quarrels)


class Told(NamedTuple):
    """One event of a dispute's timeline."""

    type: str
    at: datetime


WAITS_FOR: Final = {
    # after this event, who is waited for; whatever else is told of the dispute's course ends the wait
    "dispute.opened": Role.SELLER,
    "dispute.refused": Role.BUYER,
}
ENDS: Final = frozenset(
    "dispute.opened dispute.refused dispute.accepted dispute.withdrawn dispute.escalated"
    " dispute.decided dispute.closed_by_deadline dispute.offer_made dispute.offer_accepted"
    " dispute.extension_granted dispute.granted_by_law".split()
)
"""After an extension no number of the policy says how long the wait may be: it is not judged."""
OTHER: Final = {Role.SELLER: Role.BUYER, Role.BUYER: Role.SELLER}


def _waited_for(event: Told, before: Role | None) -> Role | None:
    """After an offer it is the other side's turn; under review it was nobody's."""
    if event.type == "dispute.offer_made":
        return OTHER[before] if before else None
    return WAITS_FOR.get(event.type)


def waits(told: Iterable[Told], now: datetime) -> list[Wait]:
    """Read from a dispute's timeline who was waited for, and for how long."""
    found: list[Wait] = []
    waiting: tuple[Role, datetime] | None = None
    for event in told:
        if event.type not in ENDS:
            continue
        if waiting is not None:
            found.append(Wait(*waiting, event.at))
        side = _waited_for(event, waiting[0] if waiting else None)
        waiting = (side, event.at) if side else None
    if waiting is not None:
        found.append(Wait(*waiting, now))
    return found
