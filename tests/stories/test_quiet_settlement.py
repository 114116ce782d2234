"""A quiet settlement: each says in private what would do, nobody hears of it, and then it is over."""

from typing import Any

from ordergraph.kernel.actor import Actor, Role
from tests.api.doors import bearer, socket
from tests.disputes.documents import moved, opened, sent
from tests.market import ADA, LAMPS, OLGA, Market
from tests.notifications.feed import feed, tell

SEEN = """query Seen($id: ID!) { dispute(id: $id) {
  status outcome decidedBy amountApproved { amount } refund { amount { amount } dueAt }
  myLimit { amount { amount currencyCode } changesLeft }
  actions { kind available } order { timeline { nodes { type summary actor } } } } }"""


async def seen(market: Market, who: Actor, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = (await market.ask(who, SEEN, id=id_))["dispute"]
    return found


async def says(market: Market, who: Actor, id_: str, amount: str) -> dict[str, Any]:
    return await moved(market, who, "disputeLimitSet", id_, f', amount: "{amount}"')


async def test_two_who_cannot_agree_aloud_agree_in_silence(market: Market) -> None:
    id_ = (await opened(market))["id"]
    await moved(market, LAMPS, "disputeRefuse", id_, ', note: "It was fine when it left."')
    await sent(market, ADA, id_, "It is broken, and I want all of it back.")
    await tell(market)
    told = {who: await feed(market, who) for who in (ADA, LAMPS)}

    # She would take half; nobody is told, and the seller's screen is the same as before.
    before = {who: await seen(market, who, id_) for who in (LAMPS, OLGA)}
    answer = await says(market, ADA, id_, "42.35")
    assert answer["dispute"]["status"] == "AWAITING_BUYER"
    assert (await seen(market, ADA, id_))["myLimit"] == {
        "amount": {"amount": "42.35", "currencyCode": "EUR"},
        "changesLeft": 4,
    }
    assert {who: await seen(market, who, id_) for who in (LAMPS, OLGA)} == before
    assert await tell(market) == 0

    # He would give less, then thinks again, and it is over: in the middle of 42.35 and 50.00.
    assert (await says(market, LAMPS, id_, "30.00"))["dispute"]["status"] == "AWAITING_BUYER"
    assert (await says(market, LAMPS, id_, "50.00"))["dispute"]["status"] == "RESOLVED"

    for who in (ADA, LAMPS, OLGA):
        over = await seen(market, who, id_)
        assert (over["outcome"], over["decidedBy"]) == ("REFUNDED_PARTIAL", "AGREEMENT")
        assert over["amountApproved"] == {"amount": "46.18"}  # the half cent is hers
        assert over["refund"]["amount"] == {"amount": "46.18"}
        assert over["myLimit"] is None
        assert not any(action["available"] for action in over["actions"])
        last = over["order"]["timeline"]["nodes"][-1]
        assert (last["type"], last["actor"]) == ("dispute.settled", "SELLER")
    await tell(market)
    hers = (await feed(market, ADA))[: -len(told[ADA])]
    assert {"dispute.settled", "refund.scheduled"} == {notice["type"] for notice in hers}
    assert len(await feed(market, LAMPS)) == len(told[LAMPS])  # he has the answer in his hand
    late = await says(market, ADA, id_, "1.00")
    assert late["__typename"] == "DisputeAlreadyDecidedError"


WATCH = "subscription W($id: ID!) { disputeUpdated(disputeId: $id) { status } }"


async def test_who_watches_live_hears_of_the_settlement_and_of_nothing_before(
    market: Market,
) -> None:
    id_ = (await opened(market))["id"]
    async with socket(market) as line:
        await line.init(**bearer("nordic-lamps", Role.SELLER))
        await line.subscribe(WATCH, id=id_)
        first = await line.hear()

        await says(market, ADA, id_, "40.00")
        await says(market, ADA, id_, "42.00")
        await says(market, LAMPS, id_, "50.00")
        second = await line.hear()

    states = [said["payload"]["data"]["disputeUpdated"]["status"] for said in (first, second)]
    assert states == ["AWAITING_SELLER", "RESOLVED"]
