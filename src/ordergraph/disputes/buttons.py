"""What a person may do in a dispute, judged by the very rules that the mutations ask."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from ordergraph.disputes import deal
from ordergraph.disputes.assigning import ASSIGN, RELEASE, why_not_assign
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.process import DISPUTE, next_deadline, why_not
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.types import DisputeAction
from ordergraph.disputes.types import DisputeActionKind as Kind
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal

Barred = Mapping[Kind, Refusal | None]
LOOKED_AFTER: Final = (Kind.DECIDE, Kind.ASSIGN, Kind.RELEASE)
"""What an operator leaves to the one who looks after a dispute."""

# fmt: off
SHOWN_AS: Final[Mapping[A, Kind]] = {
    # moves that are one thing to press; all others are called alike
    A.ACCEPT_RETURN:       Kind.ACCEPT,
    A.ACCEPT_RETURN_OFFER: Kind.ACCEPT_OFFER,
    A.SETTLE:              Kind.ACCEPT_OFFER,
    A.SETTLE_WITH_RETURN:  Kind.ACCEPT_OFFER,
    A.DECIDE_WITH_RETURN:  Kind.DECIDE,
}
OTHER: Final = {Role.BUYER: Role.SELLER, Role.SELLER: Role.BUYER, Role.OPERATOR: Role.SELLER}
# fmt: on


def own_actions(
    row: Dispute,
    offers: Sequence[Offer],
    role: Role,
    now: datetime,
    barred: Barred,
) -> list[DisputeAction]:
    """The moves of the table that this role may make at one time or another.

    `barred`: what else keeps the role from something, beside the table.
    """
    deadline, found = next_deadline(row), []
    until = deadline.due_at if deadline else None
    for kind in kinds(role):
        refusal = _why_not(kind, row, offers, role, now) or barred.get(kind)
        found.append(DisputeAction.judged(kind, refusal, until))
    if role is Role.OPERATOR:
        found += _assigning(row, barred)
    return found


def _assigning(row: Dispute, barred: Barred) -> Iterator[DisputeAction]:
    """An operator may look after it, and let another have it: no moves of the table."""
    for action, kind in ((ASSIGN, Kind.ASSIGN), (RELEASE, Kind.RELEASE)):
        refusal = why_not_assign(action, row, Role.OPERATOR) or barred.get(kind)
        yield DisputeAction.judged(kind, refusal, None)


def kinds(role: Role) -> Iterator[Kind]:
    """What this role can press, in the order of the table."""
    moves = DISPUTE.open_to(role)
    shown = (SHOWN_AS.get(a) or Kind.__members__.get(a.value) for a in moves)
    yield from dict.fromkeys(kind for kind in shown if kind is not None)


def _why_not(
    kind: Kind, row: Dispute, offers: Sequence[Offer], role: Role, now: datetime
) -> Refusal | None:
    theirs, own = deal.newest(offers, OTHER[role]), deal.newest(offers, role)
    match kind:
        case Kind.COUNTER_OFFER:
            return deal.why_not_make(len(offers), row, role, now)
        case Kind.ACCEPT_OFFER:
            return deal.why_not_accept(theirs, row, role, now)
        case Kind.DECLINE_OFFER:
            return deal.why_not_decline(theirs, row, role, now)
        case Kind.WITHDRAW_OFFER:
            return deal.why_not_withdraw(own, row, role, now)
        case _:
            return why_not(A(kind.value), row, role, now)
