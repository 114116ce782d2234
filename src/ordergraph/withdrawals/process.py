"""When a consumer may withdraw from a purchase (Directive 2011/83/EU). Read this file first.

Two steps (article 11a): `withdrawalStart` shows the statement and changes nothing; `withdrawalConfirm`
makes it, at that moment. No reason is asked for, and nobody has to grant it.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar
from uuid import UUID

from ordergraph.cancellations import plan as plans
from ordergraph.cancellations.plan import CancelPlan, Left, plan
from ordergraph.disputes.process import DisputeFacts
from ordergraph.disputes.refusals import DisputeAlreadyOpen
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, NotAllowed, Refusal, WrongState
from ordergraph.kernel.words import Words
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.process import ClockFacts, as_of
from ordergraph.orders.process import OrderStatus as S

WITHDRAW: Final = "WITHDRAW_FROM_PURCHASE"
"""What it is called in refusals."""
REVIEWED_WITHIN: Final = timedelta(hours=1)
"""How long a statement can be confirmed; then another one is started. Nothing has happened before."""


class WithdrawalStatus(Words):
    """Where a withdrawal stands. More values may come."""

    STARTED = "STARTED", "The statement waits to be confirmed; nothing has happened yet."
    CONFIRMED = "CONFIRMED", "Made, for good; the dispute tells how it goes on."
    LAPSED = "LAPSED", "It was not confirmed in time: as if nothing had been said."


class OrderFacts(ClockFacts, Protocol):
    """What the rules look at in the order; a row of the database has it."""

    id: UUID
    currency: str
    cancelable_until: datetime | None


class LineFacts(plans.LineFacts, Protocol):
    returned_quantity: int
    excluded_from_withdrawal: WithdrawalExclusion | None


@dataclass(frozen=True, slots=True)
class Ground:
    """The order, its newest dispute, what it has left to give back, and what was bought."""

    order: OrderFacts
    latest: DisputeFacts | None
    left: Left
    lines: Sequence[LineFacts]


@dataclass(eq=False)
class WithdrawalNotYet(Refusal):
    """`cancelable_until` is None before the payment: then there is no end to it."""

    cancelable_until: datetime | None
    says = {
        "en": "There is nothing to withdraw from yet: you can still cancel the order.",
        "de": "Es gibt noch nichts zu widerrufen: Die Bestellung kann noch storniert werden.",
    }


@dataclass(eq=False)
class WithdrawalPeriodOver(Refusal):
    ended_at: datetime
    says = {
        "en": "The time to withdraw ended on {ended_at:%Y-%m-%d at %H:%M} UTC.",
        "de": "Die Widerrufsfrist endete am {ended_at:%d.%m.%Y um %H:%M} UTC.",
    }


@dataclass(eq=False)
class WithdrawalAwaitsAppeal(Refusal):
    """`since`: when the appeal was made; what it took of the time to withdraw is given back."""

    since: datetime
    says = {
        "en": "An appeal is open: it is decided first, and your time to withdraw stands still.",
        "de": "Es läuft ein Einspruch: Er wird zuerst entschieden, die Widerrufsfrist steht still.",
    }


@dataclass(eq=False)
class WithdrawalExcluded(Refusal):
    """The law makes an exception (article 16) for these lines of the order."""

    order_id: UUID
    line_ids: Sequence[UUID]
    says = {
        "en": "The right to withdraw does not exist for these goods.",
        "de": "Für diese Ware gibt es kein Widerrufsrecht.",
    }


@dataclass(eq=False)
class WithdrawalLapsed(Refusal):
    """It was not confirmed in time, or what it says is true no more."""

    lapsed_at: datetime
    says = {
        "en": "What you reviewed no longer holds: start again, and confirm what is shown then.",
        "de": "Das Geprüfte gilt nicht mehr: Bitte neu beginnen und bestätigen, was dann gezeigt wird.",
    }


def why_not(
    ground: Ground, picked: Mapping[UUID, int] | None, role: Role, now: datetime
) -> Refusal | None:
    """Say why nobody can withdraw from these lines (or all there are) now, or None."""
    order = as_of(ground.order, now)
    if role is not Role.BUYER or not order.policy.eu_withdrawal:
        return NotAllowed(action=WITHDRAW, role=role)
    at = order.disputed_at or now  # the time stands still while something is open
    if refused := RIGHT[order.status](order, at) or _something_open(ground):
        return refused
    return _excluded(ground, picked) or _nothing_left(ground, picked)


def planned(ground: Ground, picked: Mapping[UUID, int] | None) -> CancelPlan:
    """What these lines (or all that one may withdraw from) give back."""
    wanted = withdrawable(ground.lines) if picked is None else picked
    return plan(ground.lines, ground.left, wanted)


Line = TypeVar("Line", bound=LineFacts)


def kept(lines: Sequence[Line], settled: Mapping[UUID, int]) -> list[Line]:
    """The lines without the pieces that went back already, and of which somebody has said what they
    are worth: copies, to judge by. Nobody withdraws twice from the same thing.
    """
    found = [copy(line) for line in lines]
    for line in found:
        line.returned_quantity += min(settled.get(line.id, 0), line.open_quantity)
    return found


def withdrawable(lines: Sequence[LineFacts]) -> dict[UUID, int]:
    """How many of which line a consumer may withdraw from."""
    return {
        line.id: line.open_quantity
        for line in lines
        if line.open_quantity and line.excluded_from_withdrawal is None
    }


def ends_at(order: OrderFacts) -> datetime | None:
    """When the time to withdraw is over; None while nobody can say, because it has not come yet.

    It is counted back from the end of the protection, which is put off by the time that a dispute,
    or an appeal, has taken. A protection that the marketplace made shorter than the law's period
    ends it: then the order is complete and the seller paid out.
    """
    if order.delivered_at is None or order.protection_ends_at is None:
        return None
    sooner = order.policy.span("protection_s") - order.policy.span("withdrawal_s")
    return order.protection_ends_at - max(sooner, timedelta())


def status_of(
    confirmed_at: datetime | None, lapses_at: datetime, now: datetime
) -> WithdrawalStatus:
    """A statement lapses by the clock alone: no worker is needed where nothing has happened."""
    if confirmed_at is not None:
        return WithdrawalStatus.CONFIRMED
    return WithdrawalStatus.LAPSED if now >= lapses_at else WithdrawalStatus.STARTED


def _something_open(ground: Ground) -> Refusal | None:
    """One case at a time is about an order's money. What is disputed, and by no dispute, is appealed."""
    latest, order = ground.latest, ground.order
    if latest is not None and latest.status is not DisputeStatus.RESOLVED:
        return DisputeAlreadyOpen(latest.id)
    return WithdrawalAwaitsAppeal(order.disputed_at) if order.disputed_at is not None else None


def _excluded(ground: Ground, picked: Mapping[UUID, int] | None) -> Refusal | None:
    """Named lines must all be withdrawable; of an unnamed rest one suffices."""
    excluded = [line.id for line in ground.lines if line.excluded_from_withdrawal is not None]
    named = [line_id for line_id in excluded if picked is not None and line_id in picked]
    if named:
        return WithdrawalExcluded(ground.order.id, named)
    if withdrawable(ground.lines):
        return None
    if excluded:
        return WithdrawalExcluded(ground.order.id, excluded)
    return AmountTooHigh(maximum=Money(0, ground.order.currency))


def _nothing_left(ground: Ground, picked: Mapping[UUID, int] | None) -> Refusal | None:
    """Of these lines all may have gone back, although there is still money of others."""
    if planned(ground, picked).parts.minor > 0:
        return None
    return AmountTooHigh(maximum=Money(0, ground.order.currency))


def _cancel(order: OrderFacts, _: datetime) -> Refusal:
    return WithdrawalNotYet(order.cancelable_until)


def _cancel_first(order: OrderFacts, now: datetime) -> Refusal | None:
    until = order.cancelable_until
    assert until is not None, "a paid order has its window"
    return WithdrawalNotYet(until) if now < until else None


def _open(_: OrderFacts, __: datetime) -> None:
    return None


def _within(order: OrderFacts, now: datetime) -> Refusal | None:
    ended_at = ends_at(order)
    assert ended_at is not None, "a delivered order has its dates"
    return WithdrawalPeriodOver(ended_at) if now >= ended_at else None


def _over(order: OrderFacts, _: datetime) -> Refusal:
    ended_at = ends_at(order)
    assert ended_at is not None, "a complete order has its dates"
    return WithdrawalPeriodOver(ended_at)


def _no_contract(order: OrderFacts, _: datetime) -> Refusal:
    return WrongState(action=WITHDRAW, state=order.status)


# fmt: off
RIGHT: Final[Mapping[S, Callable[[OrderFacts, datetime], Refusal | None]]] = {
    # the order is        the right to withdraw
    S.PENDING_PAYMENT:    _cancel,        # nothing was paid: orderCancel is the way
    S.PROCESSING:         _cancel_first,  # the same inside the window; after it, nothing has to go back
    S.SHIPPED:            _open,          # before it has come, too: the period has not even begun
    S.DELIVERED:          _within,        # withdrawal_s from the moment it came
    S.COMPLETED:          _over,
    S.CANCELED:           _no_contract,
    S.EXPIRED:            _no_contract,
}
# fmt: on
