"""What is yours with the marketplace, in the API."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.scalars import Money
from ordergraph.payments import queries


@strawberry.type
class PaymentViewer:
    @strawberry.field(
        description="Store credit that refunds have given you, one sum for each currency."
    )
    async def store_credit(self, info: Info) -> list[Money]:
        return [Money.of(sum_) for sum_ in await queries.store_credit(info.context.require_user())]
