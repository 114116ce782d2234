"""The thread of a dispute: order, limits, reading."""

import pytest
from tortoise import connections

from ordergraph.disputes import actions, queries, thread
from ordergraph.disputes.models import Dispute, Message, ReadMark
from ordergraph.disputes.refusals import DisputeAlreadyDecided, NotYourTurn
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.refusal import InvalidInput, NotFound
from tests.disputes.court import act, disputed, refused, told
from tests.market import ADA, BEN, DAY, LAMPS, NOON, OLGA, PAPER, Market


async def say(market: Market, who: Actor, dispute: Dispute, body: str = "Hello.") -> Message:
    return await act(market, who, thread.send_message, dispute.id, body)


async def unread(who: Actor, dispute: Dispute) -> int:
    assert who.user_id is not None
    return (await queries.unread(who.user_id, [dispute.id])).get(dispute.id, 0)


async def test_messages_are_stored_in_order_and_announced(market: Market) -> None:
    """S8."""
    dispute = await disputed(market)

    first = await say(market, ADA, dispute, "  It is broken.\r\nSee? ")
    second = await say(market, LAMPS, dispute, "Cafe\u0301")

    assert (first.position, first.body) == (1, "It is broken.\nSee?")
    assert (second.position, second.body) == (2, "Caf\u00e9")
    assert (await told(dispute.order_id))[-2:] == ["dispute.message_sent"] * 2


@pytest.mark.parametrize("body", ["", " \n ", "x" * 4001, "bell \x07", "\u202egnorw"])
async def test_a_bad_message_stores_nothing(market: Market, body: str) -> None:
    dispute = await disputed(market)

    async with refused(InvalidInput) as caught:
        await say(market, ADA, dispute, body)
    assert caught.value.field == "body"


@pytest.mark.parametrize(
    "body",
    ["<b onclick=alert(1)>&lt;Hi</b>", "See http://169.254.169.254/ ![x](http://127.0.0.1/)"],
)
async def test_markup_and_links_are_letters_like_others(market: Market, body: str) -> None:
    """R4: stored and shown as they were written; that nobody follows them is for tests/house."""
    dispute = await disputed(market)

    message = await say(market, ADA, dispute, body)

    assert (await Message.get(id=message.id)).body == body


async def test_four_thousand_characters_fit(market: Market) -> None:
    dispute = await disputed(market)

    assert (await say(market, ADA, dispute, "\U0001f600" * 4000)).position == 1


async def test_the_operator_writes_only_while_reviewing(market: Market) -> None:
    dispute = await disputed(market)

    async with refused(NotYourTurn):
        await say(market, OLGA, dispute)
    await act(market, LAMPS, actions.refuse, dispute.id, "No.")
    await act(market, ADA, actions.escalate, dispute.id, "")

    assert (await say(market, OLGA, dispute)).author_role == "OPERATOR"


async def test_nobody_writes_when_it_is_over(market: Market) -> None:
    dispute = await disputed(market)
    await act(market, ADA, actions.withdraw, dispute.id)

    for who in (ADA, LAMPS, OLGA):
        async with refused(DisputeAlreadyDecided):
            await say(market, who, dispute)


@pytest.mark.parametrize("stranger", [BEN, PAPER])
async def test_a_stranger_can_neither_write_nor_read(market: Market, stranger: Actor) -> None:
    dispute = await disputed(market)
    message = await say(market, ADA, dispute)

    async with refused(NotFound):
        await say(market, stranger, dispute)
    async with refused(NotFound):
        await act(market, stranger, thread.mark_read, dispute.id, message.id)


async def test_what_others_wrote_is_unread_until_it_is_marked(market: Market) -> None:
    dispute = await disputed(market)
    first = await say(market, ADA, dispute)
    second = await say(market, ADA, dispute)
    await say(market, LAMPS, dispute)

    assert (await unread(ADA, dispute), await unread(LAMPS, dispute)) == (1, 2)
    await act(market, LAMPS, thread.mark_read, dispute.id, first.id)
    assert await unread(LAMPS, dispute) == 1
    await act(market, LAMPS, thread.mark_read, dispute.id, second.id)
    assert await unread(LAMPS, dispute) == 0


async def test_reading_back_changes_nothing(market: Market) -> None:
    dispute = await disputed(market)
    first, second = await say(market, ADA, dispute), await say(market, ADA, dispute)
    await act(market, LAMPS, thread.mark_read, dispute.id, second.id)

    await act(market, LAMPS, thread.mark_read, dispute.id, first.id)
    await act(market, LAMPS, thread.mark_read, dispute.id, second.id)

    assert await unread(LAMPS, dispute) == 0
    assert await ReadMark.filter(dispute_id=dispute.id).count() == 1


async def test_a_message_was_read_when_it_was_first_covered(market: Market) -> None:
    dispute = await disputed(market)
    first, second = await say(market, ADA, dispute), await say(market, ADA, dispute)
    await act(market, ADA, thread.mark_read, dispute.id, second.id)
    await act(market, OLGA, thread.mark_read, dispute.id, second.id)
    assert await queries.read_by_other([first.id, second.id]) == {}

    await act(market, LAMPS, thread.mark_read, dispute.id, first.id)
    market.clock.advance(DAY)
    await act(market, LAMPS, thread.mark_read, dispute.id, second.id)

    assert await queries.read_by_other([first.id, second.id]) == {
        first.id: NOON,
        second.id: NOON + DAY,
    }


async def test_a_message_of_another_thread_cannot_be_marked_here(market: Market) -> None:
    here, there = await disputed(market), await disputed(market)
    message = await say(market, ADA, there)

    async with refused(NotFound) as caught:
        await act(market, LAMPS, thread.mark_read, here.id, message.id)
    assert caught.value.what == "message"


async def test_the_database_lets_nobody_change_a_message(market: Market) -> None:
    """S8."""
    dispute = await disputed(market)
    await say(market, ADA, dispute)

    with pytest.raises(Exception, match="append-only"):
        await connections.get("default").execute_query_dict("UPDATE messages SET body = 'x'")
