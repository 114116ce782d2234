"""Races of movements of money: of two at once that cannot both be, one is entered (M2, S3)."""

import asyncio
from collections.abc import Awaitable

import pytest

from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.payments.ledger.models import LedgerEntry
from tests.market import Market
from tests.payments.ledger import balances, columns, entered
from tests.payments.moves import Till

TOTAL = 8470


@pytest.fixture
async def till(market: Market) -> Till:
    return Till(market, await market.place())


async def _how_many(*moves: Awaitable[None]) -> int:
    """Do them at once, each on a connection of its own; say how many were possible."""
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    refused = [o for o in outcomes if o is not None]
    assert all(isinstance(o, AmountTooHigh | AssertionError) for o in refused), refused
    return len(outcomes) - len(refused)


async def test_promises_at_once_are_entered_as_often_as_there_is_money(till: Till) -> None:
    done = await _how_many(*(till.reserve(TOTAL // 3) for _ in range(8)))

    assert done == 3
    assert await columns(till.order.id) == await entered(till.order.id)
    assert await LedgerEntry.filter(order_id=till.order.id, kind="REFUND_PROMISED").count() == 6


async def test_what_was_promised_once_is_settled_once(till: Till) -> None:
    await till.reserve(1000)

    done = await _how_many(*(till.settle(1000) for _ in range(6)))

    assert done == 1
    assert await columns(till.order.id) == await entered(till.order.id)


async def test_a_promise_is_either_settled_or_called_off(till: Till) -> None:
    for _ in range(10):
        await till.reserve(100)

        done = await _how_many(till.settle(100), till.free(100))

        assert done == 1
        assert await columns(till.order.id) == await entered(till.order.id)
    assert sum((await balances(till.order.id)).values()) == 0


async def test_both_bearers_at_once_never_give_back_more_than_was_paid(till: Till) -> None:
    bearers = [Role.SELLER, Role.OPERATOR] * 3

    done = await _how_many(*(till.reserve(TOTAL // 2, bearer) for bearer in bearers))

    assert done == 2
    assert await columns(till.order.id) == await entered(till.order.id)
