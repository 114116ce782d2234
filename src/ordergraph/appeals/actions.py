"""Appealing, and what the operator or the clock makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ordergraph.appeals import queries
from ordergraph.appeals.events import (
    AppealDenied,
    AppealEvent,
    AppealGranted,
    AppealOpened,
    AppealOverdue,
    AppealWithdrawn,
)
from ordergraph.appeals.models import Appeal
from ordergraph.appeals.paying import add_money, most_left
from ordergraph.appeals.process import APPEAL, AppealAction, why_not, why_not_appeal
from ordergraph.disputes import queries as disputes
from ordergraph.disputes.assigning import insist
from ordergraph.disputes.checklist import checklist
from ordergraph.disputes.evidence import NewEvidence, add_evidence
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.queries import Held
from ordergraph.disputes.refusals import EvidenceRequired
from ordergraph.disputes.settling import let_order_go_on
from ordergraph.disputes.telling import tell
from ordergraph.disputes.words import DisputeStage, EvidenceType
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh, InvalidInput
from ordergraph.kernel.text import MESSAGE_LIMIT, NOTE_LIMIT, written
from ordergraph.marketplace.models import Reason
from ordergraph.orders import actions as orders
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.catching_up import make_overdue_moves

A = AppealAction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppeal:
    """What one side holds against the decision, what it brings, and how much it asks for."""

    dispute_id: UUID
    text: str
    amount: Money
    evidence: Sequence[NewEvidence]


async def appeal(tx: Tx, new: NewAppeal) -> tuple[Appeal, Dispute]:
    """Ask for another look. Until it is over the order does not complete, and nothing goes back."""
    held = await disputes.lock(tx, new.dispute_id)
    dispute, order, role = held
    await make_overdue_moves(tx, order)
    ground = await queries.ground_of(dispute, order)
    if refusal := why_not_appeal(ground, role, tx.now):
        raise refusal
    text = written(new.text, field="text", limit=MESSAGE_LIMIT, required=True)
    if not new.evidence:
        raise EvidenceRequired(await _helpful(held))
    _check(new.amount, ground.most(role))
    row = await Appeal.create(
        order_id=order.id,
        dispute_id=dispute.id,
        status=APPEAL.start,
        version=1,
        made_by=role,
        statement=text,
        currency=dispute.currency,
        asked_minor=new.amount.minor,
        made_at=tx.now,
        decision_due_at=tx.now + order.policy.span("appeal_decision_s"),
    )
    await add_evidence(tx, held, new.evidence)
    await _mark(tx, held)
    await _tell(tx, held, AppealOpened, row)
    return row, dispute


async def grant(tx: Tx, appeal_id: UUID, amount: Money, note: str) -> Appeal:
    """The operator adds so much to the party that appealed."""
    row, held = await _hold(tx, appeal_id, A.GRANT)
    answer = written(note, field="note", limit=NOTE_LIMIT)
    _check(amount, min(row.asked, await most_left(row, held)))
    await _end(tx, row, held, A.GRANT, granted_minor=amount.minor, answer=answer or None)
    completed = held.order.status is OrderStatus.COMPLETED
    bearer = Role.OPERATOR if completed else Role.SELLER  # the seller has been paid out
    await add_money(tx, row, held, amount, borne_by=bearer)
    await _tell(tx, held, AppealGranted, row)
    return row


async def deny(tx: Tx, appeal_id: UUID, note: str) -> Appeal:
    """The operator lets the decision stand, and says why."""
    row, held = await _hold(tx, appeal_id, A.DENY)
    answer = written(note, field="note", limit=NOTE_LIMIT, required=True)
    await _end(tx, row, held, A.DENY, answer=answer)
    await _tell(tx, held, AppealDenied, row)
    return row


async def withdraw(tx: Tx, appeal_id: UUID) -> Appeal:
    """Who appealed lets it be; there is no second one."""
    row, held = await queries.lock(tx, appeal_id)
    if refusal := why_not(A.WITHDRAW, row, held.role, tx.now):
        raise refusal
    await _end(tx, row, held, A.WITHDRAW)
    await _tell(tx, held, AppealWithdrawn, row)
    return row


async def fall_due(tx: Tx, row: Appeal) -> None:
    """The operator did not decide: granted as asked for, and the marketplace bears the cost."""
    assert row.decision_due_at <= tx.now, "it is not due yet"
    held = await disputes.lock(tx, row.dispute_id)
    amount = min(row.asked, await most_left(row, held))
    await _end(tx, row, held, A.OVERDUE, granted_minor=amount.minor)
    if amount.minor:
        await add_money(tx, row, held, amount, borne_by=Role.OPERATOR)
    await _tell(tx, held, AppealOverdue, row)


async def _helpful(held: Held) -> list[EvidenceType]:
    """Without anything new there is nothing to look at once more: what would help."""
    reason = await Reason.get(id=held.dispute.reason_id)
    return [wanted.type for wanted in checklist(reason.handle, held.role)]


def _check(amount: Money, most: Money) -> None:
    if amount.minor <= 0:
        raise InvalidInput(field="amount", problem="must be more than zero")
    if most < amount:
        raise AmountTooHigh(maximum=most)


async def _hold(tx: Tx, appeal_id: UUID, action: AppealAction) -> tuple[Appeal, Held]:
    """Lock it for an operator who may do this now, and whom no other one keeps from it."""
    row, held = await queries.lock(tx, appeal_id)
    if refusal := why_not(action, row, held.role, tx.now):
        raise refusal
    await insist(tx, held.dispute)
    return row, held


async def _end(tx: Tx, row: Appeal, held: Held, action: AppealAction, **columns: object) -> None:
    """The appeal is over; with the last one the order's clocks run on."""
    status = APPEAL.after(action, row.status, held.role)
    await change(
        row,
        status=status,
        ended_at=tx.now,
        ended_by=held.role,
        ended_by_id=tx.actor.user_id,
        **columns,
    )
    await _mark(tx, held)


async def _mark(tx: Tx, held: Held) -> None:
    """Show on dispute and order whether an appeal is open, and by when it has to be decided."""
    dispute, order, _ = held
    rows = await queries.waiting().filter(dispute_id=dispute.id)
    was_open, is_open = dispute.stage is DisputeStage.APPEAL, bool(rows)
    columns: dict[str, object] = {"stage": DisputeStage.MEDIATION}
    if rows:
        due_at = min(row.decision_due_at for row in rows)
        columns = {"stage": DisputeStage.APPEAL, "decision_due_at": due_at}
    if was_open is not is_open:
        columns |= {"assigned_to_id": None, "assigned_at": None}  # it is anybody's anew
    await change(dispute, **columns)
    if is_open and not was_open:
        await orders.stop_clocks(tx, order)
    elif was_open and not is_open:
        await let_order_go_on(tx, order, give_back=True)


async def _tell(tx: Tx, held: Held, kind: type[AppealEvent], row: Appeal) -> None:
    event = kind(order_id=row.order_id, dispute_id=row.dispute_id, appeal_id=row.id)
    await tell(tx, held, event)
