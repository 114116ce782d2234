"""The one way to record what happened in a dispute: its event, and the line of the thread beside it."""

from typing import Any

from ordergraph.disputes.events import DisputeEvent
from ordergraph.disputes.lines import LINES, facts_of
from ordergraph.disputes.models import Message
from ordergraph.disputes.queries import Held
from ordergraph.disputes.words import MessageKind
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change


async def tell(tx: Tx, held: Held, event: DisputeEvent) -> None:
    """Emit the event; where the table says so, write its line, numbered with people's messages."""
    tx.emit(event, held.role)
    if event.type in LINES:
        facts = facts_of(event, held.dispute)
        await append(tx, held, kind=MessageKind.EVENT, event_type=event.type, facts=facts)


async def append(tx: Tx, held: Held, **content: Any) -> Message:
    """Add to the thread; the lock of the dispute numbers without gaps.

    What a deadline or a rule did in a side's stead has no author: it is new to both sides.
    """
    dispute, order, role = held
    await change(dispute, message_count=dispute.message_count + 1)
    in_person = tx.actor.role_on(order) is role
    return await Message.create(
        dispute_id=dispute.id,
        position=dispute.message_count,
        author_id=tx.actor.user_id if in_person else None,
        author_role=role,
        sent_at=tx.now,
        **content,
    )
