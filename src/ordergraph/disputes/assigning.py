"""Who of the operators looks after a dispute: one at a time. The parties never learn of it."""

from typing import Final
from uuid import UUID

from ordergraph.accounts import queries as accounts
from ordergraph.disputes import queries
from ordergraph.disputes.decisions.process import AssignedToAnother
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import DisputeStage, DisputeStatus
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import InvalidInput, NotAllowed, NotFound, Refusal, WrongState

ASSIGN: Final = "ASSIGN"
RELEASE: Final = "RELEASE"
SOMEBODY: Final = "another operator"
"""What an operator is called whom the marketplace has never heard of."""


def why_not_assign(action: str, dispute: Dispute, role: Role) -> Refusal | None:
    """Only what waits for the operator is looked after by one."""
    if role is not Role.OPERATOR:
        return NotAllowed(action=action, role=role)
    waits = dispute.status is DisputeStatus.UNDER_REVIEW or dispute.stage is DisputeStage.APPEAL
    return None if waits else WrongState(action=action, state=dispute.status)


async def assign(tx: Tx, dispute_id: UUID, operator_id: UUID | None, *, take_over: bool) -> Dispute:
    """Give it to an operator, or (None) to oneself; from another only when that is said."""
    held = await queries.lock(tx, dispute_id)
    dispute, order, role = held
    if refusal := why_not_assign(ASSIGN, dispute, role):
        raise refusal
    wanted = operator_id or tx.actor.user_id
    assert wanted is not None, "only people look after disputes"
    if wanted in (order.buyer_id, order.seller_id):
        raise InvalidInput(field="operatorId", problem="a party to the order cannot decide over it")
    if operator_id is not None and not await accounts.by_ids([operator_id]):
        raise NotFound(what="user")
    if dispute.assigned_to_id != wanted:
        if not take_over:
            await insist(tx, dispute)
        await _write(dispute, wanted, tx)
    return dispute


async def release(tx: Tx, dispute_id: UUID) -> Dispute:
    """Let somebody else have it; what nobody looks after stays so."""
    dispute, _, role = await queries.lock(tx, dispute_id)
    if refusal := why_not_assign(RELEASE, dispute, role):
        raise refusal
    await insist(tx, dispute)
    await _write(dispute, None, tx)
    return dispute


async def insist(tx: Tx, dispute: Dispute) -> None:
    """Refuse while another operator looks after it; what nobody looks after, anybody may decide."""
    if refusal := another(dispute, tx.actor.user_id, await _name(dispute.assigned_to_id)):
        raise refusal


def another(dispute: Dispute, user_id: UUID | None, name: str | None) -> Refusal | None:
    """Say who looks after it, unless it is this operator, or nobody."""
    if dispute.assigned_to_id in (None, user_id):
        return None
    return AssignedToAnother(name or SOMEBODY)


async def _name(user_id: UUID | None) -> str | None:
    if user_id is None:
        return None
    found = (await accounts.by_ids([user_id])).get(user_id)
    return found.display_name if found else None


async def _write(dispute: Dispute, operator_id: UUID | None, tx: Tx) -> None:
    """Without an event, and without a new version: a party's subscription must not stir."""
    dispute.assigned_to_id = operator_id
    dispute.assigned_at = tx.now if operator_id else None
    await dispute.save(update_fields=["assigned_to_id", "assigned_at"])
