"""Writing evidence: what one side shows, stored once and in order, with its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ordergraph.disputes.events import EvidenceAdded
from ordergraph.disputes.models import Evidence
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import hold
from ordergraph.disputes.telling import tell
from ordergraph.disputes.words import EvidenceType
from ordergraph.files import actions as files
from ordergraph.files.process import AttachedTo
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import NOTE_LIMIT, written

MOST: Final = 100
"""How many pieces one side may hand in; they all go into one pack."""
MOST_AT_ONCE: Final = 20
"""How many pieces may come with something else: with an opening, or an appeal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """A note, or files, or both."""

    type: EvidenceType
    note: str = ""
    attachment_ids: Sequence[UUID] = ()


async def hand_in(tx: Tx, dispute_id: UUID, new: NewEvidence) -> Evidence:
    """Either side shows something, until the dispute is over."""
    held = await hold(tx, dispute_id, DisputeAction.ADD_EVIDENCE)
    return await _add(tx, held, new, field="note")


async def add_evidence(tx: Tx, held: Held, items: Sequence[NewEvidence]) -> None:
    """Write down what came with something else, whatever the state.

    Who calls has the locks, and has asked its own table.
    """
    if len(items) > MOST_AT_ONCE:
        raise InvalidInput(field="evidence", problem=f"at most {MOST_AT_ONCE}")
    for place, new in enumerate(items):
        await _add(tx, held, new, field=f"evidence.{place}.note")


async def _add(tx: Tx, held: Held, new: NewEvidence, *, field: str) -> Evidence:
    """`field`: where the note stands in what was asked for."""
    dispute, order, role = held
    note = written(new.note, field=field, limit=NOTE_LIMIT, required=not new.attachment_ids)
    rows = Evidence.filter(dispute_id=dispute.id)
    if await rows.filter(author_role=role).count() >= MOST:
        raise InvalidInput(field="disputeId", problem=f"at most {MOST} pieces of evidence")
    await change(dispute)
    evidence = await Evidence.create(
        dispute_id=dispute.id,
        position=await rows.count() + 1,
        type=new.type,
        note=note,
        author_id=tx.actor.user_id,
        author_role=role,
        submitted_at=tx.now,
    )
    hook = files.Hook(order.id, AttachedTo.EVIDENCE, evidence.id)
    await files.attach(tx, new.attachment_ids, hook)
    event = EvidenceAdded(order_id=order.id, dispute_id=dispute.id, evidence_id=evidence.id)
    await tell(tx, held, event)
    return evidence
