"""What the operator does while a dispute is under review, besides deciding it."""

from uuid import UUID

from ordergraph.disputes import thread
from ordergraph.disputes.events import EvidenceRequested
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.settling import hold
from ordergraph.disputes.telling import tell
from ordergraph.disputes.words import DisputeParty
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.text import NOTE_LIMIT, written


async def request_evidence(tx: Tx, dispute_id: UUID, party: DisputeParty, note: str) -> Dispute:
    """Ask one side for what is missing, in the thread, where the other can read it, too."""
    held = await hold(tx, dispute_id, DisputeAction.REQUEST_EVIDENCE)
    dispute, order, _ = held
    text = written(note, field="note", limit=NOTE_LIMIT, required=True)
    await change(dispute)
    event = EvidenceRequested(order_id=order.id, dispute_id=dispute.id, party=party)
    await tell(tx, held, event)
    await thread.add(tx, held, text)
    return dispute
