"""Moving an order's money by hand, each movement in a transaction of its own."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.payments import actions
from ordergraph.payments.ledger.process import Destination
from tests.market import Market

PROVIDER, CREDIT, HAND = Destination


@dataclass(frozen=True)
class Till:
    """One order's money."""

    market: Market
    order: Order

    def amount(self, minor: int) -> Money:
        return Money(minor, self.order.currency)

    async def reserve(self, minor: int, borne_by: Role = Role.SELLER) -> None:
        async with self.market.edge.transaction(SYSTEM, "a request") as tx:
            await actions.reserve(tx, self.order, self.amount(minor), borne_by=borne_by)

    async def settle(
        self, minor: int, method: Destination = PROVIDER, refund_id: UUID | None = None
    ) -> None:
        async with self.market.edge.transaction(SYSTEM, "a request") as tx:
            await actions.settle_reserved(
                tx,
                self.order.id,
                self.amount(minor),
                refund_id=refund_id or uuid4(),
                method=method,
            )

    async def free(self, minor: int, borne_by: Role = Role.SELLER) -> None:
        async with self.market.edge.transaction(SYSTEM, "a request") as tx:
            await actions.free_reserved(tx, self.order.id, self.amount(minor), borne_by=borne_by)
