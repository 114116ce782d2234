"""ledgerHealth: what operators see of the books, and that others see nothing."""

from typing import Any

import pytest

from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.process import RefundStatus
from tests.books.audit import found, tamper
from tests.market import ADA, DAY, LAMPS, OLGA, Market, line
from tests.payments.moves import CREDIT, Till
from tests.states import order_in, refund_in

HEALTH = """
query Q { ledgerHealth {
    balanced refundsOverdue oldestRefundDueAt
    totals { currencyCode balanced escrow { amount } balances { account balance { amount } } }
    lastReconciliation { at since orderCount differenceCount
        differences { kind orderNumber subject expected found order { number } } } } }"""


async def health(market: Market) -> dict[str, Any]:
    answer = await market.ask(OLGA, HEALTH)
    told: dict[str, Any] = answer["ledgerHealth"]
    return told


def _balances(totals: dict[str, Any]) -> dict[str, str]:
    return {each["account"]: each["balance"]["amount"] for each in totals["balances"]}


async def test_where_nothing_was_sold_all_is_well(market: Market) -> None:
    assert await health(market) == {
        "balanced": True,
        "refundsOverdue": 0,
        "oldestRefundDueAt": None,
        "totals": [],
        "lastReconciliation": None,
    }


async def test_every_account_is_summed_in_its_currency(market: Market) -> None:
    await order_in(market, OrderStatus.COMPLETED)
    till = Till(market, await market.place())
    await till.reserve(1000)
    await till.settle(400, CREDIT)
    await till.reserve(70, Role.OPERATOR)
    await market.place(line(price="500", currency="JPY"), shipping="0")

    euro, yen = (await health(market))["totals"]

    assert (euro["currencyCode"], yen["currencyCode"]) == ("EUR", "JPY")
    assert _balances(euro) == {
        "CAPTURED": "169.40",
        "SELLER_PAYABLE": "-74.70",
        "REFUND_RESERVED": "-6.70",
        "STORE_CREDIT": "-4.00",
        "PAID_OUT": "-84.70",
        "PLATFORM_COST": "0.70",
    }
    assert euro["escrow"]["amount"] == "81.40"  # 169.40 + 0.70 - 4.00 - 84.70
    assert yen["escrow"]["amount"] == "1000"
    assert euro["balanced"]
    assert yen["balanced"]


async def test_what_the_last_reconciliation_found_is_shown(market: Market) -> None:
    order = await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3")
    await found(market)

    told = await health(market)

    assert told["balanced"] is False
    assert told["lastReconciliation"]["orderCount"] == 1
    assert told["lastReconciliation"]["differenceCount"] == 1
    assert told["lastReconciliation"]["differences"] == [
        {
            "kind": "PAYMENT_LEDGER",
            "orderNumber": order.number,
            "subject": "platform_cost_minor",
            "expected": "0.00 EUR",
            "found": "0.03 EUR",
            "order": {"number": order.number},
        }
    ]


async def test_a_ledger_that_does_not_sum_to_zero_is_told_without_a_reconciliation(
    market: Market,
) -> None:
    await market.place()
    await tamper("UPDATE ledger_entries SET amount_minor = 1 WHERE account = 'CAPTURED'")

    told = await health(market)

    assert told["balanced"] is False
    assert told["totals"][0]["balanced"] is False


@pytest.mark.parametrize(
    ("status", "late"),
    [
        (RefundStatus.SCHEDULED, 1),
        (RefundStatus.REQUIRES_ACTION, 1),
        (RefundStatus.PENDING, 0),
        (RefundStatus.SUCCEEDED, 0),
        (RefundStatus.CANCELED, 0),
    ],
)
async def test_a_refund_is_overdue_when_its_date_is_past_and_it_was_not_sent(
    market: Market, status: RefundStatus, late: int
) -> None:
    refund = await refund_in(market, status)
    market.clock.advance(30 * DAY)

    told = await health(market)

    assert told["refundsOverdue"] == late
    assert (told["oldestRefundDueAt"] is not None) is bool(late)
    assert not late or told["oldestRefundDueAt"].startswith(f"{refund.due_at:%Y-%m-%dT%H:%M}")


@pytest.mark.parametrize("who", [ADA, LAMPS, Actor(frozenset(), ADA.user_id), None])
async def test_nobody_else_sees_the_books(market: Market, who: Actor | None) -> None:
    await market.place()

    answer = await market.execute(who, HEALTH)

    assert not answer.data
    assert answer.errors[0].extensions["code"] == ("FORBIDDEN" if who else "UNAUTHENTICATED")
