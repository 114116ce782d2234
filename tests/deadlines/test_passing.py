"""Trouble that only passes: whoever has it rests for a moment, and stands in nobody's way. Promise J10."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs
from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph import errands
from ordergraph.checkout import actions as checkout
from ordergraph.deadlines import named, named_errand
from ordergraph.due import Errand
from ordergraph.errands import run_errands
from ordergraph.infra import dead_letters
from ordergraph.infra.dead_letters import KEPT, LONGEST, PAUSES, DeadLetter
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments import queries as payments
from ordergraph.payments.gateways.protocol import CaptureReceipt, OutcomeUnknown
from ordergraph.refunds.sending import Cashier
from ordergraph.sweeping import sweep
from tests.market import DAY, NOON, Market
from tests.scripted import Scripted, cashier
from tests.states import cancel, order_in
from tests.watching import explained, steps

EXPIRY, LOOK = named_errand("order.payment_due"), named_errand("order.ended_unpaid")
DELIVERED = named("order.presumed_delivered")
UNPAID, PAID, EXPIRED = OrderStatus.PENDING_PAYMENT, OrderStatus.PROCESSING, OrderStatus.EXPIRED
BATCH = 3
LOST = OutcomeUnknown("no answer in time")


@dataclass
class Moody(Scripted):
    """It says nothing about some payments, and about none while it is away; all know its clock."""

    silent: set[UUID] = field(default_factory=set)
    away: bool = False

    async def find_capture(self, payment_reference: UUID, until: datetime) -> CaptureReceipt | None:
        receipt = await super().find_capture(payment_reference, until)
        if self.away or payment_reference in self.silent:
            raise LOST
        return receipt


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "BATCH", BATCH)


@pytest.fixture
def moody(market: Market) -> tuple[Cashier, Moody]:
    gateway = Moody()
    lease, timeout = timedelta(seconds=30), timedelta(seconds=5)
    return Cashier(market.edge, gateway, timeout=timeout, lease=lease), gateway


async def _unpaid(market: Market, count: int) -> list[Order]:
    """So many orders, one after the other: those of an earlier call have waited for longer."""
    orders = []
    for _ in range(count):
        orders.append(await market.place(paid=False))
        market.clock.advance(timedelta(seconds=1))
    return orders


async def _silence(gateway: Moody, orders: list[Order]) -> None:
    gateway.silent |= {(await payments.of_order(order.id)).id for order in orders}


async def _take(gateway: Moody, order: Order) -> None:
    """The gateway has the money; its answer was lost."""
    payment = await payments.of_order(order.id)
    money = Money(payment.amount_minor, payment.currency)
    gateway.captures[payment.id] = CaptureReceipt("taken", money)


async def _statuses(orders: list[Order]) -> list[OrderStatus]:
    return [(await Order.get(id=order.id)).status for order in orders]


async def test_a_batch_that_gets_no_answer_lets_the_next_one_have_its_turn(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    silent, others = await _unpaid(market, BATCH), await _unpaid(market, 2)
    await _silence(gateway, silent)
    await _take(gateway, others[0])
    market.clock.advance(timedelta(hours=1))

    counts = [await run_errands(teller, EXPIRY) for _ in range(3)]

    assert counts == [BATCH, 2, 0]
    assert await _statuses([*silent, *others]) == [UNPAID] * BATCH + [PAID, EXPIRED]


async def test_others_come_first_also_where_workers_look_so_rarely_that_all_have_rested(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    silent, others = await _unpaid(market, 3 * BATCH), await _unpaid(market, 2)
    await _silence(gateway, silent)

    for _ in range(4):
        market.clock.advance(timedelta(hours=1))
        await run_errands(teller, EXPIRY)

    assert await _statuses(others) == [EXPIRED, EXPIRED]
    assert await EXPIRY.find(market.clock.at + LONGEST, 99) == [order.id for order in silent]


async def test_looks_after_the_end_take_turns_as_well(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    orders = await _unpaid(market, BATCH + 1)
    for order in orders:
        cut, _ = cashier(market, "cut")
        await checkout.capture(cut, order, await payments.of_order(order.id))
        await cancel(market, order)
    await _silence(gateway, orders[:BATCH])
    await _take(gateway, orders[-1])
    market.clock.advance(DAY)

    for _ in range(2):
        await run_errands(teller, LOOK)

    assert (await payments.of_order(orders[-1].id)).captured_minor == orders[-1].total_minor


async def test_the_rests_grow_to_a_minute_and_never_end_in_death(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    gateway.away = True
    await _unpaid(market, 1)
    market.clock.advance(DAY)
    rests = []
    for _ in range(20):
        assert await run_errands(teller, EXPIRY) == 1
        letter = await DeadLetter.get()
        assert letter.retry_at is not None
        rests.append((letter.retry_at - market.clock.at).total_seconds())
        market.clock.at = letter.retry_at

    assert rests == [5, 10, 20, 40] + [60] * 16
    assert (letter.failures, letter.problem) == (0, "OutcomeUnknown")


async def test_when_the_gateway_is_back_all_is_caught_up_with_within_a_minute(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    orders = await _unpaid(market, 2 * BATCH + 1)
    market.clock.advance(DAY)
    gateway.away = True
    for _ in range(100):
        await run_errands(teller, EXPIRY)
        market.clock.advance(timedelta(seconds=5))
    gateway.away = False

    market.clock.advance(LONGEST)
    while await run_errands(teller, EXPIRY):
        pass

    assert set(await _statuses(orders)) == {EXPIRED}
    assert not await DeadLetter.exists(), "nothing is left of the trouble"


async def test_a_rest_begins_when_there_was_no_answer_and_not_when_it_was_asked_for(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    await _unpaid(market, 1)
    market.clock.advance(DAY)

    async def wait_in_vain() -> None:
        market.clock.advance(timedelta(seconds=30))
        raise LOST

    gateway.during = wait_in_vain
    await run_errands(teller, EXPIRY)

    assert (await DeadLetter.get()).retry_at == market.clock.at + timedelta(seconds=5)


async def test_it_neither_hides_nor_shortens_what_fails_for_another_reason(market: Market) -> None:
    row, now = uuid4(), market.clock.at
    lay_aside = partial(dead_letters.lay_aside, "work", row)
    for _ in range(3):
        await lay_aside(KeyError("x"), now)

    await lay_aside(LOST, now)
    letter = await DeadLetter.get()
    assert (letter.failures, letter.retry_at) == (3, now + PAUSES[2])
    for _ in PAUSES[2:]:
        await lay_aside(KeyError("x"), now)
    await lay_aside(LOST, now)

    assert (await DeadLetter.get()).retry_at is None, "what is dead stays dead"


async def test_notes_of_rows_that_were_done_otherwise_are_forgotten_with_the_next_that_is_done(
    clean: str,  # noqa: ARG001  (it needs the database)
) -> None:
    paid, other, failed = uuid4(), uuid4(), uuid4()
    await dead_letters.lay_aside("work", paid, LOST, NOON)
    await dead_letters.lay_aside("other work", paid, LOST, NOON)
    await dead_letters.lay_aside("work", failed, KeyError("x"), NOON)

    await dead_letters.recovered("work", [other], NOON + KEPT)
    assert await DeadLetter.filter(work="work").count() == 2
    await dead_letters.recovered("work", [other], NOON + KEPT + timedelta(minutes=1))

    assert [row.row_id for row in await DeadLetter.filter(work="work")] == [failed]
    assert await DeadLetter.filter(work="other work").exists()


async def test_two_workers_at_once_note_it_once(
    market: Market, moody: tuple[Cashier, Moody]
) -> None:
    teller, gateway = moody
    gateway.away = True
    await _unpaid(market, BATCH)
    market.clock.advance(DAY)

    await asyncio.gather(*(run_errands(teller, EXPIRY) for _ in range(4)))

    assert await DeadLetter.filter(failures=0).count() == BATCH
    market.clock.advance(LONGEST)
    assert len(await EXPIRY.find(market.clock.at, 9)) == BATCH


CROWD = """
INSERT INTO dead_letters SELECT gen_random_uuid(), '{}', gen_random_uuid(), 'OutcomeUnknown', 0, $1, $1, $1
FROM generate_series(1, 10000)"""


@pytest.mark.parametrize("errand", [EXPIRY, LOOK], ids=lambda errand: str(errand.name))
async def test_however_many_rest_a_look_that_finds_nothing_reads_none_of_them(
    market: Market, errand: Errand
) -> None:
    await _unpaid(market, 3)
    async with in_transaction():
        connection = connections.get("default")
        await connection.execute_query(CROWD.format(errand.name), [NOON + DAY])
        await connection.execute_script("ANALYZE dead_letters")
        plan = await explained(partial(errand.find, NOON, 100))

    looked = [n for n in steps(plan) if n.get("Relation Name") == "dead_letters"]
    assert {scan["Actual Loops"] for scan in looked} == {0}


# ── sweeps ──────────────────────────────────────────────────────────────────────────────────────

LATE = """
CREATE CONSTRAINT TRIGGER poisoned AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.id = '{}') EXECUTE FUNCTION ordergraph_never_change()"""


@pytest.fixture
async def shipped(market: Market) -> AsyncIterator[list[Order]]:
    """Three parcels that nobody heard of; the second order cannot be committed as delivered."""
    orders = [await order_in(market, OrderStatus.SHIPPED) for _ in range(3)]
    await connections.get("default").execute_script(LATE.format(orders[1].id))
    market.clock.advance(30 * DAY)
    yield orders
    await connections.get("default").execute_script("DROP TRIGGER IF EXISTS poisoned ON orders")


async def test_what_is_refused_at_the_commit_stops_no_other_row_of_its_batch(
    market: Market, shipped: list[Order]
) -> None:
    with capture_logs() as logs:
        done = await sweep(market.edge, DELIVERED)

    S, D = OrderStatus.SHIPPED, OrderStatus.DELIVERED  # noqa: N806  (as in a table)
    assert done == 2
    assert await _statuses(shipped) == [D, S, D]
    assert [entry["event"] for entry in logs] == ["sweep.one_by_one", "work.failed"]
    letter = await DeadLetter.get()
    assert (letter.row_id, letter.failures) == (shipped[1].id, 1)
    assert letter.retry_at == market.clock.at + PAUSES[0]


async def test_it_rests_longer_each_time_and_once_it_can_be_it_is_done(
    market: Market, shipped: list[Order]
) -> None:
    for pause in PAUSES[:2]:
        await sweep(market.edge, DELIVERED)
        market.clock.advance(pause)
    assert (await DeadLetter.get()).failures == 2

    await connections.get("default").execute_script("DROP TRIGGER poisoned ON orders")

    assert await sweep(market.edge, DELIVERED) == 1
    assert (await Order.get(id=shipped[1].id)).status is OrderStatus.DELIVERED
    assert not await DeadLetter.exists()
