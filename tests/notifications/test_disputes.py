"""Which dispute a notification is about, where the order has had several."""

import asyncio
from dataclasses import fields
from typing import Any

import pytest

from ordergraph import reactions
from ordergraph.appeals import actions as appeals
from ordergraph.appeals.models import Appeal
from ordergraph.deadlines import named
from ordergraph.disputes import actions as disputes
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.event import Event
from ordergraph.notifications.models import Notification
from ordergraph.notifications.process import FOR_OPERATORS, NOTICES
from ordergraph.sweeping import sweep
from tests.disputes.court import act, complaint, disputed
from tests.disputes.documents import sent
from tests.disputes.twice import disputed_twice
from tests.market import ADA, DAY, LAMPS, OLGA, OTTO, Market, gid
from tests.notifications.feed import cancel, tell
from tests.notifications.test_live import SOON_S
from tests.notifications.test_operators import meet
from tests.watching import statements

FEED = """
query Feed($first: Int! = 100) { viewer { notifications(first: $first) { nodes {
  type side dispute { id status order { id number } reason { handle } }
  order { id dispute { id } } withdrawal { dispute { id } } } } } }"""
ONE = "query One($id: ID!) { node(id: $id) { ... on Notification { dispute { id } } } }"
ADDED = "subscription Added { notificationAdded { node { type dispute { id status } } } }"
ABOUT_ONE = ("dispute.", "appeal.", "return.")


async def told(market: Market, who: Actor) -> list[dict[str, Any]]:
    """Oldest first."""
    found = await market.ask(who, FEED)
    nodes: list[dict[str, Any]] = found["viewer"]["notifications"]["nodes"]
    return nodes[::-1]


async def about(market: Market, who: Actor) -> list[tuple[str, str | None]]:
    """What was told, and of which dispute."""
    return [
        (node["type"], node["dispute"] and node["dispute"]["id"])
        for node in await told(market, who)
    ]


@pytest.mark.parametrize("type_", sorted(NOTICES.keys() | FOR_OPERATORS))
def test_whatever_is_told_of_a_dispute_names_it(type_: str) -> None:
    assert reactions.EVENTS
    kind: Any = Event.known.get(type_)

    names = kind is not None and "dispute_id" in {field.name for field in fields(kind)}

    assert names is type_.startswith(ABOUT_ONE)


@pytest.mark.parametrize("who", [ADA, LAMPS])
async def test_an_appeal_against_an_earlier_one_leads_to_that(market: Market, who: Actor) -> None:
    earlier, newest = await disputed_twice(market)
    appeal = await Appeal.get(dispute_id=earlier.id)
    await act(market, OLGA, appeals.deny, appeal.id, "It stands.")
    await tell(market)

    nodes = {node["type"]: node for node in await told(market, who)}

    denied = nodes["appeal.denied"]
    assert denied["dispute"]["id"] == gid("Dispute", earlier.id)
    assert denied["dispute"]["order"]["id"] == denied["order"]["id"]
    assert denied["order"]["dispute"] == {"id": gid("Dispute", newest.id)}
    assert nodes["withdrawal.confirmed"]["dispute"] is None
    assert nodes["withdrawal.confirmed"]["withdrawal"]["dispute"] == denied["order"]["dispute"]


async def test_each_leads_to_the_one_in_which_it_happened(market: Market) -> None:
    first = await disputed(market)
    await sent(market, ADA, gid("Dispute", first.id), "Hello?")
    market.clock.advance(2.5 * DAY)
    await sweep(market.edge, named("dispute.reminder"))
    await act(market, ADA, disputes.withdraw, first.id)
    second = await act(market, ADA, disputes.open_dispute, complaint(await first.order))
    market.clock.advance(2.5 * DAY)
    await sweep(market.edge, named("dispute.reminder"))
    await act(market, LAMPS, disputes.accept, second.id)
    await tell(market)

    seller, buyer = [await about(market, who) for who in (LAMPS, ADA)]

    one, other = gid("Dispute", first.id), gid("Dispute", second.id)
    assert [each for each in seller if each[0].startswith("dispute.")] == [
        ("dispute.opened", one),
        ("dispute.message_sent", one),
        ("dispute.reminder", one),
        ("dispute.withdrawn", one),
        ("dispute.opened", other),
        ("dispute.reminder", other),
    ]
    assert ("order.paid", None) in seller
    assert {("dispute.accepted", other), ("refund.scheduled", None)} <= set(buyer)


async def test_operators_are_led_to_the_case_that_waits_for_them(market: Market) -> None:
    await meet(market, OLGA, OTTO)
    earlier, _ = await disputed_twice(market)
    await tell(market)

    for operator in (OLGA, OTTO):
        assert await about(market, operator) == [
            ("dispute.escalated", gid("Dispute", earlier.id)),
            ("appeal.opened", gid("Dispute", earlier.id)),
        ]


async def test_one_by_its_id_leads_there_and_for_others_neither_is_there(market: Market) -> None:
    dispute = await disputed(market)
    await tell(market)
    event = await EventRow.get(type="dispute.opened")
    notice = await Notification.get(event_id=event.id)
    id_ = gid("Notification", notice.id)

    assert await market.ask(LAMPS, ONE, id=id_) == {
        "node": {"dispute": {"id": gid("Dispute", dispute.id)}}
    }
    for stranger in (ADA, OLGA):
        assert await market.ask(stranger, ONE, id=id_) == {"node": None}


async def test_a_live_one_leads_there_too(market: Market) -> None:
    order = await market.deliver(await market.place())
    await tell(market)
    stream = await market.listen(LAMPS, ADDED)
    coming = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.1)
    dispute = await act(market, ADA, disputes.open_dispute, complaint(order))
    await tell(market)

    result = await asyncio.wait_for(coming, SOON_S)
    await stream.aclose()

    assert result.errors is None
    assert result.data["notificationAdded"]["node"] == {
        "type": "dispute.opened",
        "dispute": {"id": gid("Dispute", dispute.id), "status": "AWAITING_SELLER"},
    }


async def test_a_longer_feed_takes_as_many_statements(market: Market) -> None:
    for _ in range(6):
        await cancel(market, await market.place())
        await disputed(market)
    await tell(market)
    asked = []
    for first in (2, 18):
        await market.ask(LAMPS, FEED, first=first)
        with statements() as seen:
            answer = await market.ask(LAMPS, FEED, first=first)
        nodes = answer["viewer"]["notifications"]["nodes"]
        assert len(nodes) == first
        assert any(node["dispute"] for node in nodes)
        asked.append(len(seen))

    assert asked[0] == asked[1]
