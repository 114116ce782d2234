"""Reading the feed: one's own, page by page, and noting what was read."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.kernel.actor import Actor, Role
from ordergraph.notifications import queries
from ordergraph.notifications.models import Notification
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market, gid, person
from tests.notifications.feed import FEED, MARK_READ, cancel, feed, tell, unread

NODE = "query N($id: ID!) { node(id: $id) { __typename id } }"


@pytest.fixture
async def told(market: Market) -> list[Notification]:
    """Five orders, of which the seller was told."""
    for _ in range(5):
        await market.place()
    await tell(market)
    return await Notification.filter(user_id=LAMPS.user_id).order_by("-position")


async def test_pages_follow_each_other_without_gap_or_repeat(
    market: Market, told: list[Notification]
) -> None:
    seen: list[str] = []
    after: str | None = None
    sizes = []
    while True:
        answer = await market.ask(LAMPS, FEED, first=2, after=after)
        found: dict[str, Any] = answer["viewer"]["notifications"]
        sizes.append(len(found["edges"]))
        seen += [edge["node"]["id"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break

    assert sizes == [2, 2, 1]
    assert seen == [gid("Notification", row.id) for row in told]


async def test_a_page_is_not_moved_by_what_comes_in_meanwhile(
    market: Market, told: list[Notification]
) -> None:
    answer = await market.ask(LAMPS, FEED, first=2)
    after = answer["viewer"]["notifications"]["pageInfo"]["endCursor"]
    await market.place()
    await tell(market)

    rest = await feed(market, LAMPS, after=after)

    assert [node["id"] for node in rest] == [gid("Notification", row.id) for row in told[2:]]


async def test_reading_up_to_one_leaves_the_newer_ones_unread(
    market: Market, told: list[Notification]
) -> None:
    answer = await market.ask(LAMPS, MARK_READ, upTo=gid("Notification", told[2].id))

    assert answer["notificationsMarkRead"]["unreadNotificationCount"] == 2
    assert await unread(market, LAMPS) == 2
    left = await feed(market, LAMPS, unreadOnly=True)
    assert [node["id"] for node in left] == [gid("Notification", row.id) for row in told[:2]]


async def test_reading_everything_leaves_nothing_unread(
    market: Market, told: list[Notification]
) -> None:
    answer = await market.ask(LAMPS, MARK_READ)

    assert answer["notificationsMarkRead"]["unreadNotificationCount"] == 0
    assert await feed(market, LAMPS, unreadOnly=True) == []
    assert len(await feed(market, LAMPS)) == len(told)


async def test_what_was_read_keeps_the_moment_of_its_first_reading(
    market: Market,
    told: list[Notification],  # noqa: ARG001  (what there is to read)
) -> None:
    await market.ask(LAMPS, MARK_READ)
    read_at = market.clock.at
    market.clock.advance(timedelta(hours=1))

    await market.ask(LAMPS, MARK_READ)

    assert {row.read_at for row in await Notification.filter(user_id=LAMPS.user_id)} == {read_at}


@pytest.mark.parametrize("unread_only", [False, True])
@pytest.mark.parametrize("reader", [LAMPS, ADA, OLGA, person("nordic-lamps", Role.BUYER)])
async def test_a_page_is_what_the_orm_finds(
    market: Market, told: list[Notification], reader: Actor, *, unread_only: bool
) -> None:
    await market.ask(LAMPS, MARK_READ, upTo=gid("Notification", told[3].id))
    by_orm = queries.unread_by(reader) if unread_only else queries.visible_to(reader)
    for before, limit in (
        (None, 100),
        (None, 2),
        (4, 2),
        (1, 5),
        (2**31 - 1, 3),
        (-7, 1),
        (None, 0),
    ):
        expected = by_orm if before is None else by_orm.filter(position__lt=before)

        found = await queries.newest(reader, unread_only=unread_only, before=before, limit=limit)

        assert [row.id for row in found] == [
            row.id for row in (await expected.order_by("-position"))[:limit]
        ]
        assert [dict(row) for row in found] == [
            dict(await Notification.get(id=row.id)) for row in found
        ]
    assert await queries.count_unread(reader) == await queries.unread_by(reader).count()


@pytest.mark.parametrize("stranger", [ADA, BEN, PAPER, OLGA], ids=lambda actor: str(actor.roles))
async def test_another_ones_notification_is_not_there(
    market: Market, told: list[Notification], stranger: Actor
) -> None:
    id_ = gid("Notification", told[0].id)

    assert await market.ask(LAMPS, NODE, id=id_) == {
        "node": {"__typename": "Notification", "id": id_}
    }
    assert await market.ask(stranger, NODE, id=id_) == {"node": None}
    answer = await market.ask(stranger, MARK_READ, upTo=id_)
    assert answer["notificationsMarkRead"]["__typename"] == "NotFoundError"
    assert await unread(market, LAMPS) == 5


async def test_a_token_reads_only_the_sides_that_it_grants(
    market: Market, told: list[Notification]
) -> None:
    as_buyer = person("nordic-lamps", Role.BUYER)

    assert await feed(market, as_buyer) == []
    assert await market.ask(as_buyer, NODE, id=gid("Notification", told[0].id)) == {"node": None}
    assert await unread(market, as_buyer) == 0
    await market.ask(as_buyer, MARK_READ)
    assert await unread(market, LAMPS) == 5


async def test_a_token_without_roles_reads_nothing(
    market: Market,
    told: list[Notification],  # noqa: ARG001  (five that it could read)
) -> None:
    assert await feed(market, person("nordic-lamps")) == []


async def test_nobody_has_no_feed(market: Market) -> None:
    for document in (FEED, MARK_READ):
        result = await market.execute(None, document)

        assert result.errors[0].extensions["code"] == "UNAUTHENTICATED"


async def test_a_buyers_order_hangs_on_the_notification(market: Market) -> None:
    order = await market.place()
    await cancel(market, order, LAMPS)
    await tell(market)

    (first, *_) = await feed(market, ADA)

    assert first["side"] == "BUYER"
    assert first["order"]["id"] == gid("Order", order.id)
