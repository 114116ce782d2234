"""What the database refuses about the ledger, whoever asks: direct SQL, past all of our code (L1, L2)."""

from typing import Any
from uuid import uuid4

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.ledger.models import LedgerEntry
from tests.market import Market
from tests.states import order_in
from tests.watching import snapshot

ENTER = """
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, currency, amount_minor, request_id, at)
SELECT gen_random_uuid(), $2::uuid, $1::uuid, 'CAPTURED', line.account, line.currency, line.minor, '', now()
FROM unnest($3::text[], $4::text[], $5::bigint[]) AS line (account, currency, minor)"""

Line = tuple[str, str, int]


async def enter(order: Order, *lines: Line) -> None:
    accounts, currencies, amounts = zip(*lines, strict=True)
    values: list[Any] = [order.id, uuid4(), list(accounts), list(currencies), list(amounts)]
    await connections.get("default").execute_query(ENTER, values)


@pytest.fixture
async def order(market: Market) -> Order:
    return await market.place()


@pytest.mark.parametrize(
    ("lines", "by"),
    [
        ([("CAPTURED", "EUR", 5)], "does not sum to zero"),
        ([("CAPTURED", "EUR", 5), ("SELLER_PAYABLE", "EUR", -4)], "does not sum to zero"),
        ([("CAPTURED", "EUR", 5), ("SELLER_PAYABLE", "USD", -5)], "does not sum to zero"),
        ([("CAPTURED", "JPY", 5), ("SELLER_PAYABLE", "JPY", -5)], "no payment in this currency"),
        ([("CAPTURED", "EUR", 0), ("SELLER_PAYABLE", "EUR", 0)], "ledger_entries_amount"),
    ],
    ids=["one side", "a cent short", "two currencies", "a foreign currency", "nothing"],
)
async def test_an_entry_that_is_not_balanced_is_refused(
    order: Order, lines: list[Line], by: str
) -> None:
    before = await snapshot()

    with pytest.raises(IntegrityError, match=by):
        await enter(order, *lines)

    assert await snapshot() == before


async def test_of_two_postings_at_once_each_has_to_balance(market: Market, order: Order) -> None:
    """Together they would sum to zero."""
    other = await market.place()
    sql = ENTER.replace("$2::uuid", "gen_random_uuid()").replace("$1::uuid", "line.order_id")
    sql = (
        sql.replace("$3", "$1")
        .replace("$4", "$2")
        .replace("$5::bigint[]", "$3::bigint[], $4::uuid[]")
    )
    sql = sql.replace("(account, currency, minor)", "(account, currency, minor, order_id)")
    values = [["CAPTURED", "SELLER_PAYABLE"], ["EUR", "EUR"], [5, -5], [order.id, other.id]]

    with pytest.raises(IntegrityError, match="does not sum to zero"):
        await connections.get("default").execute_query(sql, values)


async def test_a_balanced_posting_is_taken(order: Order) -> None:
    await enter(order, ("CAPTURED", "EUR", 5), ("SELLER_PAYABLE", "EUR", -5))

    assert await LedgerEntry.filter(order_id=order.id).count() == 4


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_entries SET amount_minor = amount_minor * 2",
        "UPDATE ledger_entries SET request_id = ''",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "TRUNCATE orders CASCADE",
        "TRUNCATE events",
    ],
)
async def test_what_is_entered_stays_as_it_is(order: Order, attack: str) -> None:
    before = await snapshot()
    assert order.id

    with pytest.raises(IntegrityError, match="is append-only"):
        await connections.get("default").execute_query(attack)

    assert await snapshot() == before


@pytest.mark.parametrize(
    "too_much",
    [
        "paid_out_minor = captured_minor + 1",
        "paid_out_minor = captured_minor, refunded_minor = 1",
        "paid_out_minor = captured_minor, refund_reserved_minor = 1",
        "paid_out_minor = -1",
        "platform_cost_minor = -1",
        "platform_cost_minor = 5, paid_out_minor = captured_minor, refunded_minor = 6",
    ],
)
async def test_no_more_goes_out_than_came_in(market: Market, too_much: str) -> None:
    order = await order_in(market, OrderStatus.DELIVERED)

    with pytest.raises(IntegrityError, match="payments_never_more_out"):
        await connections.get("default").execute_query(
            f"UPDATE payments SET {too_much} WHERE order_id = $1", [order.id]
        )
