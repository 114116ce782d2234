"""Writing the thread: messages, stored once and in order, and how far each side has read."""

from collections.abc import Sequence
from uuid import UUID

from ordergraph.disputes import queries
from ordergraph.disputes.events import MessageSent
from ordergraph.disputes.models import Dispute, Message, ReadMark
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import hold
from ordergraph.files import actions as files
from ordergraph.files.process import AttachedTo
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.refusal import NotFound
from ordergraph.kernel.text import MESSAGE_LIMIT, written


async def send_message(
    tx: Tx, dispute_id: UUID, body: str, attachment_ids: Sequence[UUID] = ()
) -> Message:
    """Write to the other side: both parties until it is over, the operator while reviewing."""
    held = await hold(tx, dispute_id, DisputeAction.SEND_MESSAGE)
    text = written(body, field="body", limit=MESSAGE_LIMIT, required=True)
    message = await add(tx, held, text)
    hook = files.Hook(held.order.id, AttachedTo.MESSAGE, message.id)
    await files.attach(tx, attachment_ids, hook)
    return message


async def add(tx: Tx, held: Held, text: str) -> Message:
    """Append to the thread; the lock of the dispute numbers without gaps."""
    dispute, order, role = held
    await change(dispute, message_count=dispute.message_count + 1)
    message = await Message.create(
        dispute_id=dispute.id,
        position=dispute.message_count,
        author_id=tx.actor.user_id,
        author_role=role,
        body=text,
        sent_at=tx.now,
    )
    event = MessageSent(order_id=order.id, dispute_id=dispute.id, message_id=message.id)
    tx.emit(event, role)
    return message


async def mark_read(tx: Tx, dispute_id: UUID, message_id: UUID) -> Dispute:
    """Remember that the thread was read up to this message; going back changes nothing."""
    dispute = await queries.visible_to(tx.actor).get_or_none(id=dispute_id)
    if dispute is None:
        raise NotFound(what="dispute")
    message = await queries.thread(dispute_id).get_or_none(id=message_id)
    if message is None:
        raise NotFound(what="message")
    user_id = tx.actor.user_id
    assert user_id is not None, "only people read"
    if message.position > await queries.read_up_to(user_id, dispute_id):
        mark = ReadMark(
            dispute_id=dispute_id, user_id=user_id, position=message.position, read_at=tx.now
        )
        await ReadMark.bulk_create([mark], ignore_conflicts=True)
    return dispute
