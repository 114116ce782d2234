"""What the operator has to do with a dispute."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import lazy

from ordergraph.accounts.graphql import User
from ordergraph.api.context import Info
from ordergraph.api.ready import loaded
from ordergraph.disputes.assigning import another
from ordergraph.disputes.decisions.graphql import DisputeDecision
from ordergraph.disputes.parts.part import Part
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import Refusal

if TYPE_CHECKING:
    from ordergraph.appeals.graphql import Appeal


@strawberry.type
class Reviewed(Part):
    @loaded(
        description="Which operator looks after it, if the marketplace knows their name. For"
        " operators; the parties get null."
    )
    async def assigned_to(self, info: Info) -> User | None:
        operator_id = self.row.assigned_to_id
        if operator_id is None or await self.role(info) is not Role.OPERATOR:
            return None
        if operator_id == info.context.actor.user_id:
            return User.viewing(info.context)
        return await info.context.load.visible_user.load(operator_id)

    async def held_by_another(self, info: Info) -> Refusal | None:
        """Why this operator leaves it to the one who looks after it, if another one does."""
        holder = await self.assigned_to(info)
        return another(
            self.row, info.context.actor.user_id, holder.display_name if holder else None
        )

    @loaded(description="What an operator decided, if that is how it was ended.")
    async def decision(self, info: Info) -> DisputeDecision | None:
        return await info.context.load.decision_of_dispute.load(self.row.id)

    @loaded(
        description="A decision that waits for a second operator. For operators; others get null."
    )
    async def proposal(self, info: Info) -> DisputeDecision | None:
        if await self.role(info) is not Role.OPERATOR:
            return None
        return await info.context.load.proposal_of_dispute.load(self.row.id)

    @loaded(description="Appeals against the operator's decision, at most one each side.")
    async def appeals(
        self, info: Info
    ) -> list[Annotated["Appeal", lazy("ordergraph.appeals.graphql")]]:
        return await info.context.load.appeals_of_dispute.load(self.row.id)
