"""People in the API."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import lazy, relay

from ordergraph.accounts import models
from ordergraph.accounts.words import TradingSide
from ordergraph.api.columns import STANDS
from ordergraph.api.context import Context, Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.ready import loaded
from ordergraph.api.scalars import publish

if TYPE_CHECKING:
    from ordergraph.reputation.graphql import Reputation

publish(TradingSide)


@strawberry.type(description="A buyer, seller or operator.")
class User(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_user"

    id: relay.NodeID[UUID]
    display_name: str = strawberry.field(
        description="The name to show.", metadata={STANDS: "display_name"}
    )
    external_id: str = strawberry.field(
        description="The id that the identity provider uses.", metadata={STANDS: "external_id"}
    )

    @classmethod
    def of(cls, row: models.User) -> Self:
        return cls(id=row.id, display_name=row.display_name, external_id=row.external_id)

    @classmethod
    def viewing(cls, context: Context) -> Self:
        """Whoever asks, as their token names them; they need no row."""
        user_id, identity = context.require_user(), context.identity
        assert identity is not None, "require_user has seen one"
        return cls(id=user_id, display_name=identity.display_name, external_id=identity.external_id)

    @loaded(
        description="How reliable they were of late. Sellers' is for everyone; buyers' for sellers"
        " who have an order of theirs and for operators; everyone sees their own. Otherwise null."
    )
    async def reputation(
        self,
        info: Info,
        side: Annotated[TradingSide, strawberry.argument(description="As what they trade.")],
    ) -> Annotated["Reputation", lazy("ordergraph.reputation.graphql")] | None:
        return await info.context.load.reputation.load((self.id, side))
