"""What clients send to do something with an order, and what comes back."""

from typing import Any

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order, OrderLine
from tests.market import Market, gid

NO = """
fragment No on UserError {
  __typename message
  ... on CancelWindowClosedError { closedAt }
  ... on OrderAlreadyShippedError { shippedAt carrier trackingNumber }
  ... on OrderAlreadyCanceledError { canceledAt }
  ... on AmountTooHighError { maximum { amount } }
  ... on HoldTooLongError { latest }
  ... on OrderDisputedError { disputedAt }
  ... on WrongStateError { action state }
  ... on NotAllowedError { action }
  ... on InvalidInputError { field }
  ... on NotFoundError { what }
}"""

COMMANDS = {
    # kind: mutation, what is sent beside the order
    "CANCEL": ("orderCancel", {"reasonHandle": "other"}),
    "SHIP": ("orderShip", {"carrier": "Post", "trackingNumber": "T1"}),
    "MARK_DELIVERED": ("orderMarkDelivered", {}),
    "CONFIRM_RECEIPT": ("orderConfirmReceipt", {}),
}
CANCEL_LINES = "CANCEL_LINES"

Answer = dict[str, Any]


async def do(
    market: Market, actor: Actor | None, kind: str, order: Order, **changes: Any
) -> Answer:
    """Send the command as somebody; return the member of the union that came back."""
    data = await market.ask(actor, **await request(kind, order, **changes))
    answer: Answer = next(iter(data.values()))
    return answer


async def request(kind: str, order: Order, language: str = "en", **changes: Any) -> dict[str, Any]:
    """The document and its variables, for `Market.ask` and `Market.execute`."""
    if kind == CANCEL_LINES:
        line = await OrderLine.filter(order_id=order.id).first()
        assert line is not None
        changes = {"lines": [{"lineId": gid("OrderLine", line.id), "quantity": 1}], **changes}
        kind = "CANCEL"
    field, usual = COMMANDS[kind]
    name = field[0].upper() + field[1:]
    document = f"""mutation Do($input: {name}Input!) {{
      {field}(input: $input) {{ __typename ...No ... on {name}Success {{ order {{ id status }} }} }}
    }} {NO}"""
    sent = {"orderId": gid("Order", order.id), **usual, **changes}
    return {"document": document, "language": language, "input": sent}
