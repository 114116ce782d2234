"""A consumer withdraws from a purchase in two steps, keeps the acknowledgement, and is refunded."""

import hashlib
from datetime import timedelta
from typing import Any

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.orders.models import Order
from ordergraph.sweeping import sweep
from ordergraph.telling import deliver
from tests.disputes.documents import move
from tests.market import ADA, LAMPS, Market, gid, line
from tests.withdrawals.documents import CONFIRM, OF_ORDER, START, Phone, phone

PARCEL = ', carrier: "Post", trackingNumber: "R1"'
FEED = """
query Feed { viewer { notifications(first: 20) { nodes { type title
  withdrawal { status acknowledgement { sha256 } } } } } }"""

REFUND = """
query Refund($id: ID!) { node(id: $id) { ... on Withdrawal {
  dispute { refund { status cause amount { amount } } } } } }"""


async def _told(app: Phone, actor: Any, language: str = "en") -> list[dict[str, Any]]:
    found = await app.ask(actor, FEED, language)
    nodes: list[dict[str, Any]] = found["viewer"]["notifications"]["nodes"]
    return [node for node in nodes if node["type"] == "withdrawal.confirmed"]


async def _declared(market: Market, app: Phone, order: Order) -> dict[str, Any]:
    """Both steps, three minutes apart; in between nothing has happened, for anybody."""
    order_id = gid("Order", order.id)
    wanted = {"orderId": order_id, "name": "Ada Lovelace", "contactEmail": "ada@example.org"}
    draft = (await app.ask(ADA, START, "de", input=wanted))["withdrawalStart"]["withdrawal"]
    assert draft["status"] == "STARTED"
    assert draft["statement"]["refund"] == {"amount": "94.70"}
    assert draft["statement"]["text"].startswith("WIDERRUF EINES VERTRAGS")
    before = await app.ask(LAMPS, OF_ORDER, id=order_id)
    assert before["order"]["withdrawal"] is None, "a draft is the buyer's alone"

    market.clock.advance(timedelta(minutes=3, seconds=7))
    done = (await app.ask(ADA, CONFIRM, "de", id=draft["id"]))["withdrawalConfirm"]
    made: dict[str, Any] = done["withdrawal"]
    return made


async def _assert_acknowledged(app: Phone, order: Order, made: dict[str, Any]) -> None:
    """What is downloaded is what was told, to the last byte."""
    letter = made["acknowledgement"]
    file = await app.fetch(letter["url"])
    assert file.status_code == 200
    assert file.headers["content-type"] == "text/plain; charset=utf-8"
    assert file.text == letter["text"]
    assert hashlib.sha256(file.content).hexdigest() == letter["sha256"]
    assert "eingegangen am 23. November 2026, 12:03:07 UTC" in file.text
    assert file.text.endswith(made["statement"]["text"])
    for said in (order.number, "Ada Lovelace", "ada@example.org", "94,70", "2 x Lamp"):
        assert said in file.text


async def test_a_withdrawal_is_reviewed_confirmed_acknowledged_and_refunded_by_the_clock(
    market: Market,
) -> None:
    order = await market.deliver(await market.place(line(), line("Shade", 1, "10.00")))
    async with phone(market) as app:
        made = await _declared(market, app, order)
        assert (made["status"], made["confirmedAt"]) == ("CONFIRMED", "2026-11-23T12:03:07.000Z")
        assert made["dispute"]["status"] == "AWAITING_RETURN"
        assert made["statement"]["sendBackBy"] == "2026-12-07T12:03:07.000Z"
        await _assert_acknowledged(app, order, made)

        await deliver(market.hub, market.clock, limit=100)
        (to_buyer,) = await _told(app, ADA, "de")
        (to_seller,) = await _told(app, LAMPS)
        letter = made["acknowledgement"]
        assert to_buyer["withdrawal"]["acknowledgement"]["sha256"] == letter["sha256"]
        assert order.number in to_buyer["title"]
        assert to_seller["withdrawal"]["status"] == "CONFIRMED"

        market.clock.advance(timedelta(days=2))
        sent = await app.ask(ADA, move("returnShip", PARCEL), id=made["dispute"]["id"])
        (clock,) = sent["returnShip"]["dispute"]["deadlines"]
        assert clock["dueAt"] == "2026-12-07T12:03:07.000Z", "14 days after the withdrawal"

        market.clock.advance(timedelta(days=12))
        assert await sweep(market.edge, named("dispute.return_acknowledge")) == 1
        assert await sweep(market.edge, named("refund.due")) == 1
        assert await run_errands(market.cashier, named_errand("refund.attempt")) == 1
        end = (await app.ask(ADA, OF_ORDER, id=gid("Order", order.id)))["order"]
        after = (await app.ask(ADA, REFUND, id=made["id"]))["node"]["dispute"]["refund"]
        assert (after["status"], after["cause"]) == ("SUCCEEDED", "RETURN")
        assert after["amount"] == {"amount": "94.70"}
        assert [line["returnedQuantity"] for line in end["lines"]] == [2, 1]
        assert end["refundable"] == {"amount": "0.00"}
