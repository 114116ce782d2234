"""Goods go back, the carrier brings them, the seller says that they are damaged, the operator decides."""

from typing import Any

from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Actor
from ordergraph.sweeping import sweep
from tests.books.audit import found
from tests.disputes.documents import DISPUTE, moved, opened
from tests.market import ADA, BEN, DAY, LAMPS, OLGA, PAPER, Market, gid

SET = """
mutation Set($lines: [String!]!, $cost: Decimal, $currency: CurrencyCode) {
  returnAddressSet(input: {lines: $lines, countryCode: "DE", estimatedCost: $cost, currency: $currency}) {
    __typename
    ... on ReturnAddressSetSuccess { returnAddress { id lines estimatedCost { amount currencyCode } } }
    ... on UserError { message }
  }
}"""
MINE = "{ viewer { returnAddress { id lines countryCode estimatedCost { amount } } } }"
NODE = "query Q($id: ID!) { node(id: $id) { __typename ... on ReturnAddress { lines } } }"
BACK = """query Q($id: ID!) { dispute(id: $id) { refund { cause amount { amount } shipping { amount }
  adjustment { amount } lines { amount { amount } } }
  lines { quantity line { title returnedQuantity } } } }"""
TIMELINE = "query Q($id: ID!) { order(id: $id) { timeline { nodes { type actor summary } } } }"
PARCEL = ', carrier: "Post", trackingNumber: "R1"'
DAMAGED = ', answer: DAMAGED, note: "The shade is cracked."'
WHERE = {"lines": ["Nordic Lamps", "Dock 3"], "countryCode": "DE"}


async def says_where(market: Market, who: Actor = LAMPS, **cost: str) -> dict[str, Any]:
    answer = await market.ask(who, SET, lines=WHERE["lines"], **cost)
    result: dict[str, Any] = answer["returnAddressSet"]
    return result


async def shown(market: Market, who: Actor, id_: str) -> dict[str, Any]:
    dispute: dict[str, Any] = (await market.ask(who, DISPUTE, id=id_))["dispute"]
    return dispute


async def found_by(market: Market, address: dict[str, Any]) -> list[str]:
    """Who of them finds the address by its id."""
    people = {"ADA": ADA, "BEN": BEN, "LAMPS": LAMPS, "PAPER": PAPER}
    asked = {name: await market.ask(who, NODE, id=address["id"]) for name, who in people.items()}
    return [name for name, answer in asked.items() if answer["node"]]


async def sent_back(market: Market, reason: str = "changed-mind") -> dict[str, Any]:
    """A return that was asked for, granted, and handed to the carrier."""
    dispute = await opened(market, reason=reason, asked="RETURN_AND_REFUND")
    await moved(market, LAMPS, "disputeAccept", dispute["id"])
    result = await moved(market, ADA, "returnShip", dispute["id"], PARCEL)
    parcel: dict[str, Any] = result["dispute"]
    return parcel


async def all_is_paid(market: Market) -> None:
    market.clock.advance(20 * DAY)
    await sweep(market.edge, named("refund.due"))
    await run_errands(market.cashier, named_errand("refund.attempt"))
    await sweep(market.edge, named("order.protection_ends"))


async def test_a_return_is_contested_and_the_operator_gives_a_part(market: Market) -> None:
    set_ = await says_where(market, cost="6.20", currency="EUR")
    assert set_["returnAddress"]["estimatedCost"] == {"amount": "6.20", "currencyCode": "EUR"}
    order = await market.deliver(await market.place())
    dispute = await opened(market, order, reason="changed-mind", asked="RETURN_AND_REFUND")
    id_ = dispute["id"]
    assert (dispute["returnTerms"], dispute["returnAddress"]) == (None, None)
    assert await found_by(market, set_["returnAddress"]) == ["LAMPS"]
    assert (await shown(market, LAMPS, id_))["returnAddress"] == WHERE

    granted = (await moved(market, LAMPS, "disputeAccept", id_))["dispute"]
    assert granted["returnTerms"] == {"paidBy": "BUYER", "cost": {"amount": "6.20"}}
    assert (await shown(market, ADA, id_))["returnAddress"] == WHERE
    assert await found_by(market, set_["returnAddress"]) == ["ADA", "LAMPS"]
    await moved(market, ADA, "returnShip", id_, PARCEL)
    market.clock.advance(2 * DAY)
    brought = (await moved(market, OLGA, "returnMarkDelivered", id_))["dispute"]
    assert brought["returnShipment"]["deliveredAt"] == "2026-11-25T12:00:00.000Z"
    assert [(d["kind"], d["dueAt"]) for d in brought["deadlines"]] == [
        ("RETURN_ACKNOWLEDGE_BY", "2026-11-30T12:00:00.000Z")
    ]

    unsaid = await moved(market, LAMPS, "returnAcknowledge", id_, ", answer: DAMAGED")
    assert unsaid["__typename"] == "InvalidInputError"
    contested = (await moved(market, LAMPS, "returnAcknowledge", id_, DAMAGED))["dispute"]
    assert (contested["status"], contested["stage"]) == ("UNDER_REVIEW", "MEDIATION")
    assert contested["returnShipment"]["answer"] == "DAMAGED"
    late = await moved(market, OLGA, "returnMarkDelivered", id_)
    assert late["__typename"] == "WrongStateError"
    decided = await moved(market, OLGA, "disputeDecide", id_, ', amount: "40.00", note: "Half."')

    assert decided["dispute"]["outcome"] == "REFUNDED_PARTIAL"
    assert decided["dispute"]["amountApproved"] == {"amount": "40.00"}
    back = (await market.ask(ADA, BACK, id=id_))["dispute"]
    assert back["refund"] == {
        "cause": "DISPUTE",
        "amount": {"amount": "33.80"},
        "shipping": {"amount": "0.00"},
        "adjustment": {"amount": "-6.20"},
        "lines": [{"amount": {"amount": "40.00"}}],
    }
    assert back["lines"] == [{"quantity": 2, "line": {"title": "Lamp", "returnedQuantity": 0}}]
    assert (await shown(market, ADA, id_))["returnAddress"] is None
    assert await found_by(market, set_["returnAddress"]) == ["LAMPS"]
    told = (await market.ask(ADA, TIMELINE, id=gid("Order", order.id)))["order"]["timeline"]
    types = [event["type"] for event in told["nodes"]]
    assert types.index("return.delivered") < types.index("return.contested")
    await all_is_paid(market)
    assert await found(market) == []


async def test_a_seller_who_says_nothing_once_the_goods_are_there_has_them(market: Market) -> None:
    parcel = await sent_back(market, reason="damaged")
    market.clock.advance(DAY)
    await moved(market, OLGA, "returnMarkDelivered", parcel["id"])
    market.clock.advance(5 * DAY)
    late = await moved(market, LAMPS, "returnAcknowledge", parcel["id"], DAMAGED)
    assert late["__typename"] == "DisputeDeadlinePassedError"

    assert await sweep(market.edge, named("dispute.return_acknowledge")) == 1

    done = await shown(market, ADA, parcel["id"])
    assert (done["outcome"], done["decidedBy"]) == ("REFUNDED_FULL", "DEADLINE")
    assert (done["refund"]["cause"], done["refund"]["amount"]) == ("RETURN", {"amount": "84.70"})
    back = (await market.ask(ADA, BACK, id=parcel["id"]))["dispute"]
    assert back["lines"][0]["line"]["returnedQuantity"] == 2
    assert await found(market) == []


async def test_only_those_who_need_it_know_where_goods_go(market: Market) -> None:
    await says_where(market)
    mine = (await market.ask(LAMPS, MINE))["viewer"]["returnAddress"]
    assert (mine["lines"], mine["estimatedCost"]) == (WHERE["lines"], None)
    assert (await market.ask(ADA, MINE))["viewer"]["returnAddress"] is None

    refused = await says_where(market, ADA)
    assert refused["__typename"] == "NotAllowedError"
    half = await says_where(market, cost="5.00")
    assert half["__typename"] == "InvalidInputError"
    for stranger in (ADA, BEN):
        assert (await market.ask(stranger, NODE, id=mine["id"]))["node"] is None
    for knows in (LAMPS, OLGA):
        assert (await market.ask(knows, NODE, id=mine["id"]))["node"]["lines"] == WHERE["lines"]


async def test_after_a_contest_the_carriers_word_comes_too_late(market: Market) -> None:
    parcel = await sent_back(market)
    nothing = ', answer: ITEM_NOT_RECEIVED, note: "Nothing came."'
    await moved(market, LAMPS, "returnAcknowledge", parcel["id"], nothing)

    late = await moved(market, OLGA, "returnMarkDelivered", parcel["id"])

    assert late["__typename"] == "WrongStateError"
    market.clock.advance(30 * DAY)
    assert await sweep(market.edge, named("dispute.decision")) == 1
    done = await shown(market, ADA, parcel["id"])
    assert (done["outcome"], done["refund"]["amount"]) == ("REFUNDED_FULL", {"amount": "79.80"})
    assert await found(market) == []
