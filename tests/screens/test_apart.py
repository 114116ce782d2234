"""An error in one part of an answer ends that part, and no other.

graphql-core ends what else is under way where something failed that may not be null.
"""

from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from tests.market import ADA, NOON, Market, gid

BELOW = "withdrawal { id } timelineIntegrity { intact }"
FAILS = f"timeline(first: 101) {{ nodes {{ id }} }} {BELOW}"
QUERY = f"""query ($id: ID!) {{
  a: order(id: $id) {{ {FAILS} }} b: order(id: $id) {{ number {BELOW} }} }}"""
MUTATION = f"""mutation ($id: ID!) {{
  orderCancel(input: {{orderId: $id, reasonHandle: "no-longer-needed"}}) {{ ... on OrderCancelSuccess {{
    cancellation {{ order {{ number {BELOW} }} }} refund {{ order {{ {FAILS} }} }} }} }} }}"""


async def test_other_parts_of_a_query_are_answered(busy: Market) -> None:
    order = await Order.filter(buyer_id=ADA.user_id).first()
    assert order is not None
    said = [await busy.execute(ADA, QUERY, id=gid("Order", order.id)) for _ in range(10)]

    b = {"number": order.number, "withdrawal": None, "timelineIntegrity": {"intact": True}}
    assert [each.data for each in said] == [{"a": None, "b": b}] * 10
    assert [[e.extensions["code"] for e in each.errors] for each in said] == [
        ["BAD_USER_INPUT"]
    ] * 10


async def test_whoever_changed_something_is_told_what(busy: Market) -> None:
    open_ = Order.filter(
        buyer_id=ADA.user_id, status=OrderStatus.PROCESSING, cancelable_until__gt=NOON
    )
    for order in await open_.limit(4):
        said = await busy.execute(ADA, MUTATION, id=gid("Order", order.id))

        payload = said.data["orderCancel"]
        assert payload["cancellation"]["order"]["number"] == order.number
        assert payload["refund"] is None
        assert [error.extensions["code"] for error in said.errors] == ["BAD_USER_INPUT"]
        await order.refresh_from_db()
        assert order.status is OrderStatus.CANCELED
