"""More time by consent: the side it waits for asks, the other grants."""

from datetime import timedelta
from uuid import UUID

from ordergraph.disputes.events import ExtensionAsked, ExtensionGranted
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction, put_off, remind_at, reminders_due
from ordergraph.disputes.settling import hold
from ordergraph.disputes.telling import tell
from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.refusal import InvalidInput


async def ask_extension(tx: Tx, dispute_id: UUID, seconds: int) -> Dispute:
    """Ask for so much more time; until the other side grants it, the clock runs as before."""
    held = await hold(tx, dispute_id, DisputeAction.ASK_EXTENSION)
    dispute, order, _ = held
    most = order.policy.extension_s
    if not 0 < seconds <= most:
        raise InvalidInput(field="seconds", problem=f"between 1 and {most}")
    await change(dispute, extension_asked_s=seconds)
    event = ExtensionAsked(order_id=order.id, dispute_id=dispute.id, seconds=seconds)
    await tell(tx, held, event)
    return dispute


async def grant_extension(tx: Tx, dispute_id: UUID) -> Dispute:
    """Put the deadline off as was asked; reminders go by the longer time from now on."""
    held = await hold(tx, dispute_id, DisputeAction.GRANT_EXTENSION)
    dispute, order, _ = held
    seconds, since = dispute.extension_asked_s, dispute.waits_since or dispute.opened_at
    assert seconds is not None, "somebody asked"
    clocks = put_off(dispute, timedelta(seconds=seconds))
    dispute.update_from_dict(clocks)
    given = reminders_due(dispute, since, tx.now)
    await change(
        dispute,
        **clocks,
        extensions=dispute.extensions + 1,
        extension_asked_s=None,
        reminders=given,
        remind_at=remind_at(dispute, since, given),
    )
    event = ExtensionGranted(
        order_id=order.id,
        dispute_id=dispute.id,
        seconds=seconds,
        due_at=max(clocks.values()),
    )
    await tell(tx, held, event)
    return dispute
