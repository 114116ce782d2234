"""What a movement of money enters: the table, and each action that posts by it (L1)."""

from contextlib import suppress
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordergraph.deadlines import named
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import queries
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.ledger.process import (
    CALLED_OFF,
    COLUMNS,
    PROMISED,
    RULES,
    SETTLED,
    Account,
    Destination,
    Posting,
    entries,
    steps,
)
from ordergraph.sweeping import sweep
from tests.market import DAY, Market
from tests.payments.ledger import balances, columns, entered, last_posting
from tests.payments.moves import CREDIT, HAND, PROVIDER, Till
from tests.states import order_in
from tests.watching import snapshot

TOTAL = 8470


@pytest.fixture
async def till(market: Market) -> Till:
    """A paid order of 84.70 EUR."""
    return Till(market, await market.place())


def test_every_kind_of_posting_has_a_rule() -> None:
    assert set(RULES) == set(Posting)


@given(kind=st.sampled_from(Posting), minor=st.integers(1, 2**53))
def test_every_posting_sums_to_zero(kind: Posting, minor: int) -> None:
    assert sum(entry.sign * minor for entry in entries(kind)) == 0


@pytest.mark.parametrize("kind", Posting)
def test_an_account_is_debited_or_credited_once_in_each_pair(kind: Posting) -> None:
    assert all(debit is not credit for debit, credit in RULES[kind])


def test_every_account_is_used_and_columns_are_of_different_ones() -> None:
    used = {account for pairs in RULES.values() for pair in pairs for account in pair}
    in_columns = [account for _, accounts in COLUMNS.values() for account in accounts]

    assert used == set(Account)
    assert len(in_columns) == len(set(in_columns))


@pytest.mark.parametrize("bearer", [Role.SELLER, Role.OPERATOR])
def test_calling_off_takes_back_exactly_what_promising_did(bearer: Role) -> None:
    there, back = steps(PROMISED[bearer]), steps(CALLED_OFF[bearer])

    assert {column: step + back[column] for column, step in there.items()} == dict.fromkeys(
        COLUMNS, 0
    )


async def test_a_capture_is_owed_to_the_seller(till: Till) -> None:
    assert await balances(till.order.id) == {
        Account.CAPTURED: TOTAL,
        Account.SELLER_PAYABLE: -TOTAL,
    }
    captured, payable = await last_posting(till.order)
    assert (captured.party_id, payable.party_id) == (None, till.order.seller_id)
    assert captured.at == till.market.clock.at


async def test_a_promise_comes_out_of_what_the_seller_is_owed(till: Till) -> None:
    await till.reserve(1000)

    assert await balances(till.order.id) == {
        Account.CAPTURED: TOTAL,
        Account.SELLER_PAYABLE: -TOTAL + 1000,
        Account.REFUND_RESERVED: -1000,
    }


async def test_what_the_marketplace_bears_costs_the_seller_nothing(till: Till) -> None:
    await till.reserve(1000, Role.OPERATOR)

    assert await balances(till.order.id) == {
        Account.CAPTURED: TOTAL,
        Account.SELLER_PAYABLE: -TOTAL,
        Account.REFUND_RESERVED: -1000,
        Account.PLATFORM_COST: 1000,
    }
    assert len(await last_posting(till.order)) == 4


@pytest.mark.parametrize("bearer", [Role.SELLER, Role.OPERATOR])
async def test_a_promise_called_off_leaves_no_balance_behind(till: Till, bearer: Role) -> None:
    before = await balances(till.order.id)
    await till.reserve(1000, bearer)

    await till.free(1000, bearer)

    assert await balances(till.order.id) == before
    assert await LedgerEntry.filter(order_id=till.order.id).count() > 2


@pytest.mark.parametrize(
    ("method", "account"),
    [
        (PROVIDER, Account.REFUNDED),
        (HAND, Account.REFUNDED),
        (CREDIT, Account.STORE_CREDIT),
    ],
)
async def test_what_is_given_back_goes_where_it_was_sent(
    till: Till, method: Destination, account: Account
) -> None:
    refund_id = uuid4()
    await till.reserve(1000)

    await till.settle(1000, method, refund_id)

    reserved, gone = await last_posting(till.order)
    assert (reserved.account, gone.account) == (Account.REFUND_RESERVED, account)
    assert (gone.kind, gone.amount_minor) == (SETTLED[method], -1000)
    assert gone.party_id == (till.order.buyer_id if method is CREDIT else None)
    assert (gone.refund_id, gone.request_id) == (refund_id, "a request")
    assert (await queries.of_order(till.order.id)).refunded_minor == 1000


async def test_at_completion_the_seller_is_paid_what_is_left(market: Market) -> None:
    till = Till(market, await market.deliver(await market.place()))
    await till.reserve(1000)
    await till.settle(1000)
    market.clock.advance(15 * DAY)

    await sweep(market.edge, named("order.protection_ends"))

    assert await balances(till.order.id) == {
        Account.CAPTURED: TOTAL,
        Account.REFUNDED: -1000,
        Account.PAID_OUT: -(TOTAL - 1000),
    }
    assert (await queries.of_order(till.order.id)).payable == Money(0, "EUR")


async def test_an_order_with_nothing_left_pays_nothing_out(market: Market) -> None:
    till = Till(market, await market.deliver(await market.place()))
    await till.reserve(TOTAL)
    market.clock.advance(15 * DAY)

    await sweep(market.edge, named("order.protection_ends"))

    order = await Order.get(id=till.order.id)
    assert order.status is OrderStatus.COMPLETED
    assert not await LedgerEntry.filter(order_id=order.id, kind=Posting.PAID_OUT).exists()


@pytest.mark.parametrize("bearer", [Role.SELLER, Role.OPERATOR])
async def test_a_promise_called_off_after_completion_is_paid_out_too(
    market: Market, bearer: Role
) -> None:
    till = Till(market, await market.deliver(await market.place()))
    await till.reserve(1000, bearer)
    market.clock.advance(15 * DAY)
    await sweep(market.edge, named("order.protection_ends"))

    await till.free(1000, bearer)

    assert (await queries.of_order(till.order.id)).paid_out_minor == TOTAL
    assert await balances(till.order.id) == {Account.CAPTURED: TOTAL, Account.PAID_OUT: -TOTAL}


async def test_after_the_payout_only_the_marketplace_can_give_anything_back(
    market: Market,
) -> None:
    till = Till(market, await order_in(market, OrderStatus.COMPLETED))
    before = await snapshot()

    with pytest.raises(AmountTooHigh) as refusal:
        await till.reserve(1)

    assert refusal.value.maximum == Money(0, "EUR")
    assert await snapshot() == before
    await till.reserve(TOTAL, Role.OPERATOR)
    assert (await queries.of_order(till.order.id)).platform_cost_minor == TOTAL


async def test_another_currency_is_not_there_to_be_moved(till: Till) -> None:
    yen = Till(till.market, await till.market.place())
    yen.order.currency = "JPY"
    before = await snapshot()

    with pytest.raises(AmountTooHigh):
        await yen.reserve(1)

    assert await snapshot() == before


PARTIES = st.sampled_from([Role.SELLER, Role.OPERATOR])
MINOR = st.integers(1, TOTAL + 1)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), MINOR, PARTIES),
        st.tuples(st.just("free"), MINOR, PARTIES),
        st.tuples(st.just("settle"), MINOR, st.sampled_from(Destination)),
    ),
    max_size=8,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has its own order
)
@given(moves=MOVES, completes=st.integers(0, 8))
async def test_whatever_is_tried_the_ledger_and_the_columns_agree(
    market: Market, moves: list[tuple[str, int, object]], completes: int
) -> None:
    """Movements that are possible, and ones that are not, before completion and after it."""
    till = Till(market, await market.deliver(await market.place()))

    for place, (name, minor, how) in enumerate(moves):
        if place == completes:
            await _complete(market)
        with suppress(AmountTooHigh, AssertionError):
            await getattr(till, name)(minor, how)
        assert await columns(till.order.id) == await entered(till.order.id)
    await _complete(market)

    left = await balances(till.order.id)
    assert await columns(till.order.id) == await entered(till.order.id)
    assert sum(left.values()) == 0
    assert Account.SELLER_PAYABLE not in left


async def _complete(market: Market) -> None:
    market.clock.advance(15 * DAY)
    await sweep(market.edge, named("order.protection_ends"))
