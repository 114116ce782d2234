"""What a person may do in a dispute, judged by the very rules that the mutations ask."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from ordergraph.api.refusals import answer_to
from ordergraph.disputes import deal
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.process import DISPUTE, next_deadline, why_not
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.types import DisputeAction
from ordergraph.disputes.types import DisputeActionKind as Kind
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal

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
    language: str,
    unwritable: Refusal | None = None,
) -> list[DisputeAction]:
    """The moves of the table that this role may make at one time or another.

    `unwritable`: why the role may not write one message more, if so.
    """
    deadline, found = next_deadline(row), []
    for kind in kinds(role):
        refusal = _why_not(kind, row, offers, role, now)
        if refusal is None and kind is Kind.SEND_MESSAGE:
            refusal = unwritable
        found.append(
            DisputeAction(
                kind=kind,
                available=refusal is None,
                until=deadline.due_at if deadline and refusal is None else None,
                blocked_by=answer_to(refusal, language) if refusal else None,
            )
        )
    return found


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
