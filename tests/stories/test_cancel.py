"""The first half of the story: ordered too quickly, canceled, and the money comes back."""

from datetime import timedelta

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.sweeping import sweep
from tests.market import ADA, LAMPS, Market, gid

CANCEL = """
mutation Cancel($orderId: ID!, $reason: String!, $lines: [LineQuantityInput!]) {
  orderCancel(input: {orderId: $orderId, reasonHandle: $reason, lines: $lines}) {
    __typename
    ... on OrderCancelSuccess {
      order { status canCancel refunds { status amount { amount } } }
      cancellation { status whole requestedBy reason { label } refund { id } }
      refund { id status dueAt amount { amount currencyCode } shipping { amount }
        lines { quantity amount { amount } line { title } } steps { kind state at } }
    }
    ... on UserError { message }
    ... on CancelWindowClosedError { closedAt }
    ... on OrderAlreadyShippedError { trackingNumber }
  }
}"""


async def test_a_buyer_cancels_and_the_money_comes_back_after_a_week(market: Market) -> None:
    order = await market.place()

    answer = await market.ask(
        ADA, CANCEL, orderId=gid("Order", order.id), reason="no-longer-needed"
    )

    done = answer["orderCancel"]
    assert done["__typename"] == "OrderCancelSuccess"
    assert done["order"]["status"] == "CANCELED"
    assert done["refund"]["amount"] == {"amount": "84.70", "currencyCode": "EUR"}
    assert done["refund"]["dueAt"] == "2026-11-30T12:00:00.000Z"

    market.clock.advance(timedelta(days=7))
    assert await sweep(market.edge, named("refund.due")) == 1
    assert await run_errands(market.cashier, named_errand("refund.attempt")) == 1
    again = await market.ask(
        LAMPS,
        "query Q($id: ID!) { order(id: $id) { paymentStatus refunds { status settledAt } } }",
        id=gid("Order", order.id),
    )
    assert again["order"]["paymentStatus"] == "REFUNDED"
    assert again["order"]["refunds"][0]["status"] == "SUCCEEDED"
