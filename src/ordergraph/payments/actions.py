"""Writing payments: opening, recording what the gateway captured, reserving what goes back."""

from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.gateways.protocol import Capture, CaptureReceipt
from ordergraph.payments.ledger.process import Destination
from ordergraph.payments.models import Payment

BEARERS: Final = {Role.SELLER, Role.OPERATOR}

# One conditional statement each, so that of two at once only one can win.
RESERVE: Final = """
UPDATE payments SET refund_reserved_minor = refund_reserved_minor + $2::bigint
WHERE order_id = $1 AND refund_reserved_minor + refunded_minor + $2::bigint <= captured_minor
RETURNING id"""
SETTLE: Final = """
UPDATE payments SET refund_reserved_minor = refund_reserved_minor - $2::bigint,
                    refunded_minor = refunded_minor + $2::bigint
WHERE order_id = $1 AND refund_reserved_minor >= $2::bigint
RETURNING id"""
FREE: Final = """
UPDATE payments SET refund_reserved_minor = refund_reserved_minor - $2::bigint
WHERE order_id = $1 AND refund_reserved_minor >= $2::bigint
RETURNING id"""


async def open_payment(tx: Tx, order: Order, gateway: str) -> Payment:
    """Say what is to be captured for this order, and where."""
    return await Payment.create(
        order_id=order.id,
        gateway=gateway,
        currency=order.currency,
        amount_minor=order.total_minor,
        created_at=tx.now,
    )


def capture_of(payment: Payment) -> Capture:
    """The order to the gateway; its key is made of the payment, so repeating it is harmless."""
    return Capture(
        payment_reference=payment.id,
        amount=Money(payment.amount_minor, payment.currency),
        idempotency_key=f"capture-{payment.id}",
    )


async def record_capture(tx: Tx, order_id: UUID, receipt: CaptureReceipt) -> Payment:
    """Write down that the money is there; the second time changes nothing.

    Money that came too late for its order stays refundable; checkout gives it back.
    """
    order, _ = await order_queries.lock(tx, order_id)
    payment = await Payment.select_for_update(no_key=True).get(order_id=order_id)
    if payment.captured_at is not None:
        return payment
    assert receipt.amount == Money(payment.amount_minor, payment.currency), "captured what we asked"
    payment.gateway_reference = receipt.gateway_reference
    payment.captured_minor = receipt.amount.minor
    payment.captured_at = tx.now
    await payment.save(update_fields=["gateway_reference", "captured_minor", "captured_at"])
    if order.status is OrderStatus.PENDING_PAYMENT:
        await orders.mark_paid(tx, order)
    return payment


async def reserve(tx: Tx, order: Order, amount: Money, *, borne_by: Role) -> Payment:  # noqa: ARG001  (its entries follow)
    """Set aside what is promised back; raise AmountTooHigh for more than is left.

    `borne_by`: whose money it is in the end, the SELLER's or (OPERATOR) the marketplace's own.
    """
    assert amount.minor > 0, "nothing to give back"
    assert borne_by in BEARERS, "only these two pay for refunds"
    done = await _move(RESERVE, order.id, amount)
    payment = await Payment.get(order_id=order.id)
    if not done:
        raise AmountTooHigh(maximum=payment.refundable)
    return payment


async def settle_reserved(
    tx: Tx,  # noqa: ARG001  (its entries follow)
    order_id: UUID,
    amount: Money,
    *,
    refund_id: UUID,  # noqa: ARG001
    method: Destination,  # noqa: ARG001
    buyer_id: UUID,  # noqa: ARG001
) -> None:
    """What was promised has been given back, in this way."""
    assert await _move(SETTLE, order_id, amount), "a refund was settled that was never reserved"


async def free_reserved(tx: Tx, order_id: UUID, amount: Money, *, borne_by: Role) -> None:  # noqa: ARG001  (its entries follow)
    """A promise was called off; `borne_by` as it was when it was given."""
    assert borne_by in BEARERS, "only these two pay for refunds"
    assert await _move(FREE, order_id, amount), "a refund was called off that was never reserved"


async def pay_out(tx: Tx, order: Order) -> None:  # noqa: ARG001  (its entries follow)
    """The seller gets what is left, once the order is complete."""
    assert order.status is OrderStatus.COMPLETED, "a seller is paid out for what is complete"


async def complete(tx: Tx, order: Order) -> None:
    """The buyer's protection is over: complete the order, and pay the seller out."""
    await orders.complete(tx, order)
    await pay_out(tx, order)


async def _move(statement: str, order_id: UUID, amount: Money) -> bool:
    connection = connections.get("default")
    return bool(await connection.execute_query_dict(statement, [order_id, amount.minor]))
