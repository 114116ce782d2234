"""A timeline proves itself: what was changed, taken out or swapped shows, and where."""

import pytest

from ordergraph.infra import timelines
from tests.books.audit import tamper
from tests.market import ADA, LAMPS, OLGA, Market, gid

INTEGRITY = """query($id: ID!) { order(id: $id) {
  timelineIntegrity { intact events brokenAt lastHash } timeline { nodes { hash } } } }"""
SWAP = (
    "UPDATE events SET position = -position WHERE order_id = $1 AND position IN (2, 3)",
    "UPDATE events SET position = 5 + position WHERE order_id = $1 AND position < 0",
)
# fmt: off
PLANTED = {
    # what is done to it, the first event that is wrong, how many are left
    "changed":   (("UPDATE events SET data = '{}' WHERE order_id = $1 AND position = 3",),           3, 4),
    "re-dated":  (("UPDATE events SET occurred_at = now() WHERE order_id = $1 AND position = 1",),   1, 4),
    "taken out": (("DELETE FROM events WHERE order_id = $1 AND position = 2",),                      2, 3),
    "swapped":   (SWAP,                                                                              2, 4),
    "emptied":   (("DELETE FROM events WHERE order_id = $1",),                                       1, 0),
}
# fmt: on


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_broken_timeline_says_where(market: Market, planted: str) -> None:
    order = await market.deliver(await market.place())
    other = await market.ship(await market.place())
    statements, broken_at, left = PLANTED[planted]
    for statement in statements:
        await tamper(statement, order.id)

    for who in (ADA, LAMPS, OLGA):
        found = (await market.ask(who, INTEGRITY, id=gid("Order", order.id)))["order"]
        assert (found["timelineIntegrity"]["intact"], found["timelineIntegrity"]["brokenAt"]) == (
            False,
            broken_at,
        )
        assert found["timelineIntegrity"]["events"] == left
    whole = (await timelines.read([order.id, other.id]))[other.id]
    assert whole.fault is None, "the other one is as it was"


async def test_a_whole_timeline_names_its_last_hash(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "BATCH", 3)
    orders = [await market.ship(await market.place()) for _ in range(3)]

    for order in orders:
        shown = (await market.ask(ADA, INTEGRITY, id=gid("Order", order.id)))["order"]
        assert shown["timelineIntegrity"] == {
            "intact": True,
            "events": 3,
            "brokenAt": None,
            "lastHash": shown["timeline"]["nodes"][-1]["hash"],
        }
    chains = await timelines.read([order.id for order in orders])
    assert [chains[order.id].events for order in orders] == [3, 3, 3]
