"""Getting to know people."""

from uuid import UUID

from ordergraph.accounts.models import User
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import user_id_of


async def know(tx: Tx, external_id: str, display_name: str | None) -> UUID:
    """Make sure that the user has a row; a name that is given is what they are called from now on."""
    user = User(
        id=user_id_of(external_id),
        external_id=external_id,
        display_name=(display_name or external_id)[:120],
        created_at=tx.now,
    )
    if display_name is None:
        await User.bulk_create([user], ignore_conflicts=True)
    else:
        await User.bulk_create([user], on_conflict=["id"], update_fields=["display_name"])
    return user.id
