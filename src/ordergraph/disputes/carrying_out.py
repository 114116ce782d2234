"""Carrying out what an operator has decided."""

from ordergraph.disputes.events import DisputeDecided, DisputeDecidedWithReturn, DisputeEvent
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import Verdict, resolve, to_return
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy
from ordergraph.infra.database import Tx


async def carry_out(tx: Tx, held: Held, terms: Terms, note: str | None) -> Dispute:
    """Give the money back, or send the goods on their way back first."""
    dispute, order, _ = held
    event: DisputeEvent
    if terms.with_return:
        await to_return(tx, held, A.DECIDE_WITH_RETURN, terms, decision_note=note)
        event = DisputeDecidedWithReturn(
            order_id=order.id,
            dispute_id=dispute.id,
            amount_minor=terms.amount.minor,
            return_paid_by=str(terms.return_paid_by),
        )
    else:
        verdict = Verdict(
            action=A.DECIDE, decided_by=DecidedBy.OPERATOR, approved=terms.amount, note=note
        )
        await resolve(tx, held, verdict)
        outcome = verdict.outcome(dispute.requested)
        event = DisputeDecided(order_id=order.id, dispute_id=dispute.id, outcome=outcome)
    await tell(tx, held, event)
    return dispute
