"""The operators' queue: what has to be decided soonest comes first, through filters and pages."""

from typing import Any
from uuid import uuid4

from tortoise import connections

from ordergraph.disputes import queries
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.queue import MOST_URGENT, waiting
from ordergraph.disputes.terms import Terms
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from tests.appeals.bench import appealed
from tests.disputes.bench import assigns, decides, escalated
from tests.disputes.court import decided, disputed
from tests.market import ADA, DAY, LAMPS, OLGA, OTTO, PAPER, Market, gid
from tests.watching import explained, statements, steps

QUEUE = """
query Queue($first: Int! = 20, $after: String, $filter: DisputeQueueFilterInput) {
  disputeQueue(first: $first, after: $after, filter: $filter) {
    nodes { id stage assignedTo { displayName } proposal { id } decision { id }
            reason { handle } order { number } appeals { status } }
    pageInfo { hasNextPage endCursor }
  }
}"""

ALL = frozenset({Role.BUYER, Role.SELLER, Role.OPERATOR})


async def queue(market: Market, who: Actor = OLGA, **wanted: Any) -> list[str]:
    answer = await market.ask(who, QUEUE, filter=wanted)
    return [node["id"] for node in answer["disputeQueue"]["nodes"]]


def ids(*disputes: Dispute) -> list[str]:
    return [gid("Dispute", dispute.id) for dispute in disputes]


async def test_what_has_to_be_decided_soonest_comes_first_appeals_among_it(
    market: Market,
) -> None:
    lost = await escalated(market)
    await decided(market, OLGA, lost, Terms(amount=Money(0, "EUR")))
    first = await escalated(market)
    market.clock.advance(DAY)
    await appealed(market, ADA, lost, 100)
    market.clock.advance(DAY)
    last = await escalated(market)
    await disputed(market)  # it waits for the seller

    assert await queue(market) == ids(first, lost, last)
    assert await queue(market, stage="APPEAL") == ids(lost)
    page = (await market.ask(OLGA, QUEUE, first=2))["disputeQueue"]
    rest = (await market.ask(OLGA, QUEUE, after=page["pageInfo"]["endCursor"]))["disputeQueue"]
    assert [node["id"] for node in page["nodes"] + rest["nodes"]] == ids(first, lost, last)
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_the_filters(market: Market) -> None:
    lamp = await escalated(market)
    book = await escalated(market, PAPER, reason_handle="defective", amount=Money(2000, "EUR"))
    await assigns(market, OLGA, lamp)

    found = {
        "ME": await queue(market, assigned="ME"),
        "NOBODY": await queue(market, assigned="NOBODY"),
        "ANYBODY": await queue(market, OTTO, assigned="ANYBODY"),
        "mine": await queue(market, OTTO, assigned="ME"),
        "olga": await queue(market, assignedTo=gid("User", OLGA.user_id)),
        "paper": await queue(market, seller=gid("User", PAPER.user_id)),
        "reason": await queue(market, reasonHandle="defective"),
        "odd": await queue(market, reasonHandle="a\0b"),
        "long": await queue(market, reasonHandle="x" * 41),
        "over": await queue(market, amountOver={"amount": "20.00", "currencyCode": "EUR"}),
        "yen": await queue(market, amountOver={"amount": "0", "currencyCode": "JPY"}),
    }

    assert found == {
        "ME": ids(lamp),
        "NOBODY": ids(book),
        "ANYBODY": ids(lamp),
        "mine": [],
        "olga": ids(lamp),
        "paper": ids(book),
        "reason": ids(book),
        "odd": [],
        "long": [],
        "over": ids(lamp),
        "yen": [],
    }
    for refused in ({"seller": gid("Order", lamp.id)}, {"assignedTo": gid("Order", lamp.id)}):
        answer = await market.execute(OLGA, QUEUE, filter=refused)
        assert answer.errors[0].extensions["code"] == "BAD_USER_INPUT"


async def test_it_is_for_operators_who_are_no_party(market: Market) -> None:
    await escalated(market)
    own = Actor(OLGA.roles, ADA.user_id)
    both = [Actor(ALL, who.user_id) for who in (ADA, LAMPS)]

    for who in (ADA, PAPER):
        answer = await market.execute(who, QUEUE)
        assert answer.errors[0].extensions["code"] == "FORBIDDEN"
        answer = await market.execute(who, "{ decisionTemplates { handle } }")
        assert answer.errors[0].extensions["code"] == "FORBIDDEN"
    for who in (own, *both):
        assert await queue(market, who) == []


async def test_no_filter_tells_a_party_who_looks_after_a_dispute_of_theirs(market: Market) -> None:
    """Not even staff, who may ask for the queue; whoever is a party decides nothing there."""
    dispute = await escalated(market)
    olgas = {"assignedTo": gid("User", OLGA.user_id)}
    filters: list[dict[str, Any]] = [{"assigned": "NOBODY"}, {"assigned": "ANYBODY"}, olgas, {}]
    both = [Actor(ALL, who.user_id) for who in (ADA, LAMPS)]
    found = []
    for _ in range(2):
        found += [[await queue(market, who, **each) for each in filters] for who in both]
        await assigns(market, OLGA, dispute)

    assert found[:2] == found[2:]
    assert await queue(market, OTTO, **olgas) == ids(dispute)


async def test_a_longer_queue_asks_no_more_questions(market: Market) -> None:
    market.limits["EUR"] = Money(0, "EUR")
    asked = []
    for _ in range(2):
        for _ in range(2):
            dispute = await escalated(market)
            await decides(market, OLGA, dispute)
            await assigns(market, OLGA, dispute)
        with statements() as seen:
            await queue(market)
        asked.append(len(seen))

    assert asked[0] == asked[1] < 15


MANY = """
INSERT INTO disputes (id, order_id, status, stage, version, reason_id, description, asked, currency,
                      requested_minor, message_count, opened_at, closed_at, outcome, decision_due_at)
SELECT gen_random_uuid(), order_id, 'RESOLVED', CASE n % 2 WHEN 0 THEN 'APPEAL' ELSE 'MEDIATION' END,
       1, reason_id, 'Broken.', asked, currency, 100, 0, opened_at, opened_at, 'NO_REFUND',
       decision_due_at + n * interval '1 minute'
FROM disputes, generate_series(1, 4000) AS n;
ANALYZE disputes"""


async def test_the_index_keeps_the_order(market: Market) -> None:
    """Among many rows those that wait are read in their order, and no more than a page of them."""
    dispute = await escalated(market)
    await connections.get("default").execute_script(MANY)
    rows = waiting(queries.visible_to(OLGA), None, uuid4())
    beyond = MOST_URGENT.beyond(MOST_URGENT.cursor(dispute), forward=True)
    page = rows.filter(beyond).order_by(*MOST_URGENT.order(forward=True)).limit(21)

    plan = await explained(lambda: page)

    (walk,) = [step for step in steps(plan) if step.get("Index Name") == "disputes_queue"]
    assert walk["Node Type"] == "Index Scan"
    assert not [step for step in steps(plan) if "Sort" in step["Node Type"]]
