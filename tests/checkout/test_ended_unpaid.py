"""Orders that ended unpaid: the gateway is asked again and again, until money is found or given up."""

from datetime import timedelta
from itertools import pairwise

import pytest

from ordergraph.checkout import actions
from ordergraph.deadlines import named_errand
from ordergraph.errands import run_errands
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.orders.process import LOOKS, OrderStatus
from ordergraph.payments import queries as payments
from ordergraph.payments.gateways.protocol import CaptureReceipt, Declined, UnusableGateway
from ordergraph.payments.process import PaymentDeclined
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause
from ordergraph.refunds.sending import Cashier
from ordergraph.testclock.actions import soonest
from tests.market import DAY, NOON, Market
from tests.scripted import Scripted, cashier, nothing
from tests.states import cancel, order_in

DUE_AT = NOON + timedelta(minutes=30)
EXPIRY, LOOK = named_errand("order.payment_due"), named_errand("order.ended_unpaid")
C, E = OrderStatus.CANCELED, OrderStatus.EXPIRED


async def _ended(market: Market, status: OrderStatus) -> tuple[Order, Cashier, Scripted]:
    """An order whose capture nobody answered, canceled at once or expired when it was due."""
    order = await market.place(paid=False)
    teller, gateway = cashier(market, "cut")
    await actions.capture(teller, order, await payments.of_order(order.id))
    if status is C:
        await cancel(market, order)
    else:
        market.clock.at = DUE_AT
        await run_errands(teller, EXPIRY)
    await order.refresh_from_db()
    assert order.status is status
    gateway.calls.clear()
    return order, teller, gateway


async def _arrive(order: Order, gateway: Scripted) -> None:
    """The effect of the call that was cut comes after all."""
    payment = await payments.of_order(order.id)
    receipt = CaptureReceipt("late", Money(payment.amount_minor, payment.currency))
    gateway.captures[payment.id] = receipt


async def _next_look(market: Market, teller: Cashier) -> bool:
    """Let time pass until the next look, and take it."""
    moment = await LOOK.soonest(market.clock.at)
    if moment is None:
        return False
    market.clock.at = moment
    assert await run_errands(teller, LOOK) == 1
    return True


@pytest.mark.parametrize(("status", "looks"), [(C, LOOKS), (E, LOOKS[1:])])
async def test_it_is_asked_for_with_growing_pauses_and_then_given_up(
    market: Market, status: OrderStatus, looks: tuple[timedelta, ...]
) -> None:
    order, teller, gateway = await _ended(market, status)

    moments = []
    while await _next_look(market, teller):
        moments.append(market.clock.at)

    assert moments == [DUE_AT + after for after in looks]
    assert gateway.calls == ["find_capture"] * len(looks)
    await order.refresh_from_db()
    assert (order.status, order.payment_look_at) == (status, None)
    assert order.payment_given_up_at == moments[-1]
    market.clock.advance(100 * DAY)
    assert await run_errands(teller, LOOK) == 0
    assert await soonest(NOON) is None
    assert not await Refund.exists()


def test_the_pauses_grow_and_reach_beyond_the_slowest_way_to_pay() -> None:
    pauses = [later - sooner for sooner, later in pairwise(LOOKS)]

    assert pauses == sorted(pauses)
    assert LOOKS[-1] > 14 * DAY


@pytest.mark.parametrize("status", [C, E])
@pytest.mark.parametrize("nth", range(1, len(LOOKS)))
async def test_money_that_comes_between_two_looks_goes_back_at_the_next_one(
    market: Market, status: OrderStatus, nth: int
) -> None:
    order, teller, gateway = await _ended(market, status)
    for _ in range(nth - (status is E)):
        await _next_look(market, teller)
    await _arrive(order, gateway)

    await _next_look(market, teller)

    assert market.clock.at == DUE_AT + LOOKS[nth]
    refund = await Refund.get()
    assert (refund.cause, refund.amount_minor) == (RefundCause.OVERPAYMENT, order.total_minor)
    assert refund.due_at == market.clock.at
    await order.refresh_from_db()
    assert order.status is status
    assert (order.payment_look_at, order.payment_given_up_at) == (None, None)
    assert await LOOK.soonest(NOON) is None


async def test_a_worker_that_comes_after_all_looks_asks_once_and_gives_up(market: Market) -> None:
    order, teller, gateway = await _ended(market, E)
    market.clock.advance(40 * DAY)

    for _ in range(2):
        await run_errands(teller, LOOK)

    assert gateway.calls == ["find_capture"]
    await order.refresh_from_db()
    assert order.payment_given_up_at == market.clock.at


async def test_a_worker_that_comes_after_all_looks_finds_money_all_the_same(
    market: Market,
) -> None:
    order, teller, gateway = await _ended(market, E)
    await _arrive(order, gateway)
    market.clock.advance(40 * DAY)

    await run_errands(teller, LOOK)

    assert (await Refund.get()).amount_minor == order.total_minor


async def test_an_order_that_expires_after_all_looks_is_asked_for_then_and_given_up_at_once(
    market: Market,
) -> None:
    """Nobody worked for a month: the look before it expires is the last one."""
    order = await market.place(paid=False)
    teller, gateway = cashier(market)
    market.clock.advance(30 * DAY)

    await run_errands(teller, EXPIRY)

    await order.refresh_from_db()
    assert order.status is E
    assert (order.payment_look_at, order.payment_given_up_at) == (None, market.clock.at)
    assert gateway.calls == ["find_capture"]


async def test_an_order_that_is_canceled_after_all_looks_is_asked_for_once(market: Market) -> None:
    order = await market.place(paid=False)
    teller, gateway = cashier(market)
    market.clock.advance(30 * DAY)
    await cancel(market, order)

    for _ in range(2):
        await run_errands(teller, LOOK)

    assert gateway.calls == ["find_capture"]
    await order.refresh_from_db()
    assert order.payment_given_up_at == market.clock.at


async def test_while_the_gateway_cannot_be_asked_nothing_is_given_up(market: Market) -> None:
    order, teller, gateway = await _ended(market, E)
    market.clock.advance(40 * DAY)

    async def refuse() -> None:
        raise ConnectionRefusedError

    gateway.during = refuse
    await run_errands(teller, LOOK)

    before = order.payment_look_at
    await order.refresh_from_db()
    assert order.payment_look_at == before == DUE_AT + LOOKS[1]
    assert order.payment_given_up_at is None


async def test_of_two_workers_the_one_that_found_nothing_undoes_nothing(market: Market) -> None:
    order, teller, gateway = await _ended(market, E)
    market.clock.at = DUE_AT + LOOKS[1]

    async def found_meanwhile() -> None:
        gateway.during = nothing
        await actions.look_again(cashier_of_the_other, order.id)

    cashier_of_the_other, other = cashier(market)
    await _arrive(order, other)
    gateway.during = found_meanwhile
    await actions.look_again(teller, order.id)

    await order.refresh_from_db()
    assert (order.payment_look_at, order.payment_given_up_at) == (None, None)
    assert await Refund.all().count() == 1


async def test_a_definite_no_is_not_asked_for_again(market: Market) -> None:
    order = await market.place(paid=False)
    teller, _ = cashier(market, "CARD_EXPIRED")

    with pytest.raises(PaymentDeclined):
        await actions.capture(teller, order, await payments.of_order(order.id))

    assert await LOOK.soonest(NOON) is None


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.COMPLETED])
async def test_an_order_that_was_paid_is_not_asked_for(market: Market, status: OrderStatus) -> None:
    await order_in(market, status)

    assert await LOOK.soonest(NOON) is None
    assert await LOOK.find(market.clock.at + 400 * DAY, 1) == []


@pytest.mark.parametrize(
    "problem", [UnusableGateway("revoked"), RuntimeError(), Declined("DECLINED")]
)
@pytest.mark.parametrize("status", [OrderStatus.PENDING_PAYMENT, C])
async def test_however_long_and_however_it_does_not_answer_the_order_is_not_given_up(
    market: Market, status: OrderStatus, problem: Exception
) -> None:
    """Its key was revoked for a day, say: what it took is found as soon as it is mended."""
    order = await market.place(paid=False)
    teller, gateway = cashier(market, "lost")
    await actions.capture(teller, order, await payments.of_order(order.id))
    if status is C:
        await cancel(market, order)
    market.clock.at = DUE_AT

    async def refuse() -> None:
        raise problem

    gateway.during = refuse
    for _ in range(24):
        await run_errands(teller, EXPIRY)
        await run_errands(teller, LOOK)
        market.clock.advance(timedelta(hours=1))
    gateway.during = nothing

    assert await run_errands(teller, EXPIRY) + await run_errands(teller, LOOK) == 1

    await order.refresh_from_db()
    assert order.status is (C if status is C else OrderStatus.PROCESSING)
    assert await Refund.filter(cause=RefundCause.OVERPAYMENT).count() == (status is C)
    assert not await DeadLetter.exists()


async def test_what_another_gateway_was_asked_for_this_one_cannot_deny(market: Market) -> None:
    """The installation has changed its provider in between: the order waits for somebody to look."""
    order = await market.place(paid=False)
    payment = await payments.of_order(order.id)
    payment.gateway = "the one before"
    await payment.save()
    market.clock.at = DUE_AT
    teller, gateway = cashier(market)

    await run_errands(teller, EXPIRY)

    await order.refresh_from_db()
    assert order.status is OrderStatus.PENDING_PAYMENT
    assert gateway.calls == []
    (letter,) = await DeadLetter.all()
    assert letter.problem == "UnusableGateway"
