"""The goods of a dispute, and their way back."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.ready import loaded
from ordergraph.disputes.parts.part import Part
from ordergraph.disputes.return_types import DisputeLine, ReturnAddress, needs_address


@strawberry.type
class Returned(Part):
    @loaded(
        description="The pieces that it is about: those that were named, or all of them when all"
        " the money was asked for; empty for a part of the money without named pieces."
    )
    async def lines(self, info: Info) -> list[DisputeLine]:
        rows = await info.context.load.lines_of_dispute.load(self.row.id)
        return [DisputeLine(quantity=row.quantity, row=row, dispute=self.row) for row in rows]

    @loaded(
        description="Where the goods go back to, if the seller has said so; the buyer sees it from"
        " when a return is agreed until the dispute ends."
    )
    async def return_address(self, info: Info) -> ReturnAddress | None:
        order = await info.context.load.visible_order.load(self.row.order_id)
        assert order is not None, "who sees a dispute sees its order"
        if not needs_address(self.row, order.role(info)):
            return None
        row = await info.context.load.return_address_of_seller.load(order.row.seller_id)
        return ReturnAddress.of(row) if row else None
