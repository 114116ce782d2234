"""Reading private limits: everyone their own. Only the meeting of the two reads both."""

from collections.abc import Collection
from uuid import UUID

from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.kernel.actor import Actor, Role


async def own(actor: Actor, dispute_ids: Collection[UUID]) -> dict[UUID, PrivateLimit]:
    """The limits that the actor has set in these disputes."""
    rows = await PrivateLimit.filter(dispute_id__in=list(dispute_ids), owner_id=actor.user_id)
    return {row.dispute_id: row for row in rows}


async def both(dispute_id: UUID) -> dict[Role, int | None]:
    """What each side has said, if anything; for the meeting alone, never to be shown."""
    rows = await PrivateLimit.filter(dispute_id=dispute_id)
    return {Role[row.side]: row.amount_minor for row in rows}


async def forget(dispute_id: UUID) -> None:
    """The dispute has come to terms, or to its end: nobody needs to know what was not said."""
    await PrivateLimit.filter(dispute_id=dispute_id).delete()
