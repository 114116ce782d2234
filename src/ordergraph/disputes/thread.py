"""Writing the thread: messages, stored once and in order, and how far each side has read."""

from collections.abc import Sequence
from uuid import UUID

from ordergraph.disputes import queries, thread_queries
from ordergraph.disputes.events import MessageSent
from ordergraph.disputes.models import Dispute, Message, ReadMark
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import Held
from ordergraph.disputes.settling import hold
from ordergraph.disputes.spam import Written, why_too_many
from ordergraph.disputes.telling import append, tell
from ordergraph.disputes.words import MessageKind
from ordergraph.files import actions as files
from ordergraph.files.process import AttachedTo
from ordergraph.infra.database import Tx
from ordergraph.kernel.refusal import NotFound
from ordergraph.kernel.text import MESSAGE_LIMIT, written


async def send_message(
    tx: Tx, dispute_id: UUID, body: str, attachment_ids: Sequence[UUID] = ()
) -> Message:
    """Write to the other side: both parties until it is over, the operator while reviewing.

    Counted under the dispute's lock: two that are sent at once cannot both be the last one.
    """
    held = await hold(tx, dispute_id, DisputeAction.SEND_MESSAGE)
    side = (dispute_id, held.role)
    so_far = (await thread_queries.written([side])).get(side, Written())
    if refusal := why_too_many(so_far, held.role):
        raise refusal
    text = written(body, field="body", limit=MESSAGE_LIMIT, required=True)
    message = await add(tx, held, text)
    hook = files.Hook(held.order.id, AttachedTo.MESSAGE, message.id)
    await files.attach(tx, attachment_ids, hook)
    return message


async def add(tx: Tx, held: Held, text: str) -> Message:
    """Write down what somebody says; what goes with a deed is never too much."""
    dispute, order, _ = held
    message = await append(tx, held, kind=MessageKind.TEXT, body=text)
    event = MessageSent(order_id=order.id, dispute_id=dispute.id, message_id=message.id)
    await tell(tx, held, event)
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
