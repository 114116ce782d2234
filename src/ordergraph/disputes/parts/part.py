"""What all parts of a dispute in the API stand on: its row, and who looks."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.disputes import models
from ordergraph.kernel.actor import Role


@strawberry.type
class Part:
    row: strawberry.Private[models.Dispute]

    async def role(self, info: Info) -> Role:
        """In which role the viewer meets it."""
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a dispute sees its order"
        return order.role(info)
