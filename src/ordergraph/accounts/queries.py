"""Reading users."""

from collections.abc import Collection
from uuid import UUID

from ordergraph.accounts.models import User


async def by_ids(ids: Collection[UUID]) -> dict[UUID, User]:
    """The users of these ids; who may see them is decided by the order they hang on."""
    return {user.id: user for user in await User.filter(id__in=list(ids))}
