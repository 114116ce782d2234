"""Making good to a seller what a refund took: the marketplace pays it."""

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.payments import actions as payments
from ordergraph.refunds.models import Refund


async def compensate(tx: Tx, order: Order, refund: Refund, amount: Money) -> None:
    """Add so much to what the seller is owed. The caller holds the locks of order and refund.

    The refund remembers it: should it be called off later, the seller gets back only the rest.
    """
    assert amount <= refund.compensable, "never more than the refund takes from the seller"
    await change(refund, compensated_minor=refund.compensated_minor + amount.minor)
    await payments.compensate(tx, order, amount, refund_id=refund.id)
