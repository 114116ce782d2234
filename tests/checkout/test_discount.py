"""What is taken off an order, and the tax in it, are frozen line by line and come back exactly."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.money import Money, contained
from ordergraph.orders.actions import NewLine, NewOrder, _lines
from ordergraph.orders.models import OrderLine
from tests.cancellations.documents import lines_of, send, some
from tests.checkout.test_place import LAMP, _place
from tests.market import ADA, LAMPS, Market, line
from tests.watching import snapshot


@pytest.fixture
async def known(market: Market) -> Market:
    """A market that has met its seller."""
    await market.place()
    return market


async def test_a_voucher_is_split_over_the_lines_by_what_each_costs(known: Market) -> None:
    thirds = [
        {"sku": sku, "title": sku, "quantity": 1, "unitPrice": "10.00"} for sku in ("A", "B", "C")
    ]

    done = await _place(known, lines=thirds, discount="10.00", shipping="4.90")

    order = done["order"]
    assert [row["discount"]["amount"] for row in order["lines"]] == ["3.34", "3.33", "3.33"]
    assert [row["paid"]["amount"] for row in order["lines"]] == ["6.66", "6.67", "6.67"]
    assert order["total"]["amount"] == "24.90"


async def test_a_voucher_comes_on_top_of_a_lines_own_discount(known: Market) -> None:
    lamps = {**LAMP, "discount": "9.80"}  # 70.00 for both
    free = {"sku": "F", "title": "Gift", "quantity": 1, "unitPrice": "0"}

    done = await _place(known, lines=[lamps, free], discount="7.00")

    assert [row["discount"]["amount"] for row in done["order"]["lines"]] == ["16.80", "0.00"]
    assert done["order"]["total"]["amount"] == "63.00"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"discount": "-0.01"}, "discount"),
        ({"discount": "79.81"}, "discount"),
        ({"discount": "79.80"}, "lines"),  # nothing would be left to pay
        ({"discount": "70.00", "lines": [{**LAMP, "tax": "9.81"}]}, "lines.0.tax"),
    ],
)
async def test_a_discount_that_cannot_be_is_refused_by_its_field(
    known: Market, changes: dict[str, Any], field: str
) -> None:
    before = await snapshot()

    answer = await _place(known, **changes)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", field)
    assert await snapshot() == before


async def test_the_tax_that_came_back_is_shown_and_is_all_of_it_in_the_end(market: Market) -> None:
    order = await market.place(line("Lamp", 3, "10.00", tax=479), discount=301)
    rows = await lines_of(order)

    seen = []
    for _ in range(3):
        await send(market, order, lines=some(order, rows, 1))
        shown = await market.ask(
            ADA, "query Q($n: String!) { orderByNumber(number: $n) { lines { refundedTax { amount } } } }",
            n=order.number,
        )  # fmt: skip
        seen.append(shown["orderByNumber"]["lines"][0]["refundedTax"]["amount"])

    assert seen == ["1.59", "3.19", "4.79"]


codes = st.sampled_from(sorted(EXPONENTS))
articles = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 10**9), st.integers(0, 100)),
    min_size=1,
    max_size=8,
)


@given(codes, articles, st.integers(0, 100))
def test_in_every_currency_what_is_frozen_sums_to_what_is_paid(
    currency: str, bought: list[tuple[int, int, int]], percent: int
) -> None:
    """M9: `percent` of everything is taken off, after so many percent of each line."""
    lines = [_article(currency, *article) for article in bought]
    costs = [line.unit_price.minor * line.quantity - line.discount.minor for line in lines]
    off = sum(costs) * percent // 100

    rows = _lines(_order(currency, lines, off))

    assert sum(row.paid_minor for row in rows) == sum(costs) - off
    for row, cost in zip(rows, costs, strict=True):
        assert 0 <= row.paid_minor <= cost
        assert row.paid_minor == row.unit_price_minor * row.quantity - row.discount_minor


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_the_tax_of_all_parts_is_the_tax_of_the_line(tax: int, parts: list[int]) -> None:
    paid = sum(parts)
    tax = min(tax, paid)
    row = OrderLine(tax_minor=tax, paid_minor=paid, refunded_minor=0)

    shares = []
    for part in parts:
        before = row.refunded_tax_minor
        row.refunded_minor += part
        shares.append(row.refunded_tax_minor - before)

    assert sum(shares) == tax
    assert all(0 <= share <= part for share, part in zip(shares, parts, strict=True))
    assert contained(tax, paid, paid) == tax


def _article(currency: str, quantity: int, price: int, off_percent: int) -> NewLine:
    return NewLine(
        sku="S",
        title="T",
        quantity=quantity,
        unit_price=Money(price, currency),
        discount=Money(price * quantity * off_percent // 100, currency),
        tax=Money(0, currency),
    )


def _order(currency: str, lines: list[NewLine], off: int) -> NewOrder:
    assert ADA.user_id
    assert LAMPS.user_id
    return NewOrder(
        buyer_id=ADA.user_id,
        seller_id=LAMPS.user_id,
        currency=currency,
        lines=lines,
        shipping=Money(0, currency),
        discount=Money(off, currency),
    )
