"""Getting an order paid: capture it, record it, and give back what came too late."""

from uuid import UUID

import structlog

from ordergraph.infra.database import Tx, again
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Role
from ordergraph.kernel.ids import short
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import actions as payments
from ordergraph.payments import queries as payment_queries
from ordergraph.payments.gateways.protocol import CaptureReceipt
from ordergraph.payments.models import Payment
from ordergraph.refunds import actions as refunds
from ordergraph.refunds.process import RefundCause
from ordergraph.refunds.sending import Cashier

log = structlog.get_logger(__name__)


async def capture(cashier: Cashier, payment: Payment) -> bool:
    """Ask the gateway outside any transaction, record its answer, and say whether there was one.

    Without an answer the order stays unpaid; the gateway is asked again before it expires.
    """
    try:
        receipt = await cashier.in_time(cashier.gateway.capture(payments.capture_of(payment)))
    except Exception as problem:  # noqa: BLE001  (whatever a gateway raises, the order is placed)
        log.warning("capture.unanswered", payment=short(payment.id), problem=repr(problem)[:200])
        return False

    async def recorded() -> None:
        async with cashier.edge.transaction(GATEWAY) as tx:
            await record(tx, payment.order_id, receipt)

    await again(recorded)
    return True


async def record(tx: Tx, order_id: UUID, receipt: CaptureReceipt) -> None:
    """Record a capture; the same one again changes nothing."""
    payment = await payments.record_capture(tx, order_id, receipt)
    order, _ = await order_queries.lock(tx, order_id)
    if order.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED} and payment.refundable.minor:
        await refunds.schedule(
            tx,
            order,
            refunds.Promise(
                cause=RefundCause.OVERPAYMENT,
                cause_id=payment.id,
                parts=refunds.Parts(adjustment_minor=payment.refundable.minor),
                due_at=tx.now,
            ),
            Role.GATEWAY,
        )


async def settle_unpaid(cashier: Cashier, order_id: UUID) -> None:
    """The time to pay is over: ask the gateway once more, then record the money or expire the order."""
    payment = await payment_queries.of_order(order_id)
    receipt = await cashier.in_time(cashier.gateway.find_capture(payment.id))
    if receipt is not None:
        async with cashier.edge.transaction(GATEWAY) as tx:
            await record(tx, order_id, receipt)
        return
    async with cashier.edge.transaction(SYSTEM) as tx:
        order = await order_queries.claim(order_id)
        if order is not None and order.status is OrderStatus.PENDING_PAYMENT:
            await orders.expire(tx, order)


async def look_after_cancel(cashier: Cashier, order_id: UUID) -> None:
    """An order canceled unpaid may have been paid all the same, by a capture whose answer was lost."""
    payment = await payment_queries.of_order(order_id)
    receipt = await cashier.in_time(cashier.gateway.find_capture(payment.id))
    async with cashier.edge.transaction(GATEWAY) as tx:
        if receipt is not None:
            await record(tx, order_id, receipt)
        await orders.give_up_payment(tx, order_id)
