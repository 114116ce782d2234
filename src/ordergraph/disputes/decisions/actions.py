"""Deciding: at once within the limit; over it, one operator proposes and another confirms."""

from dataclasses import dataclass
from uuid import UUID

from ordergraph.disputes import carrying_out
from ordergraph.disputes.assigning import insist
from ordergraph.disputes.decisions import queries, recording
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.decisions.process import (
    DECISION,
    DecisionAction,
    Limits,
    needs_second,
    outcome_of,
    why_not_confirm,
)
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import Held
from ordergraph.disputes.queries import lock as lock_dispute
from ordergraph.disputes.settling import hold
from ordergraph.disputes.terms import Terms
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput, NotAllowed, NotFound
from ordergraph.kernel.text import NOTE_LIMIT, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What an operator wants to decide, and in which words."""

    terms: Terms
    note: str
    template_handle: str | None = None


async def decide(tx: Tx, dispute_id: UUID, ruling: Ruling, limits: Limits) -> Dispute:
    """Carry it out, or, over the limit, write it down for a second operator to confirm.

    A proposal is no move: the operator's clock runs on, and the parties learn nothing.
    """
    held = await hold(tx, dispute_id, move_of(ruling.terms))
    await insist(tx, held.dispute)
    decision = await _written(tx, held, ruling)
    if needs_second(ruling.terms.amount, limits):
        return held.dispute
    return await _carry_out(tx, held, decision)


async def confirm(tx: Tx, decision_id: UUID) -> tuple[Decision, Dispute]:
    """A second operator agrees: what was proposed is carried out now."""
    held, decision = await _lock(tx, decision_id, DecisionAction.CONFIRM)
    if refusal := why_not_confirm(decision.status, decision.made_by_id, tx.actor.user_id):
        raise refusal
    held = await hold(tx, held.dispute.id, move_of(terms_of(decision)))
    return decision, await _carry_out(tx, held, decision)


async def reject(tx: Tx, decision_id: UUID, note: str) -> Decision:
    """An operator says no to a proposal, or takes back their own; the review goes on."""
    _, decision = await _lock(tx, decision_id, DecisionAction.REJECT)
    answer = written(note, field="note", limit=NOTE_LIMIT, required=True)
    status = DECISION.after(DecisionAction.REJECT, decision.status, Role.OPERATOR)
    decision.update_from_dict({"status": status, "ended_at": tx.now, "answer": answer})
    decision.ended_by_id = tx.actor.user_id
    await decision.save(update_fields=["status", "ended_at", "ended_by_id", "answer"])
    return decision


def move_of(terms: Terms) -> DisputeAction:
    """Which row of the dispute's table such a decision is."""
    with_return = terms.with_return
    return DisputeAction.DECIDE_WITH_RETURN if with_return else DisputeAction.DECIDE


def terms_of(decision: Decision) -> Terms:
    return Terms(amount=decision.amount, return_paid_by=decision.return_paid_by)


async def _written(tx: Tx, held: Held, ruling: Ruling) -> Decision:
    """Check it and write it down; what was proposed before is superseded."""
    dispute, terms = held.dispute, ruling.terms
    _check(dispute, terms)
    note = written(ruling.note, field="note", limit=NOTE_LIMIT)
    chosen = await queries.template(ruling.template_handle) if ruling.template_handle else None
    operator_id = tx.actor.user_id
    assert operator_id is not None, "only people decide"
    await recording.supersede(tx, dispute.id)
    return await Decision.create(
        dispute_id=dispute.id,
        status=DECISION.start,
        outcome=outcome_of(terms.amount, dispute.requested, with_return=terms.with_return),
        currency=dispute.currency,
        amount_minor=terms.amount.minor,
        return_paid_by=terms.return_paid_by,
        template_handle=chosen.handle if chosen else None,
        template_labels=chosen.labels if chosen else {},
        template_texts=chosen.texts if chosen else {},
        note=note,
        made_by_id=operator_id,
        made_at=tx.now,
    )


def _check(dispute: Dispute, terms: Terms) -> None:
    if terms.with_return:
        terms.check(dispute.requested)
    if terms.amount.minor < 0:
        raise InvalidInput(field="amount", problem="must not be negative")
    if dispute.requested < terms.amount:
        raise AmountTooHigh(maximum=dispute.requested)


async def _carry_out(tx: Tx, held: Held, decision: Decision) -> Dispute:
    decision.status = DECISION.after(DecisionAction.CONFIRM, decision.status, Role.OPERATOR)
    decision.decided_at, decision.confirmed_by_id = tx.now, tx.actor.user_id
    await decision.save(update_fields=["status", "decided_at", "confirmed_by_id"])
    return await carrying_out.carry_out(tx, held, terms_of(decision), decision.note or None)


async def _lock(tx: Tx, decision_id: UUID, action: DecisionAction) -> tuple[Held, Decision]:
    """Hold the dispute, and with it its decisions, for an operator."""
    seen = await queries.visible_to(tx.actor).get_or_none(id=decision_id)
    if seen is None:
        raise NotFound(what="decision")
    held = await lock_dispute(tx, seen.dispute_id)
    if held.role is not Role.OPERATOR:
        raise NotAllowed(action=action, role=held.role)
    return held, await Decision.get(id=decision_id)
