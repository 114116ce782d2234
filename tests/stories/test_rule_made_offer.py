"""Rules of a seller's: a small sum comes back at once; what is not worth sending is offered to keep."""

from typing import Any

from tests.disputes.documents import DISPUTE, moved, opened, sent
from tests.market import ADA, LAMPS, OLGA, Market
from tests.notifications.feed import feed, tell

PUBLISH = """mutation Publish($rules: [SellerRuleInput!]!) {
  sellerRulesPublish(input: {rules: $rules}) { __typename
    ... on SellerRulesPublishSuccess { sellerRules { version rules { acceptUpTo { amount } } } }
    ... on UserError { message } } }"""
TIMELINE = """query T($id: ID!) { dispute(id: $id) {
  order { timeline { nodes { type actor summary } } } } }"""
BOTH = {"currency": "EUR", "acceptUpTo": "2.00", "offerToKeep": True}


async def publish(market: Market, *rules: dict[str, Any]) -> dict[str, Any]:
    answer = await market.ask(LAMPS, PUBLISH, rules=list(rules))
    result: dict[str, Any] = answer["sellerRulesPublish"]
    return result


async def newest(market: Market, id_: str) -> dict[str, Any]:
    """The youngest line of the order's timeline."""
    found = await market.ask(ADA, TIMELINE, id=id_)
    line: dict[str, Any] = found["dispute"]["order"]["timeline"]["nodes"][-1]
    return line


async def test_the_sellers_rules_answer_before_the_seller_has_read_it(market: Market) -> None:
    published = await publish(market, BOTH)
    assert published["sellerRules"] == {
        "version": 1,
        "rules": [{"acceptUpTo": {"amount": "2.00"}}],
    }

    # A screw is missing: 1.50 back, and nobody has to do anything.
    small = await opened(market, amount="1.50", reason="missing-parts")
    assert (small["status"], small["outcome"]) == ("RESOLVED", "REFUNDED_FULL")
    assert small["refund"]["amount"] == {"amount": "1.50"}
    assert await newest(market, small["id"]) == {
        "type": "dispute.accepted_by_rule",
        "actor": "SELLER",
        "summary": "A rule of the seller's granted the money at once; the goods stay.",
    }

    # A bulb for 4.00, to be sent back for 4.90: the seller's rule lets her keep it.
    kept = await opened(market, amount="4.00", asked="RETURN_AND_REFUND")
    assert kept["status"] == "AWAITING_BUYER"
    assert [d["waitingFor"] for d in kept["deadlines"]] == ["BUYER", "BUYER"]
    line = await newest(market, kept["id"])
    assert line["type"] == "dispute.offered_by_rule"
    assert line["summary"].startswith("A rule of the seller's offers the money")

    # Both are told, and that a rule did it.
    await tell(market)
    for who in (ADA, LAMPS):
        titles = [n["title"] for n in await feed(market, who) if n["type"].endswith("_by_rule")]
        assert len(titles) == 2
        assert all(title.startswith("The seller's rule") for title in titles)

    # What is more than the rules say is for the seller himself, and so is everything without rules.
    assert (await opened(market, amount="5.00"))["status"] == "AWAITING_SELLER"
    await publish(market)
    assert (await opened(market, amount="1.00"))["status"] == "AWAITING_SELLER"

    # The offer that a rule made lives on like any other: she wants an operator to look at it.
    await sent(market, ADA, kept["id"], "I would rather have all bulbs replaced.")
    await moved(market, ADA, "disputeEscalate", kept["id"])
    looked_at = (await market.ask(OLGA, DISPUTE, id=kept["id"]))["dispute"]
    assert (looked_at["status"], looked_at["stage"]) == ("UNDER_REVIEW", "MEDIATION")
