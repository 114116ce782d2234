"""What clients send to cancel and to look before they cancel."""

from typing import Any

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order, OrderLine
from tests.market import ADA, Market, gid
from tests.orders.commands import NO

CANCEL = (
    """mutation Cancel($input: OrderCancelInput!) { orderCancel(input: $input) {
  __typename ...No
  ... on OrderCancelSuccess {
    order { status lines { title quantity canceledQuantity refunded { amount } } }
    cancellation { id status whole note requestedBy requestedAt canceledAt reason { handle label }
      order { id } refund { id } }
    refund { id status dueAt amount { amount currencyCode } shipping { amount } adjustment { amount }
      lines { quantity amount { amount } line { title } } }
  } } }"""
    + NO
)

PREVIEW = (
    """query Preview($id: ID!, $lines: [LineQuantityInput!]) { order(id: $id) {
  cancellationPreview(lines: $lines) {
    amount { amount } shipping { amount } whole method dueAt blockedBy { ...No } } } }"""
    + NO
)


def some(order: Order, rows: list[OrderLine], *quantities: int) -> list[dict[str, Any]]:
    """How many of the first, second, … line, as an input; 0 leaves a line out."""
    assert {row.order_id for row in rows} == {order.id}
    return [
        {"lineId": gid("OrderLine", row.id), "quantity": quantity}
        for row, quantity in zip(rows, quantities, strict=False)
        if quantity
    ]


async def send(
    market: Market, order: Order, actor: Actor = ADA, language: str = "en", **changes: Any
) -> Any:
    sent = {"orderId": gid("Order", order.id), "reasonHandle": "other", **changes}
    return (await market.ask(actor, CANCEL, language, input=sent))["orderCancel"]


async def look(market: Market, order: Order, actor: Actor = ADA, **lines: Any) -> Any:
    found = await market.ask(actor, PREVIEW, id=gid("Order", order.id), **lines)
    return found["order"]["cancellationPreview"]


async def lines_of(order: Order) -> list[OrderLine]:
    return await OrderLine.filter(order_id=order.id).order_by("position")
