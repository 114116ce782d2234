"""What a screen costs the database: one statement, by indexes, whatever is in the tables."""

import pytest
from tortoise import connections

from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.market import ADA, LAMPS, OLGA, Market, gid
from tests.watching import dear_pages, plan_of, read_whole, sent, statements

LINES = "lines { id title quantity unitPrice { amount currencyCode } }"
REFUNDS = "refunds { id status amount { amount currencyCode } dueAt }"
TIMELINE = "timeline(first: 3) { nodes { type summary } }"
LISTED = (
    f"id number status total {{ amount }} canCancel cancelableUntil {LINES} {REFUNDS} {TIMELINE}"
)
LIST = """query ($first: Int!, $after: String, $status: [OrderStatus!]) { viewer {
  %s(first: $first, after: $after, status: $status) {
    edges { cursor node { ...O } } pageInfo { hasNextPage endCursor } } } }"""
MESSAGES = "messages(first: 20) { edges { cursor node { id kind body sentAt author { id } } } }"
PAGE = f"""query ($id: ID!) {{ order(id: $id) {{ id number status buyer {{ displayName }}
  seller {{ displayName }} paymentStatus refundable {{ amount }} {LINES} {REFUNDS}
  dispute {{ id status amountRequested {{ amount }} refund {{ id }} {MESSAGES} }} }} }}"""
TALK = """query ($id: ID!) { order(id: $id) { number dispute { id status amountRequested { amount }
  messages(first: 20) { edges { cursor node { id body } } pageInfo { endCursor hasNextPage } } } } }"""
ACTED_ON = """{ viewer { purchases(first: 20) { nodes { id canCancel
  actions { kind available until blockedBy { message } } } } } }"""
MADE_OF = """{ viewer { purchases(first: 20) { nodes { id actions { kind } deadlines { dueAt }
  refunds { note steps { kind } lines { quantity amount { amount } line { title } } }
  cancellation { note lines { quantity line { title } } } } } } }"""
QUARRELS = """{ viewer { purchases(first: 100) { nodes { id disputes { id status openedAt
  amountRequested { amount } } } } } }"""
ARGUED = """query ($id: ID!) { order(id: $id) { dispute { reason { label } offers { id }
  actions { kind available } messages { nodes { body author { displayName } } } } } }"""
FOUND = PAGE.replace("order(id: $id) {", "order: node(id: $id) { ... on Order {") + "}"
LATEST = PAGE.replace("first: 20", "last: 20")
DISPUTED = f"""query ($id: ID!) {{ %s {{ ... on Dispute {{ id status reason {{ label }} openedAt
  amountRequested {{ amount }} {MESSAGES}
  order {{ number canCancel {LINES} buyer {{ displayName }} }} }} }} }}"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { ...O } }"
OF_ORDER = f"fragment O on Order {{ {LISTED} }}"
TWICE = 2
"""The first time a document runs, rows come along; then JSON."""
SMALL = {"test_clock"}
"""Tables that never grow."""


@pytest.fixture
def on_the_clock(busy: Market) -> Market:
    """With a clock that is a statement, as in production."""
    busy.tick()
    return busy


@pytest.mark.parametrize("first", [2, 20, 60])
@pytest.mark.parametrize(("side", "actor"), [("purchases", ADA), ("sales", LAMPS)])
async def test_a_page_of_any_size_is_one_statement(
    on_the_clock: Market, side: str, actor: Actor, first: int
) -> None:
    for _ in range(TWICE):
        with statements() as seen:
            answer = await on_the_clock.ask(actor, f"{LIST % side} {OF_ORDER}", first=first)

        assert len(answer["viewer"][side]["edges"]) == first
        assert len(seen) == 1, seen


@pytest.mark.parametrize("asked", [PAGE, FOUND, LATEST], ids=["order", "node", "last"])
@pytest.mark.parametrize("actor", [ADA, OLGA])
async def test_so_is_an_order_with_its_dispute_and_a_page_of_messages(
    on_the_clock: Market, actor: Actor, asked: str
) -> None:
    rows = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False)
    for row in rows[:5]:
        with statements() as seen:
            answer = await on_the_clock.ask(actor, asked, id=gid("Order", row.id))

        assert answer["order"]["dispute"]["messages"]["edges"]
        assert len(seen) == 1, seen


@pytest.mark.parametrize("root", ["dispute(id: $id)", "dispute: node(id: $id)"])
@pytest.mark.parametrize("actor", [ADA, OLGA])
async def test_so_is_a_dispute_with_a_page_of_messages_and_its_order(
    on_the_clock: Market, actor: Actor, root: str
) -> None:
    for row in await Dispute.filter(order__buyer_id=ADA.user_id):
        for _ in range(TWICE):
            with statements() as seen:
                answer = await on_the_clock.ask(actor, DISPUTED % root, id=gid("Dispute", row.id))

            assert answer["dispute"]["messages"]["edges"]
            assert answer["dispute"]["order"]["lines"]
            assert len(seen) == 1, seen


async def test_so_are_several_orders_by_their_ids(on_the_clock: Market) -> None:
    ids = [gid("Order", row.id) for row in await Order.filter(buyer_id=ADA.user_id)]
    for _ in range(TWICE):
        with statements() as seen:
            answer = await on_the_clock.ask(ADA, f"{NODES} {OF_ORDER}", ids=ids[:20])

        assert all(node["number"] for node in answer["nodes"])
        assert len(seen) == 1, seen


@pytest.mark.parametrize("document", [ACTED_ON, MADE_OF])
async def test_so_is_what_can_be_done_with_them_and_what_money_is_made_of(
    on_the_clock: Market, document: str
) -> None:
    for _ in range(TWICE):
        with statements() as seen:
            answer = await on_the_clock.ask(ADA, document)

        assert answer["viewer"]["purchases"]["nodes"][0]["actions"]
        assert len(seen) == 1, seen


async def test_so_are_all_disputes_of_each(on_the_clock: Market) -> None:
    for _ in range(TWICE):
        async with sent() as seen:
            answer = await on_the_clock.ask(ADA, QUARRELS)

        assert any(node["disputes"] for node in answer["viewer"]["purchases"]["nodes"])
        assert len(seen) == 1
        async with dear_pages():
            assert read_whole(await plan_of(seen[0].query, *seen[0].args)) == set()


async def test_what_can_be_done_in_a_dispute_takes_one_more(on_the_clock: Market) -> None:
    """How much somebody has written of late is counted apart."""
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    for _ in range(TWICE):
        with statements() as seen:
            answer = await on_the_clock.ask(ADA, ARGUED, id=gid("Order", order.id))

        assert answer["order"]["dispute"]["actions"]
        assert len(seen) == 2, seen


async def test_no_table_is_read_whole_and_no_list_is_sorted(on_the_clock: Market) -> None:
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    async with sent() as queries:
        for side, actor in (("purchases", ADA), ("sales", LAMPS)):
            listed = await on_the_clock.ask(actor, f"{LIST % side} {OF_ORDER}", first=20)
            after = listed["viewer"][side]["pageInfo"]["endCursor"]
            await on_the_clock.ask(actor, f"{LIST % side} {OF_ORDER}", first=20, after=after)
        await on_the_clock.ask(ADA, ACTED_ON)
        await on_the_clock.ask(ADA, MADE_OF)
        await on_the_clock.ask(ADA, PAGE, id=gid("Order", order.id))
        for _ in range(TWICE):
            await on_the_clock.ask(ADA, TALK, id=gid("Order", order.id))

    assert len(queries) == 9
    assert "array_to_string" in queries[-1].query
    for query in queries:
        async with dear_pages():
            plan = await plan_of(query.query, *query.args)
        assert read_whole(plan) <= SMALL, plan
        top = [
            plan["Node Type"],
            *(s["Node Type"] for s in plan.get("Plans", ()) if s["Parent Relationship"] == "Outer"),
        ]
        assert not any("Sort" in step for step in top), plan


async def test_nor_is_one_where_orders_are_looked_up(on_the_clock: Market) -> None:
    ids = [gid("Order", row.id) for row in await Order.filter(buyer_id=ADA.user_id)]
    async with sent() as queries:
        await on_the_clock.ask(ADA, f"{NODES} {OF_ORDER}", ids=ids[:20])
    async with dear_pages(bitmaps=True):
        plan = await plan_of(queries[0].query, *queries[0].args)

    assert len(queries) == 1
    assert read_whole(plan) <= SMALL, plan


async def test_a_migration_that_adds_a_column_breaks_no_answer(busy: Market) -> None:
    """Processes of the version before go on while it runs, each with connections that know the old row."""
    asked = f"{LIST % 'purchases'} {OF_ORDER}"
    connection = connections.get("default")
    before = await busy.ask(ADA, asked, first=5)
    await connection.execute_query("ALTER TABLE order_lines ADD COLUMN colour text")
    try:
        after = [await busy.ask(ADA, asked, first=5) for _ in range(3)]
    finally:
        await connection.execute_query("ALTER TABLE order_lines DROP COLUMN colour")

    assert after == [before] * 3
    assert await busy.ask(ADA, asked, first=5) == before
