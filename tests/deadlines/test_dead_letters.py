"""Work that fails again and again rests longer and longer, and ends where people see it. Promise J10."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import IntegrityError, OperationalError

from ordergraph.deadlines import named
from ordergraph.infra import dead_letters
from ordergraph.infra.dead_letters import PAUSES, DeadLetter
from ordergraph.kernel.actor import SYSTEM
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.sweeping import sweep
from tests.market import DAY, NOON, Market
from tests.states import order_in

DELIVERED = named("order.presumed_delivered")
WORK = "order.presumed_delivered"


@pytest.fixture
async def poisoned(market: Market) -> Order:
    """An order whose policy cannot be read: its clock can never do its work."""
    order = await order_in(market, OrderStatus.SHIPPED)
    await Order.filter(id=order.id).update(policy_numbers={"protection_s": -1})
    market.clock.advance(30 * DAY)
    return order


async def test_it_rests_longer_each_time_and_then_it_is_dead(
    market: Market, poisoned: Order
) -> None:
    rests = []
    for pause in PAUSES:
        await sweep(market.edge, DELIVERED)
        letter = await DeadLetter.get(row_id=poisoned.id)
        assert letter.retry_at is not None
        rests.append(letter.retry_at - market.clock.at)
        market.clock.advance(pause)
    with capture_logs() as logs:
        await sweep(market.edge, DELIVERED)

    letter = await DeadLetter.get(row_id=poisoned.id)
    assert tuple(rests) == PAUSES
    assert (letter.work, letter.problem) == (WORK, "AssertionError")
    assert (letter.failures, letter.retry_at) == (len(PAUSES) + 1, None)
    assert [entry["event"] for entry in logs] == ["work.failed", "work.dead"]
    market.clock.advance(365 * DAY)
    assert await DELIVERED.find(market.clock.at, 9) == []


async def test_one_that_works_at_last_is_forgotten(market: Market, poisoned: Order) -> None:
    await sweep(market.edge, DELIVERED)
    await Order.filter(id=poisoned.id).update(policy_numbers={})
    market.clock.advance(PAUSES[0])

    assert await sweep(market.edge, DELIVERED) == 1

    assert not await DeadLetter.exists()


async def test_a_dead_one_is_revived_by_a_person(market: Market, poisoned: Order) -> None:
    for pause in (*PAUSES, timedelta()):
        await sweep(market.edge, DELIVERED)
        market.clock.advance(pause)
    letter = await dead_letters.dead().get(row_id=poisoned.id)
    await Order.filter(id=poisoned.id).update(policy_numbers={})

    async with market.edge.transaction(SYSTEM) as tx:
        await dead_letters.revive(letter.id, tx.now)

    assert await sweep(market.edge, DELIVERED) == 1


async def test_nobody_revives_what_is_not_there(market: Market) -> None:
    assert await dead_letters.revive(uuid4(), market.clock.at) is None


@pytest.mark.parametrize(
    ("problem", "is_passing"),
    [
        (asyncpg.ConnectionDoesNotExistError(), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.QueryCanceledError(), True),
        (asyncpg.DeadlockDetectedError(), True),
        (asyncpg.IdleInTransactionSessionTimeoutError(), True),
        (asyncpg.TransactionTimeoutError(), True),
        (asyncpg.InterfaceError("x"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (OperationalError(asyncpg.UndefinedTableError()), False),
        (IntegrityError(asyncpg.CheckViolationError()), False),
        (asyncpg.CheckViolationError(), False),
        (AssertionError(), False),
        (KeyError("x"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_trouble_of_the_surroundings_is_not_held_against_the_row(
    clean: str,  # noqa: ARG001  (it needs the database)
    problem: Exception,
    is_passing: bool,
) -> None:
    rests = await dead_letters.failed(WORK, uuid4(), problem, NOON)

    assert dead_letters.is_passing(problem) is is_passing
    assert rests is not is_passing
    assert await DeadLetter.exists() is not is_passing


async def test_the_note_holds_nothing_of_what_the_problem_said(clean: str) -> None:  # noqa: ARG001  (it needs the database)
    """E2: it could quote people."""
    row_id = uuid4()

    await dead_letters.failed(WORK, row_id, ValueError("Ada's card 4242"), NOON)

    assert (await DeadLetter.get(row_id=row_id)).problem == "ValueError"
