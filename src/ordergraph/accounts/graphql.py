"""People in the API."""

from collections.abc import Iterable
from typing import Any, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.accounts import models
from ordergraph.api.context import Info


@strawberry.type(description="A buyer, seller or operator.")
class User(relay.Node):
    id: relay.NodeID[UUID]
    display_name: str = strawberry.field(description="The name to show.")
    external_id: str = strawberry.field(description="The id that the identity provider uses.")

    @classmethod
    def of(cls, row: models.User) -> Self:
        return cls(id=row.id, display_name=row.display_name, external_id=row.external_id)

    @classmethod
    async def resolve_nodes(
        cls,
        *,
        info: Info,
        node_ids: Iterable[str],
        required: bool = False,  # noqa: ARG003  (Relay's signature)
    ) -> list[Any]:
        return await info.context.load.visible_user.load_many([UUID(i) for i in node_ids])
