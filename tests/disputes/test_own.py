"""A person's own disputes: what each side has, by status, page by page, along an index."""

from itertools import combinations
from typing import Any, Final

import pytest
from tortoise import connections
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.disputes import actions, party_queries, queries
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.party_queries import Page
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.actor import Actor, Role
from tests.disputes.court import act, complaint, disputed
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market, gid, person
from tests.screens.conftest import busy
from tests.watching import dear_pages, plan_of, read_whole, sent, statements, steps

__all__ = ["busy"]
OWN = """
query Own($first: Int, $after: String, $last: Int, $before: String, $status: [DisputeStatus!]) {
  viewer { disputes(first: $first, after: $after, last: $last, before: $before, status: $status) {
    edges { cursor node { id } } nodes { id status order { number } reason { handle } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
BOTH: Final = person("ben", Role.BUYER, Role.SELLER)
INDEXES: Final = {"disputes_of_buyer", "disputes_of_seller"}
OVER = """
INSERT INTO disputes SELECT more.* FROM disputes AS one, generate_series(1, 3000) AS n,
jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'status', 'RESOLVED',
    'outcome', 'NO_REFUND', 'decided_by', 'OPERATOR', 'closed_at', one.opened_at,
    'opened_at', one.opened_at + n * interval '1 minute')) AS more
WHERE one.id = $1"""
"""So many that are newer and over that it matters which way a plan goes."""
QUARRELS = """
INSERT INTO disputes (id, order_id, status, stage, version, reason_id, description, asked, currency,
    requested_minor, message_count, opened_at, approved_minor, return_paid_by, closed_at, outcome)
SELECT gen_random_uuid(), o.id, CASE n WHEN 1 THEN ('{AWAITING_SELLER,AWAITING_BUYER,AWAITING_RETURN,
    RETURN_IN_TRANSIT,UNDER_REVIEW}'::text[])[1 + o.k % 5] ELSE 'RESOLVED' END, 'NEGOTIATION', 1, r.id,
    'Broken.', 'REFUND_ONLY', o.currency, 100, 0, o.placed_at + (o.k % 20) * interval '1 hour', 100,
    'SELLER', CASE WHEN n > 1 THEN now() END, CASE WHEN n > 1 THEN 'NO_REFUND' END
FROM (SELECT *, row_number() OVER (ORDER BY number) AS k FROM orders) AS o, reasons AS r,
    generate_series(1, 3) AS n
WHERE r.context = 'DISPUTE' AND r.handle = 'defective'
AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id)"""
"""Over every order: one that is open, and two that are over and were opened at the same moment."""


@pytest.fixture
async def quarrelsome(busy: Market) -> Market:
    await connections.get("default").execute_query(QUARRELS)
    return busy


async def page(market: Market, who: Actor, **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await market.ask(who, OWN, **wanted))["viewer"]["disputes"]
    return found


async def listed(market: Market, who: Actor, **wanted: Any) -> list[str]:
    return [node["id"] for node in (await page(market, who, **wanted))["nodes"]]


def ids(*disputes: Dispute) -> list[str]:
    return [gid("Dispute", dispute.id) for dispute in disputes]


async def between(market: Market, buyer: Actor, seller: Actor) -> Dispute:
    order = await market.deliver(await market.place(buyer=buyer, seller=seller))
    return await act(market, buyer, actions.open_dispute, complaint(order))


async def test_each_side_has_its_own_newest_first_and_nobody_anothers(market: Market) -> None:
    bought = await between(market, ADA, LAMPS)
    of_paper = await between(market, ADA, PAPER)
    of_ben = await between(market, BEN, LAMPS)

    assert await listed(market, ADA) == ids(of_paper, bought)
    assert await listed(market, BEN) == ids(of_ben)
    assert await listed(market, LAMPS) == ids(of_ben, bought)
    assert await listed(market, PAPER) == ids(of_paper)
    assert await listed(market, OLGA) == []
    assert await listed(market, person("nobody", *Role)) == []


async def test_who_buys_and_sells_has_both_in_one_list(market: Market) -> None:
    bought = await between(market, BEN, LAMPS)
    sold = await between(market, ADA, BEN)
    again = await between(market, BEN, PAPER)

    assert await listed(market, BOTH) == ids(again, sold, bought)
    assert await listed(market, BOTH, first=1) == ids(again)
    assert await listed(market, BEN) == ids(again, bought)
    assert await listed(market, person("ben", Role.SELLER)) == ids(sold)
    assert await listed(market, person("ben", Role.OPERATOR)) == []


async def test_a_seller_finds_what_waits_for_an_answer(market: Market) -> None:
    waits = await disputed(market)
    refused, over = await disputed(market), await disputed(market)
    await act(market, LAMPS, actions.refuse, refused.id, "No.")
    await act(market, ADA, actions.withdraw, over.id)

    assert await listed(market, LAMPS, status=["AWAITING_SELLER"]) == ids(waits)
    assert await listed(market, ADA, status=["AWAITING_BUYER"]) == ids(refused)
    assert await listed(market, ADA, status=["RESOLVED", "AWAITING_SELLER"]) == ids(over, waits)
    assert await listed(market, ADA, status=["RESOLVED", "RESOLVED"]) == ids(over)
    assert await listed(market, ADA, status=[]) == []
    assert await listed(market, ADA, status=None) == ids(over, refused, waits)


@pytest.mark.parametrize("size", [33, 100])
@pytest.mark.parametrize("status", [None, ["RESOLVED", "UNDER_REVIEW"]])
@pytest.mark.parametrize("who", [ADA, LAMPS])
async def test_pages_follow_each_other_without_gap_or_repeat_in_both_directions(
    quarrelsome: Market, who: Actor, status: list[str] | None, size: int
) -> None:
    rows = await _by_the_orm(who).order_by("-opened_at", "-id")
    expected = ids(*(row for row in rows if status is None or row.status.value in status))
    assert len(expected) > 2 * 33

    forward, after, more = [], None, True
    while more:
        found = await page(quarrelsome, who, first=size, after=after, status=status)
        forward += [node["id"] for node in found["nodes"]]
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    backward, before, more = [], None, True
    while more:
        found = await page(quarrelsome, who, last=size, before=before, status=status)
        backward = [edge["node"]["id"] for edge in found["edges"]] + backward
        before, more = found["pageInfo"]["startCursor"], found["pageInfo"]["hasPreviousPage"]

    assert forward == backward == expected


async def test_a_page_between_two_cursors_has_what_lies_there(quarrelsome: Market) -> None:
    edges = (await page(quarrelsome, LAMPS, first=5))["edges"]
    ends = {"after": edges[0]["cursor"], "before": edges[4]["cursor"]}

    for way in ("first", "last"):
        found = await page(quarrelsome, LAMPS, **{way: 100}, **ends)
        assert found["edges"] == edges[1:4]


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": 101},
        {"first": 1, "last": 1},
        {"last": -1},
        {"first": 1, "after": "nonsense"},
        {"last": 1, "before": "Wzk5OTk5OTk5OTk5XQ"},  # [99999999999]
    ],
)
async def test_a_page_that_cannot_be_is_bad_input(market: Market, wrong: dict[str, Any]) -> None:
    for who in (ADA, OLGA):
        result = await market.execute(who, OWN, **wrong)

        assert [error.extensions["code"] for error in result.errors] == ["BAD_USER_INPUT"]


async def test_nobody_is_asked_for_a_token(market: Market) -> None:
    result = await market.execute(None, OWN)

    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]


def _by_the_orm(who: Actor) -> QuerySet[Dispute]:
    """What the actor sees of the disputes in which it is a side."""
    own = Q(order__buyer_id=who.user_id) | Q(order__seller_id=who.user_id)
    return queries.visible_to(who).filter(own)


@pytest.mark.parametrize("name", ["ada", "ben", "nordic-lamps", "olga", "nobody"])
async def test_it_is_what_is_seen_of_ones_own_whatever_a_token_grants(
    quarrelsome: Market, name: str
) -> None:
    await between(quarrelsome, ADA, BEN)
    everything = Page(None, None, None, newest_first=True, limit=1_000)
    for count in range(len(Role) + 1):
        for roles in combinations(Role, count):
            who = person(name, *roles)
            expected = await _by_the_orm(who).order_by("-opened_at", "-id")

            found = await party_queries.of_party(who, everything)

            assert [dict(row) for row in found] == [dict(row) for row in expected], roles


async def test_a_longer_page_takes_as_many_statements(quarrelsome: Market) -> None:
    asked = []
    for first in (2, 12):
        await page(quarrelsome, LAMPS, first=first)
        with statements() as seen:
            found = await page(quarrelsome, LAMPS, first=first)
        assert len(found["nodes"]) == first
        asked.append(len(seen))

    assert asked[0] == asked[1] <= 3


async def _plan(market: Market, who: Actor, **wanted: Any) -> dict[str, Any]:
    async with sent() as said:
        await page(market, who, **wanted)
    (statement,) = [query for query in said if "FROM disputes WHERE" in query.query]
    return await plan_of(statement.query, *statement.args)


@pytest.mark.parametrize("who", [ADA, LAMPS, BOTH])
async def test_no_table_is_read_whole_and_nothing_is_sorted(
    quarrelsome: Market, who: Actor
) -> None:
    cursor = (await page(quarrelsome, who))["pageInfo"]["endCursor"]
    for wanted in (
        {"first": 5},
        {"last": 5},
        {"first": 5, "after": cursor},
        {"last": 5, "before": cursor},
        {"first": 5, "status": ["AWAITING_RETURN"]},
        {"first": 5, "status": ["RESOLVED", "UNDER_REVIEW"]},
    ):
        async with dear_pages():
            plan = await _plan(quarrelsome, who, **wanted)

        assert read_whole(plan) == set(), wanted
        assert {step["Index Name"] for step in steps(plan) if "Index Name" in step} <= INDEXES
        assert not [step for step in steps(plan) if "Sort" in step["Node Type"]], wanted
        assert not [step for step in steps(plan) if step.get("Rows Removed by Filter")], wanted


async def test_what_is_over_is_not_passed_on_the_way_to_what_waits(market: Market) -> None:
    waits = [await disputed(market) for _ in range(3)]
    connection = connections.get("default")
    await connection.execute_query(OVER, [waits[0].id])
    await connection.execute_query("ANALYZE disputes")

    plan = await _plan(market, LAMPS, first=5, status=["AWAITING_SELLER"])
    newest = await _plan(market, LAMPS, first=5)

    assert await listed(market, LAMPS, status=["AWAITING_SELLER"]) == ids(*waits[::-1])
    for whole, most in ((plan, 3), (newest, 6 + len(DisputeStatus))):
        walks = [step for step in steps(whole) if step.get("Relation Name") == "disputes"]
        read = sum(step["Actual Rows"] * step["Actual Loops"] for step in walks)
        assert read <= most, whole
