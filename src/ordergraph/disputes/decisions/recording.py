"""Decisions as rows: at most one proposal waits, and at most one decision stands."""

from uuid import UUID

from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.decisions.process import DecisionStatus
from ordergraph.disputes.words import DisputeStatus
from ordergraph.infra.database import Tx


async def overtake(tx: Tx, dispute_id: UUID, before: DisputeStatus, after: DisputeStatus) -> None:
    """The review begins anew, or is over: what was proposed or decided before no longer holds.

    Whoever moves the dispute holds its lock, and so its decisions.
    """
    if before is not after and DisputeStatus.UNDER_REVIEW in (before, after):
        await _end(tx, dispute_id, DecisionStatus.PROPOSED, DecisionStatus.VOID)
    if before is not after and after is DisputeStatus.UNDER_REVIEW:
        await _end(tx, dispute_id, DecisionStatus.CONFIRMED, DecisionStatus.OVERTAKEN)


async def supersede(tx: Tx, dispute_id: UUID) -> None:
    """A new decision takes the place of what was proposed."""
    await _end(tx, dispute_id, DecisionStatus.PROPOSED, DecisionStatus.SUPERSEDED)


async def _end(tx: Tx, dispute_id: UUID, was: DecisionStatus, now: DecisionStatus) -> None:
    rows = Decision.filter(dispute_id=dispute_id, status=was)
    await rows.update(status=now, ended_at=tx.now, ended_by_id=tx.actor.user_id)
