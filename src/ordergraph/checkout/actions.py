"""Getting an order paid: capture it, record it, and give back what came too late."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from ordergraph.infra.correlation import current, on_behalf_of
from ordergraph.infra.database import Tx, again
from ordergraph.infra.outbox import origin
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Role
from ordergraph.kernel.ids import short
from ordergraph.orders import paying
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import actions as payments
from ordergraph.payments import queries as payment_queries
from ordergraph.payments.gateways.protocol import (
    CaptureReceipt,
    Declined,
    OutcomeUnknown,
    RateLimited,
    UnusableGateway,
)
from ordergraph.payments.models import Payment
from ordergraph.payments.process import PaymentDeclined, PaymentDeclineReason, PaymentTooLate
from ordergraph.refunds import actions as refunds
from ordergraph.refunds.process import RefundCause
from ordergraph.refunds.sending import Cashier

SHORTEST_WAIT: Final = timedelta(seconds=0.1)

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def capture(
    cashier: Cashier, order: Order, payment: Payment, *, repeated: bool = False
) -> bool:
    """Ask the gateway outside any transaction, record its answer, and say whether there was one.

    Without an answer the order stays unpaid; the gateway is asked again before it expires. A
    definite no ends the order, and raises PaymentDeclined when that is written down. Where the time
    to pay may be over before the answer comes, nothing is begun: that raises PaymentTooLate.

    `repeated`: an earlier try may have taken the money, so that is looked for first. The payment's
    key alone would not do: providers forget keys after a day, and an order may wait for longer.
    """
    try:
        receipt = await _look(cashier, order, payment) if repeated else None
        receipt = receipt or await _take(cashier, order, payment)
    except Declined as no:
        reason = _reason(no)
        await _record(cashier, lambda tx: payments.record_decline(tx, payment.order_id, reason))
        raise PaymentDeclined(reason) from None
    except PaymentTooLate:
        raise
    except Exception as problem:  # noqa: BLE001  (whatever a gateway raises, the order is placed)
        log.warning("capture.unanswered", payment=short(payment.id), problem=type(problem).__name__)
        return False
    await _record(cashier, lambda tx: record(tx, payment.order_id, receipt))
    return True


async def _take(cashier: Cashier, order: Order, payment: Payment) -> CaptureReceipt:
    """No capture is begun that may end after the order: then `settle_unpaid` looks, for the last time
    before it expires, and money that comes later only goes back. Where orders wait for hardly
    longer than the gateway may take, half of that time is for beginning.
    """
    due_at = order.payment_due_at
    least = min(cashier.timeout, (due_at - order.placed_at) / 2)
    if due_at - await cashier.edge.clock.now() < least:
        raise PaymentTooLate(due_at)
    asked = payments.capture_of(payment)
    return await cashier.in_time(_in_turn(lambda: cashier.gateway.capture(asked)))


async def _look(cashier: Cashier, order: Order, payment: Payment) -> CaptureReceipt | None:
    """Whether an earlier try took the money."""
    return await cashier.in_time(_in_turn(lambda: _find(cashier, order, payment)))


async def _find(cashier: Cashier, order: Order, payment: Payment) -> CaptureReceipt | None:
    """Only whom it was asked of knows: another gateway's no is none.

    Whatever it raises but that it is too busy is no answer: it declines nothing, which would end the order,
    and is no fault of the order's, which would be laid aside for good after some hours of it.
    """
    if payment.gateway != cashier.gateway.name:
        raise UnusableGateway(f"only {payment.gateway} knows")
    try:
        return await cashier.gateway.find_capture(payment.id, order.payment_due_at)
    except RateLimited:
        raise
    except Exception as problem:
        raise OutcomeUnknown(f"the look-up ended in {type(problem).__name__}") from problem


async def _in_turn(call: Callable[[], Awaitable[T]]) -> T:
    """Ask; while the gateway is too busy to begin, wait as it asks and try again.

    The buyer waits no longer than for any other answer: `in_time` ends it.
    """
    while True:
        try:
            return await call()
        except RateLimited as busy:
            await asyncio.sleep(max(busy.retry_after, SHORTEST_WAIT).total_seconds())


def _reason(no: Declined) -> PaymentDeclineReason:
    known = PaymentDeclineReason.__members__
    return known.get(no.code, PaymentDeclineReason.UNKNOWN)


async def _record(cashier: Cashier, write: Callable[[Tx], Awaitable[None]]) -> None:
    async def recorded() -> None:
        async with cashier.edge.transaction(GATEWAY, current()) as tx:
            await write(tx)

    await again(recorded)


async def record(tx: Tx, order_id: UUID, receipt: CaptureReceipt) -> None:
    """Record a capture, and promise back what came too late; the same one again changes nothing.

    Not even when there is something to give back again, because that promise came to nothing: it
    was given, and what became of it is an operator's affair.
    """
    payment = await payments.record_capture(tx, order_id, receipt)
    if payment is None:
        return
    order, _ = await order_queries.lock(tx, order_id)
    if order.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED}:
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
            payment=payment,
        )


async def _captured(cashier: Cashier, order_id: UUID) -> CaptureReceipt | None:
    """What the gateway has taken for an order, on behalf of whoever placed it."""
    order, payment = await Order.get(id=order_id), await payment_queries.of_order(order_id)
    with on_behalf_of(await origin(order_id)):
        return await cashier.in_time(_find(cashier, order, payment))


async def settle_unpaid(cashier: Cashier, order_id: UUID) -> None:
    """The time to pay is over: ask the gateway once more, then record the money or expire the order."""
    receipt = await _captured(cashier, order_id)
    if receipt is not None:
        async with cashier.edge.transaction(GATEWAY) as tx:
            await record(tx, order_id, receipt)
        return
    async with cashier.edge.transaction(SYSTEM) as tx:
        order = await order_queries.claim(order_id)
        if order is not None and order.status is OrderStatus.PENDING_PAYMENT:
            await paying.expire(tx, order)


async def look_again(cashier: Cashier, order_id: UUID) -> None:
    """An order that ended unpaid may have been paid all the same, by a capture whose answer was lost
    or that took its time; what is found goes straight back.
    """
    receipt = await _captured(cashier, order_id)
    async with cashier.edge.transaction(GATEWAY) as tx:
        if receipt is not None:
            await record(tx, order_id, receipt)
        await paying.looked_for_payment(tx, order_id, found=receipt is not None)
