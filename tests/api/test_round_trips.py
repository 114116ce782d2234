"""How often canceling an order and releasing a refund go to Postgres and back: nobody adds one unawares."""

import re
from itertools import pairwise

import pytest

from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.reading import rows
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.cancellations.documents import lines_of, send, some
from tests.market import ADA, LAMPS, OLGA, Market, gid, line
from tests.watching import told

CANCEL = """mutation Cancel($id: ID!) { orderCancel(input: {orderId: $id, reasonHandle: "other"}) {
  __typename ... on OrderCancelSuccess {
    order { id status canceledAt total { amount } }
    cancellation { id status note requestedAt }
    refund { id status dueAt amount { amount } steps { kind state at } } } } }"""
RELEASE = """mutation Release($id: ID!) { refundRelease(input: {refundId: $id}) {
  __typename ... on RefundReleaseSuccess { refund { id status dueAt amount { amount } } } } }"""

WRITES = re.compile(r"(?<!KEY )(?<!DO )\b(INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
READS = re.compile(r"\b(?:FROM|JOIN)(?! LATERAL) \"?(\w+)")
HOLDS = " FOR NO KEY UPDATE"

# fmt: off
KEY      = "INSERT INTO idempotency_keys"
HAPPENED = "INSERT INTO events, INSERT INTO outbox, UPDATE idempotency_keys"
MONEY    = "UPDATE payments, INSERT INTO ledger_entries, INSERT INTO refunds, INSERT INTO refund_lines"
CANCELLATION = "INSERT INTO cancellations, INSERT INTO cancellation_lines, UPDATE orders"
LINES    = "UPDATE order_lines"
ORDER_CANCEL = [
    # the key, and the moment; then all that canceling looks at; then all that it changes and tells
    "BEGIN",
    KEY,
    "holds orders, order_lines, payments, refunds, reasons",
    f"{MONEY}, {CANCELLATION}, {HAPPENED}, {LINES}",
    "COMMIT",
]
REFUND_RELEASE = ["BEGIN", KEY, "holds refunds, orders", f"UPDATE refunds, {HAPPENED}", "COMMIT"]
# fmt: on


def _named(statement: str) -> str:
    """What a statement does, in words that stay the same."""
    if writes := WRITES.findall(statement):
        return ", ".join(" ".join(found) for found in writes)
    if tables := READS.findall(statement):
        return ("holds " if HOLDS in statement else "reads ") + ", ".join(tables)
    return statement.rstrip(";")


async def _said(market: Market, actor: Actor, document: str, id_: str) -> list[str]:
    async with told() as said:
        data = await market.ask(actor, document, id=id_)
    (answer,) = data.values()
    assert answer["__typename"].endswith("Success"), answer
    return [_named(statement) for statement in said]


@pytest.fixture
def market(market: Market) -> Market:
    """With the clock that processes have."""
    market.tick()
    return market


async def _placed(market: Market, count: int) -> Order:
    """Placed in this very moment: the database's clock decides over the window."""
    market.clock.at = await DatabaseClock().now()
    return await market.place(*(line(f"Lamp {number}") for number in range(count)))


@pytest.mark.parametrize("lines", [1, 4])
async def test_canceling_goes_to_postgres_five_times_however_much_was_bought(
    market: Market, lines: int
) -> None:
    order = await _placed(market, lines)

    assert await _said(market, ADA, CANCEL, gid("Order", order.id)) == ORDER_CANCEL


async def test_whoever_cancels_goes_the_same_way(market: Market) -> None:
    for actor in (LAMPS, OLGA):
        order = await _placed(market, 1)
        assert await _said(market, actor, CANCEL, gid("Order", order.id)) == ORDER_CANCEL


async def test_what_was_given_back_before_is_read_once_more(market: Market) -> None:
    order = await _placed(market, 2)
    await send(market, order, lines=some(order, await lines_of(order), 1))

    said = await _said(market, ADA, CANCEL, gid("Order", order.id))

    assert said == [*ORDER_CANCEL[:3], "reads refunds", *ORDER_CANCEL[3:]]


async def test_an_unpaid_order_has_nothing_to_promise(market: Market) -> None:
    market.clock.at = await DatabaseClock().now()
    order = await market.place(paid=False)

    said = await _said(market, ADA, CANCEL, gid("Order", order.id))

    assert said == [*ORDER_CANCEL[:3], f"{CANCELLATION}, {HAPPENED}, {LINES}", "COMMIT"]


async def test_releasing_goes_to_postgres_five_times(market: Market) -> None:
    order = await _placed(market, 2)
    canceled = await market.ask(ADA, CANCEL, id=gid("Order", order.id))
    refund = canceled["orderCancel"]["refund"]["id"]

    assert await _said(market, LAMPS, RELEASE, refund) == REFUND_RELEASE


PREPARED = r"""
SELECT btrim(regexp_replace(statement, '\s+', ' ', 'g')), custom_plans FROM pg_prepared_statements"""


async def _planned_anew(market: Market) -> dict[str, int]:
    """Cancel orders of several sizes; return how often each statement has been planned by now."""
    for lines in (1, 2, 5):
        order = await _placed(market, lines)
        async with told() as said:
            await market.ask(ADA, CANCEL, id=gid("Order", order.id))
    counts = await rows(PREPARED)
    return {_named(statement): custom for statement, custom in counts if statement in said}


async def test_postgres_plans_each_statement_once_and_for_all(market: Market) -> None:
    """A plan of what a command writes takes as long as writing it.

    Postgres plans five times before it trusts one plan for all values, and some more times
    whenever tables have grown since: autovacuum tells it so at a moment of its own.
    """
    planned = [await _planned_anew(market) for _ in range(6)]

    assert set(planned[-1]) == {*ORDER_CANCEL} - {"BEGIN", "COMMIT"}
    assert any(before == after for before, after in pairwise(planned)), planned
