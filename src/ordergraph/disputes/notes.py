"""What staff write to each other about a dispute.

It emits nothing and changes no row that a party can see, not even a version: a note leaves no trace.
"""

from uuid import UUID

from ordergraph.disputes import queries
from ordergraph.disputes.models import InternalNote
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import NotAllowed, NotFound
from ordergraph.kernel.text import MESSAGE_LIMIT, written

ADD_NOTE = "ADD_NOTE"
"""What it is called in refusals: it moves nothing, so no row of the table can list it."""


async def add(tx: Tx, dispute_id: UUID, body: str) -> InternalNote:
    """Note something, at any time, for the operators who come after; a party never may."""
    dispute = await queries.visible_to(tx.actor).select_related("order").get_or_none(id=dispute_id)
    if dispute is None:
        raise NotFound(what="dispute")
    role = tx.actor.role_on(dispute.order)
    assert role is not None, "who sees a dispute has a role in it"
    if role is not Role.OPERATOR:
        raise NotAllowed(action=ADD_NOTE, role=role)
    text = written(body, field="body", limit=MESSAGE_LIMIT, required=True)
    return await InternalNote.create(
        dispute_id=dispute_id, author_id=tx.actor.user_id, body=text, written_at=tx.now
    )
