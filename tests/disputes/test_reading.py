"""Reading disputes and threads: pages, nodes, who sees what."""

from typing import Any

import pytest

from ordergraph.kernel.actor import Actor, Role
from tests.disputes.documents import (
    DISPUTE,
    MARK_READ,
    THREAD,
    moved,
    opened,
    sent,
)
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market
from tests.watching import statements

NODE = "query Node($id: ID!) { node(id: $id) { __typename id } }"
LIST = """
query List($first: Int!, $after: String, $status: [DisputeStatus!]) {
  disputes(first: $first, after: $after, status: $status) {
    nodes { id status order { number } } pageInfo { hasNextPage endCursor }
  }
}"""


async def pages(market: Market, id_: str, **variables: Any) -> dict[str, Any]:
    found = await market.ask(ADA, THREAD, id=id_, **variables)
    messages: dict[str, Any] = found["dispute"]["messages"]
    return messages


async def thread_of_seven(market: Market) -> str:
    id_: str = (await opened(market))["id"]
    for n in range(7):
        await sent(market, LAMPS if n % 2 else ADA, id_, str(n))
    return id_


async def test_a_thread_is_paged_forward_without_gap_or_repeat(market: Market) -> None:
    id_ = await thread_of_seven(market)
    bodies, after, more = [], None, True

    while more:
        page = await pages(market, id_, first=3, after=after)
        bodies += [node["body"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert bodies == list("0123456")


async def test_a_thread_is_paged_backward_as_phones_scroll(market: Market) -> None:
    id_ = await thread_of_seven(market)

    newest = await pages(market, id_, last=3)
    older = await pages(market, id_, last=3, before=newest["pageInfo"]["startCursor"])

    assert [node["body"] for node in newest["nodes"]] == list("456")
    assert [node["body"] for node in older["nodes"]] == list("123")
    assert older["pageInfo"]["hasPreviousPage"]


async def test_without_a_size_twenty_come(market: Market) -> None:
    id_ = (await opened(market))["id"]
    for n in range(21):
        await sent(market, (ADA, LAMPS)[n % 2], id_, str(n))

    page = await pages(market, id_)

    assert len(page["nodes"]) == 20
    assert page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": 101},
        {"first": 1, "last": 1},
        {"first": 1, "after": "nonsense"},
        {"first": 1, "after": "Wzk5OTk5OTk5OTk5XQ"},  # [99999999999]
    ],
)
async def test_a_page_that_cannot_be_is_bad_input(market: Market, wrong: dict[str, Any]) -> None:
    id_ = (await opened(market))["id"]

    result = await market.execute(ADA, THREAD, id=id_, **wrong)

    assert result.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_marking_as_read_clears_the_count_and_tells_the_author(market: Market) -> None:
    id_ = (await opened(market))["id"]
    first = await sent(market, ADA, id_, "One.")
    await sent(market, ADA, id_, "Two.")

    marked = await market.ask(LAMPS, MARK_READ, id=id_, upTo=first["edge"]["node"]["id"])

    assert marked["threadMarkRead"]["dispute"] == {"unreadCount": 1}
    nodes = [edge["node"] for edge in (await pages(market, id_, first=2))["edges"]]
    assert [node["readByOtherAt"] for node in nodes] == ["2026-11-23T12:00:00.000Z", None]


async def test_a_bad_message_is_answered_in_the_union(market: Market) -> None:
    id_ = (await opened(market))["id"]

    answer = await sent(market, ADA, id_, "x" * 4001)

    assert answer["__typename"] == "InvalidInputError"


async def test_disputes_messages_and_offers_are_nodes_for_those_who_may_see_them(
    market: Market,
) -> None:
    dispute = await opened(market)
    id_, offer_id = dispute["id"], dispute["buyerOffer"]["id"]
    message_id = (await sent(market, ADA, id_, "Hello."))["edge"]["node"]["id"]

    for who, found in ((ADA, True), (LAMPS, True), (OLGA, True), (BEN, False), (PAPER, False)):
        nodes = ((id_, "Dispute"), (message_id, "Message"), (offer_id, "Offer"))
        for wanted, kind in nodes:
            node = (await market.ask(who, NODE, id=wanted))["node"]
            assert node == ({"__typename": kind, "id": wanted} if found else None)
        shown = (await market.ask(who, DISPUTE, id=id_))["dispute"]
        assert (shown is not None) == found


async def test_a_stranger_is_told_that_there_is_no_such_dispute(market: Market) -> None:
    id_ = (await opened(market))["id"]

    for name, extra in (
        ("disputeWithdraw", ""),
        ("disputeAccept", ""),
        ("disputeDecide", ', amount: "1.00"'),
    ):
        answer = await moved(market, BEN, name, id_, extra)
        assert answer["__typename"] == "NotFoundError"
    assert (await sent(market, PAPER, id_, "Psst."))["__typename"] == "NotFoundError"


async def test_nobody_without_a_token_gets_anything(market: Market) -> None:
    id_ = (await opened(market))["id"]

    result = await market.execute(None, DISPUTE, id=id_)

    assert result.errors[0].extensions["code"] == "UNAUTHENTICATED"


async def test_operators_page_through_all_disputes_newest_first(market: Market) -> None:
    ids = [(await opened(market))["id"] for _ in range(3)]
    await moved(market, ADA, "disputeWithdraw", ids[0])

    first = (await market.ask(OLGA, LIST, first=2))["disputes"]
    rest = (await market.ask(OLGA, LIST, first=2, after=first["pageInfo"]["endCursor"]))["disputes"]
    open_ = (await market.ask(OLGA, LIST, first=9, status=["AWAITING_SELLER"]))["disputes"]

    assert [d["id"] for d in first["nodes"] + rest["nodes"]] == ids[::-1]
    assert [d["id"] for d in open_["nodes"]] == [ids[2], ids[1]]


async def test_the_list_of_all_disputes_is_for_operators(market: Market) -> None:
    for who in (ADA, LAMPS, Actor(frozenset({Role.SELLER}), None)):
        result = await market.execute(who, LIST, first=1)
        assert result.errors[0].extensions["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}


@pytest.mark.parametrize("listed", ["evidence", "internalNotes", "messages"])
@pytest.mark.parametrize("who", [ADA, OLGA], ids=["a party", "an operator"])
async def test_who_asks_for_one_dispute_again_and_again_keeps_the_database_no_busier(
    market: Market, listed: str, who: Actor
) -> None:
    """Else one request of a few hundred letters would make thousands of statements."""
    id_ = (await opened(market))["id"]
    wanted = " ".join(f"a{n}: {listed}(first: 1) {{ nodes {{ id }} }}" for n in range(29))
    document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Dispute {{ {wanted} }} }} }}"

    with statements() as seen:
        answer = await market.ask(who, document, ids=[id_] * 100)

    assert len(answer["nodes"]) == 100
    assert len(seen) < 5
