"""The operators' list of refunds: what is due first at the top, whatever is asked for."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from tortoise import connections

from ordergraph.kernel.actor import Actor
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from tests.market import ADA, OLGA, Market, gid
from tests.screens.conftest import busy
from tests.watching import dear_pages, explained, steps

__all__ = ["busy"]
LIST = """query ($first: Int!, $after: String, $status: [RefundStatus!], $before: DateTime) {
  refunds(first: $first, after: $after, status: $status, dueBefore: $before) {
    nodes { id status } pageInfo { endCursor hasNextPage } } }"""
MANY_OVER = """
BEGIN; SET LOCAL session_replication_role = replica;
INSERT INTO refunds SELECT more.* FROM generate_series(1, 3000) AS n, refunds AS one,
jsonb_populate_record(one, jsonb_build_object(
    'id', gen_random_uuid(), 'cause_id', gen_random_uuid(), 'n', n)) AS more
WHERE one.id = (SELECT id FROM refunds WHERE status = 'SUCCEEDED' ORDER BY id LIMIT 1);
COMMIT"""
"""So many that it matters which way a plan goes."""
WAITING = ["SCHEDULED", "ON_HOLD", "REQUIRES_ACTION"]


async def listed(market: Market, actor: Actor = OLGA, first: int = 7, **wanted: Any) -> list[str]:
    """All pages, one after the other."""
    found: list[str] = []
    after, more = None, True
    while more:
        answer = await market.ask(actor, LIST, first=first, after=after, **wanted)
        page = answer["refunds"]
        assert len(page["nodes"]) <= first
        found += [node["id"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


@pytest.mark.parametrize(
    "statuses", [None, [], ["SUCCEEDED"], WAITING, ["SUCCEEDED", "SCHEDULED", "SUCCEEDED"]]
)
async def test_all_pages_have_each_refund_once_and_in_order(
    busy: Market, statuses: list[str] | None
) -> None:
    middle = await Refund.all().order_by("due_at").offset(20).first()
    assert middle is not None
    for before in (None, middle.due_at, middle.due_at + timedelta(days=400)):
        rows = await Refund.all().order_by("due_at", "id")
        expected = [
            gid("Refund", row.id)
            for row in rows
            if (statuses is None or row.status.value in statuses)
            and (before is None or row.due_at < before)
        ]
        moment = before.isoformat() if before else None
        assert await listed(busy, status=statuses, before=moment) == expected


async def test_an_operator_does_not_see_those_of_what_they_bought(busy: Market) -> None:
    staff = Actor(OLGA.roles, ADA.user_id)
    rows = await Refund.all().order_by("due_at", "id").select_related("order")
    others = [gid("Refund", row.id) for row in rows if row.order.buyer_id != ADA.user_id]

    assert len(others) < len(rows)
    assert await listed(busy, staff, first=50) == others


async def test_what_is_over_is_not_passed_on_the_way_to_what_waits(busy: Market) -> None:
    await connections.get("default").execute_script(MANY_OVER)
    async with dear_pages():
        plan = await explained(partial(busy.ask, OLGA, LIST, first=5, status=WAITING))

    (walk,) = [step for step in steps(plan) if step.get("Alias") == "r" and "Relation Name" in step]
    assert walk["Index Name"] == "refunds_due_first_by_status"
    assert walk["Actual Loops"] == len(WAITING)
    assert walk.get("Rows Removed by Filter", 0) == 0
    over = [status for status in RefundStatus if status.value not in WAITING]
    assert await Refund.filter(status__in=over).exists()
