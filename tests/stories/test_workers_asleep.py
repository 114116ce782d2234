"""All workers are away: nobody can do what the clock has ended, or is kept from what it has begun."""

from typing import Any

from ordergraph.deadlines import DEADLINES
from ordergraph.orders.models import Order
from ordergraph.sweeping import sweep
from tests.disputes.documents import OPEN
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
from tests.orders.commands import do

SEEN = """query Seen($id: ID!) { order(id: $id) {
  status deliveredAt protectionEndsAt canceledAt refunds { dueAt amount { amount } }
  timeline { nodes { type actor } } actions { kind available } } }"""


async def seen(market: Market, order: Order) -> Any:
    return (await market.ask(ADA, SEEN, id=gid("Order", order.id)))["order"]


async def complained(market: Market, order: Order, reason: str) -> str:
    what = {"reason": reason, "amount": "84.70", "asked": "REFUND_ONLY"}
    done = await market.ask(ADA, OPEN, orderId=gid("Order", order.id), **what)
    return str(done["disputeOpen"]["__typename"])


async def wake_up(market: Market) -> None:
    for deadline in DEADLINES:
        await sweep(market.edge, deadline)


async def test_what_should_have_been_shipped_is_neither_shipped_nor_canceled_otherwise(
    market: Market,
) -> None:
    order = await market.place()
    market.clock.advance(9 * DAY)

    answers = [
        await do(market, LAMPS, "SHIP", order),
        await do(market, LAMPS, "CANCEL", order, reasonHandle="buyer-asked"),
        await do(market, OLGA, "SHIP", order),
        await do(market, ADA, "CANCEL", order),
    ]
    assert {answer["canceledAt"] for answer in answers} == {"2026-11-30T12:00:00.000Z"}

    await wake_up(market)
    found = await seen(market, order)
    assert (found["status"], found["canceledAt"]) == ("CANCELED", "2026-11-30T12:00:00.000Z")
    assert found["refunds"] == [
        {"dueAt": "2026-12-02T12:00:00.000Z", "amount": {"amount": "84.70"}}  # at once
    ]


async def test_a_parcel_that_should_have_come_can_be_complained_of_until_its_protection_ends(
    market: Market,
) -> None:
    promised_at = market.clock.at + 2 * DAY
    broken, fine = [
        await market.ship(await market.place(), promised_at=promised_at) for _ in range(2)
    ]
    market.clock.advance(16 * DAY)

    assert await complained(market, broken, "damaged") == "DisputeOpenSuccess"
    market.clock.advance(DAY)
    assert await complained(market, fine, "not-received") == "DisputeWindowClosedError"
    buttons = {each["kind"]: each["available"] for each in (await seen(market, fine))["actions"]}
    assert not any(buttons.values())

    await wake_up(market)
    disputed, done = await seen(market, broken), await seen(market, fine)
    for found, status in ((disputed, "DELIVERED"), (done, "COMPLETED")):
        assert found["status"] == status
        assert found["deliveredAt"] == "2026-11-25T12:00:00.000Z"
        assert found["protectionEndsAt"] == "2026-12-10T12:00:00.000Z"
    assert disputed["timeline"]["nodes"][-2:] == [
        {"type": "order.delivered", "actor": "SYSTEM"},
        {"type": "dispute.opened", "actor": "BUYER"},
    ]
