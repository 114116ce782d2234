"""What is written about payments: the sandbox's lines, the gateways' messages, and what guards them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from ordergraph.infra.queue import Bell
from ordergraph.kernel.actor import GATEWAY
from ordergraph.kernel.money import Money
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import (
    Capture,
    Declined,
    JournalEntry,
    RefundOrder,
    Standing,
    Surroundings,
)
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.models import GatewayEvent, SandboxEntry
from ordergraph.settings import Settings
from ordergraph.wiring import Wiring
from tests.market import DAY, NOON, Market
from tests.watching import snapshot
from workers.gateways import KEPT, forget_gateway_events

TEN = Money(1000, "EUR")


async def _captured(market: Market, token: str) -> RefundOrder:
    """A payment with this token, and the order to give it back."""
    payment, refund = uuid7(), uuid7()
    await market.gateway.capture(Capture(payment, TEN, f"capture-{payment}", token))
    return RefundOrder(refund, payment, "", TEN, f"refund-{refund}-0")


async def _journal(market: Market, order: RefundOrder) -> list[JournalEntry]:
    return [
        line async for line in market.gateway.journal(NOON) if line.reference == order.reference
    ]


async def test_a_refund_that_failed_later_has_a_second_line_and_its_first_stays(
    market: Market,
) -> None:
    order = await _captured(market, "tok_refund_pending_declined")
    receipt = await market.gateway.refund(order)
    market.clock.advance(timedelta(minutes=1))

    before, after = await _journal(market, order), await _journal(market, order)

    assert before == after
    assert [(line.standing, line.at) for line in before] == [
        (Standing.PENDING, NOON),
        (Standing.FAILED, NOON + timedelta(minutes=1)),
    ]
    assert {line.gateway_reference for line in before} == {receipt.gateway_reference}


async def test_what_failed_can_be_given_again_in_full(market: Market) -> None:
    order = await _captured(market, "tok_refund_pending_declined")
    await market.gateway.refund(order)
    market.clock.advance(timedelta(minutes=1))
    await market.gateway.find_refund(order)

    second = await market.gateway.refund(replace(order, idempotency_key="fresh"))

    assert second.standing is Standing.PENDING
    lines = SandboxEntry.filter(kind="REFUND", reference=order.reference).order_by("nth")
    assert await lines.values_list("nth", flat=True) == [0, 1]


async def test_a_decline_is_remembered_by_its_key_and_a_fresh_key_is_heard_anew(
    market: Market,
) -> None:
    order = await _captured(market, "tok_refund_declined_once")
    for _ in range(2):
        with pytest.raises(Declined):
            await market.gateway.refund(order)

    receipt = await market.gateway.refund(replace(order, idempotency_key="fresh"))

    assert receipt.standing is Standing.SUCCEEDED
    assert await SandboxEntry.filter(kind="DECLINED").count() == 1


async def test_mischief_is_remembered_by_the_journal_and_not_by_the_process(
    market: Market,
) -> None:
    """The API captures, a worker refunds, another repeats: they meet one sandbox."""
    order = await _captured(market, "tok_refund_cut")
    processes = [Sandbox(Surroundings(market.clock)) for _ in range(2)]
    with pytest.raises(ConnectionResetError):
        await processes[0].refund(order)

    receipt = await processes[1].refund(order)

    assert receipt.standing is Standing.SUCCEEDED


@pytest.mark.parametrize("kind", ["DECLINED", "FAILED", "FAULT"])
async def test_lines_that_move_no_money_say_why_and_the_others_do_not(
    market: Market, kind: str
) -> None:
    order = await _captured(market, "tok_ok")
    line: dict[str, Any] = {
        "reference": order.reference,
        "payment_reference": order.payment_reference,
        "currency": "EUR",
        "amount_minor": 1,
        "created_at": NOON,
    }

    for wrong in ({"kind": kind}, {"kind": "REFUND", "code": "X"}, {"kind": "GIFT", "code": "X"}):
        with pytest.raises(IntegrityError, match="sandbox_journal_"):
            await SandboxEntry.create(**line, **wrong, idempotency_key=str(uuid4()))


async def test_what_was_captured_cannot_have_been_declined(market: Market) -> None:
    order = await market.place()
    before = await snapshot()

    with pytest.raises(IntegrityError, match="payments_declined"):
        await connections.get("default").execute_query(
            "UPDATE payments SET decline_reason = 'DECLINED' WHERE order_id = $1", [order.id]
        )

    assert await snapshot() == before


async def test_a_message_is_heard_once_for_each_gateway(market: Market) -> None:
    heard = []
    for gateway in ("stripe", "stripe", "another"):
        async with market.edge.transaction(GATEWAY) as tx:
            heard.append(await payments.hear(tx, gateway, "evt_1"))

    assert heard == [True, False, True]


async def test_a_worker_forgets_what_can_not_be_told_again(market: Market) -> None:
    for event_id in ("old", "new"):
        async with market.edge.transaction(GATEWAY) as tx:
            await payments.hear(tx, "stripe", event_id)
        market.clock.advance(DAY)
    market.clock.advance(KEPT - DAY)
    redis: Any = None  # it rings for nobody
    wiring = Wiring(
        Settings.of({}), market.hub, Bell(redis), market.cashier, redis, market.keeper, redis
    )

    forgotten = await forget_gateway_events({"wiring": wiring})

    assert forgotten == 1
    assert await GatewayEvent.all().values_list("event_id", flat=True) == ["new"]
