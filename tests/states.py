"""Bringing an order or a refund into any state, by the same ways as in life wherever there is one."""

from datetime import timedelta
from typing import Any

from ordergraph.cancellations import actions as cancellations
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus as O
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus as R
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, OLGA, Market
from tests.scripted import cashier

SCRIPTS = {
    # state → what the gateway does on the way there
    R.PENDING: "pending",
    R.REQUIRES_ACTION: "CARD_EXPIRED",
    R.SUCCEEDED: "",
    R.FAILED: "CARD_EXPIRED",
}


async def cancel(
    market: Market, order: Order, actor: Actor = ADA, reason: str = "other", **picked: Any
) -> cancellations.Canceled:
    """Cancel all of it, or `lines`: how many of which position."""
    lines = picked.get("lines")
    request = cancellations.CancelRequest(
        order_id=order.id, reason_handle=reason, note=picked.get("note", ""), picked=lines
    )
    async with market.edge.transaction(actor) as tx:
        return await cancellations.cancel(tx, request)


async def order_in(market: Market, status: O) -> Order:
    """An order of Ada's in this state; the clock stands where that is natural."""
    order = await market.place(paid=status not in {O.PENDING_PAYMENT, O.EXPIRED})
    match status:
        case O.EXPIRED:
            market.clock.advance(timedelta(minutes=30))
            await run_errands(market.cashier, named_errand("order.payment_due"))
        case O.CANCELED:
            await cancel(market, order)
        case O.SHIPPED:
            await market.ship(order)
        case O.DELIVERED:
            await market.deliver(order)
        case O.COMPLETED:
            await market.deliver(order)
            market.clock.advance(15 * DAY)
            await sweep(market.edge, named("order.protection_ends"))
    await order.refresh_from_db()
    assert order.status is status
    return order


async def refund_in(market: Market, status: R) -> Refund:
    """A refund of Ada's canceled order in this state."""
    refund = (await cancel(market, await market.place())).refund
    assert refund is not None
    if status not in {R.SCHEDULED, R.ON_HOLD, R.CANCELED}:
        await fall_due(market, refund)
    if status in SCRIPTS:
        teller, _ = cashier(market, SCRIPTS[status])
        await teller.send(refund.id)
    async with market.edge.transaction(OLGA) as tx:
        match status:
            case R.ON_HOLD:
                await commands.hold(tx, refund.id, None, "")
            case R.CANCELED:
                await commands.cancel(tx, refund.id, "a mistake")
            case R.FAILED:
                await commands.fail(tx, refund.id, "paid in cash")
    await refund.refresh_from_db()
    assert refund.status is status
    return refund


async def fall_due(market: Market, refund: Refund) -> None:
    """Let the promised date come, and the worker see it."""
    market.clock.advance(refund.due_at - market.clock.at)
    assert await sweep(market.edge, named("refund.due")) == 1
    await refund.refresh_from_db()
