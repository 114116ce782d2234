"""The same key again: the same answer, from what is there now, and nothing is done (I1 to I4, I6)."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tortoise import connections

from ordergraph.infra.idempotency import IdempotencyKey
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds.models import Refund
from tests.idempotency.deeds import BASKET, CANCEL, DEEDS, do, document
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid
from tests.scripted import cashier
from tests.watching import snapshot


@pytest.mark.parametrize("name", DEEDS)
async def test_asked_again_it_is_answered_alike_and_nothing_is_done(
    market: Market, name: str
) -> None:
    """I1."""
    given = await DEEDS[name].ready(market)
    first = await do(market, name, given, "a key")
    before = await snapshot()

    again = await do(market, name, given, "a key")

    assert first["__typename"].endswith("Success")
    assert again == first
    assert await snapshot() == before


@pytest.mark.parametrize("name", DEEDS)
async def test_the_same_key_for_anything_else_is_refused_and_nothing_is_done(
    market: Market, name: str
) -> None:
    """I2: whether what is asked for would work or not."""
    other = await CANCEL.ready(market)
    first = await DEEDS[name].ready(market)
    actor = DEEDS[name].actor
    await do(market, name, first, "a key")
    before = await snapshot()

    answers = [
        await do(market, "orderCancel", other, "a key", actor),
        await do(
            market, "orderCancel", {**other, "orderId": gid("Order", uuid4())}, "a key", actor
        ),
    ]

    for answer in answers:
        assert (answer["__typename"], answer["retryable"]) == ("IdempotencyError", False)
        assert "Idempotenz" not in answer["message"]
    assert await snapshot() == before


async def test_other_arguments_under_the_same_key_are_refused_in_the_persons_language(
    market: Market,
) -> None:
    given = await CANCEL.ready(market)
    await do(market, "orderCancel", given, "a key")

    answer = await market.ask(
        ADA, document("orderCancel"), "de", key="a key", input={**given, "note": "!"}
    )

    assert answer["orderCancel"]["message"].startswith("Dieser Idempotenzschlüssel")


async def test_a_key_of_somebody_else_is_another_key(market: Market) -> None:
    """I3: equal keys, equal arguments; what the other gets tells nothing of the first."""
    given = await CANCEL.ready(market)
    await do(market, "orderCancel", given, "a key", ADA)

    stranger = await do(market, "orderCancel", given, "a key", BEN)
    seller = await do(market, "orderCancel", given, "a key", LAMPS)

    assert stranger["__typename"] == "NotFoundError"
    assert seller["__typename"] == "OrderAlreadyCanceledError"
    assert await IdempotencyKey.all().count() == 1


async def test_two_people_may_use_one_key_for_two_things(market: Market) -> None:
    """I3."""
    one, other = [await CANCEL.ready(market) for _ in range(2)]

    answers = [
        await do(market, "orderCancel", one, "a key", ADA),
        await do(market, "orderCancel", {**other, "reasonHandle": "out-of-stock"}, "a key", LAMPS),
    ]

    assert {answer["__typename"] for answer in answers} == {"OrderCancelSuccess"}
    assert await Refund.all().count() == 2


async def test_a_refusal_keeps_nothing_so_that_the_next_try_can_succeed(market: Market) -> None:
    """I4."""
    order = await market.place()
    given = {"orderId": gid("Order", order.id)}
    before = await snapshot()

    refused = await do(market, "orderConfirmReceipt", given, "a key")
    assert await snapshot() == before
    await market.ship(order)
    done = await do(market, "orderConfirmReceipt", given, "a key")

    assert refused["__typename"] == "WrongStateError"
    assert done["__typename"] == "OrderConfirmReceiptSuccess"


async def test_a_fault_keeps_nothing_so_that_the_next_try_can_succeed(market: Market) -> None:
    """I4."""
    given = await CANCEL.ready(market)
    spoil = "UPDATE orders SET policy_numbers = jsonb_set(policy_numbers, '{refund_delay_s}', $1)"
    await connections.get("default").execute_query(spoil, ['"secret"'])
    before = await snapshot()

    result = await market.execute(ADA, document("orderCancel"), key="a key", input=given)
    assert result.errors[0].extensions["code"] == "INTERNAL"
    assert await snapshot() == before
    await connections.get("default").execute_query(spoil, ["604800"])

    assert (await do(market, "orderCancel", given, "a key"))["__typename"] == "OrderCancelSuccess"


async def test_a_repeat_tells_of_things_as_they_are_now(market: Market) -> None:
    """I6: the identity of the result is kept, not what was shown of it."""
    given = await CANCEL.ready(market)
    first = await do(market, "orderCancel", given, "a key")
    release = {"refundId": first["refund"]["id"]}
    await do(market, "refundRelease", release, "a key", LAMPS)

    again = await do(market, "orderCancel", given, "a key")

    assert (first["refund"]["status"], again["refund"]["status"]) == ("SCHEDULED", "PROCESSING")
    assert again["refund"]["id"] == first["refund"]["id"]


async def test_a_repeat_may_ask_for_other_fields(market: Market) -> None:
    """I6."""
    given = await CANCEL.ready(market)
    await do(market, "orderCancel", given, "a key")

    again = await market.ask(
        ADA,
        document("orderCancel", "mine: refund { amount { amount } order { number } }"),
        key="a key",
        input=given,
    )

    number = (await Order.all().get()).number
    assert again["orderCancel"]["mine"] == {
        "amount": {"amount": "84.70"},
        "order": {"number": number},
    }


async def test_who_lost_sight_of_it_meanwhile_is_told_that_there_is_nothing(market: Market) -> None:
    """I6: a repeat is authorized anew."""
    given = await CANCEL.ready(market)
    await do(market, "orderCancel", given, "a key")

    again = await do(market, "orderCancel", given, "a key", Actor(frozenset(), ADA.user_id))

    assert again == {"__typename": "NotFoundError", "message": "There is no such order."}


async def test_a_success_with_nothing_in_a_field_has_nothing_there_again(market: Market) -> None:
    order = await market.place(paid=False)
    given = {"orderId": gid("Order", order.id), "reasonHandle": "other"}

    answers = [await do(market, "orderCancel", given, "a key") for _ in range(2)]

    assert [answer["refund"] for answer in answers] == [None, None]


async def test_what_a_success_shows_is_as_it_was_committed_even_what_was_looked_at_before(
    market: Market,
) -> None:
    given = await DEEDS["disputeOpen"].ready(market)
    shown = "dispute { status order { deadlines { kind } actions { kind available } } }"

    answers = [
        (await market.ask(ADA, document("disputeOpen", shown), key="k", input=given))["disputeOpen"]
        for _ in range(2)
    ]

    order = answers[0]["dispute"]["order"]
    assert order["deadlines"] == [], "the dispute's own run instead"
    assert {"kind": "OPEN_DISPUTE", "available": False} in order["actions"]
    assert answers[0] == answers[1]


async def test_several_mutations_see_what_those_before_them_did(market: Market) -> None:
    given = await DEEDS["orderConfirmReceipt"].ready(market)
    complaint = {
        "orderId": given["orderId"],
        "reasonHandle": "damaged",
        "description": "It broke.",
        "amount": "10.00",
        "asked": "REFUND_ONLY",
    }
    text = """mutation Both($receipt: OrderConfirmReceiptInput!, $complaint: DisputeOpenInput!) {
      orderConfirmReceipt(input: $receipt) @idempotent(key: "a") {
        ... on OrderConfirmReceiptSuccess { order { status dispute { id } } } }
      disputeOpen(input: $complaint) @idempotent(key: "b") {
        ... on DisputeOpenSuccess { dispute { order { status dispute { status } } } } } }"""

    done = await market.ask(ADA, text, key=None, receipt=given, complaint=complaint)

    assert done["orderConfirmReceipt"]["order"] == {"status": "DELIVERED", "dispute": None}
    order = done["disputeOpen"]["dispute"]["order"]
    assert order == {"status": "DELIVERED", "dispute": {"status": "AWAITING_SELLER"}}


async def test_what_is_kept_says_who_and_which_and_nothing_that_people_wrote(
    market: Market,
) -> None:
    given = {**await CANCEL.ready(market), "note": "My secret reason."}

    await do(market, "orderCancel", given, "a key")

    kept = await IdempotencyKey.all().get()
    order, refund = await Order.all().get(), await Refund.all().get()
    assert (kept.user_id, kept.mutation, kept.result_type) == (
        ADA.user_id,
        "orderCancel",
        "OrderCancelSuccess",
    )
    assert kept.result_ids is not None
    assert set(kept.result_ids) == {"order", "cancellation", "refund"}
    assert kept.result_ids["order"] == f"Order:{order.id}"
    assert kept.result_ids["refund"] == f"Refund:{refund.id}"
    assert kept.created_at == market.clock.at
    assert "secret" not in str(dict(kept))


# ── orderPlace commits twice ─────────────────────────────────────────────────────────────────


async def test_an_order_that_died_before_it_was_paid_is_paid_by_the_repeat(market: Market) -> None:
    await market.place()
    teller, gateway = cashier(market, "cut")
    market.desk = replace(market.desk, cashier=teller)

    first = await do(market, "orderPlace", BASKET, "a key")
    again = await do(market, "orderPlace", BASKET, "a key")

    assert (first["order"]["status"], again["order"]["status"]) == ("PENDING_PAYMENT", "PROCESSING")
    assert first["order"]["id"] == again["order"]["id"]
    assert len(gateway.captures) == 1


async def test_a_capture_whose_answer_was_lost_is_not_made_twice(market: Market) -> None:
    await market.place()
    teller, gateway = cashier(market, "lost")
    market.desk = replace(market.desk, cashier=teller)

    answers = [await do(market, "orderPlace", BASKET, "a key") for _ in range(3)]

    assert [a["order"]["status"] for a in answers] == [
        "PENDING_PAYMENT",
        "PROCESSING",
        "PROCESSING",
    ]
    assert len(gateway.captures) == 1
    assert gateway.calls == ["capture", "find_capture"]


async def test_an_order_that_has_expired_is_not_paid_by_a_repeat(market: Market) -> None:
    await market.place()
    teller, gateway = cashier(market, "cut")
    market.desk = replace(market.desk, cashier=teller)
    first = await do(market, "orderPlace", BASKET, "a key")
    await Order.filter(status=OrderStatus.PENDING_PAYMENT).update(status=OrderStatus.EXPIRED)
    market.clock.advance(timedelta(hours=1))

    again = await do(market, "orderPlace", BASKET, "a key")

    assert again["order"] == {**first["order"], "status": "EXPIRED"}
    assert gateway.calls == ["capture"]


async def test_a_shop_that_hands_in_an_order_twice_has_one(market: Market) -> None:
    given = {**BASKET, "buyerExternalId": "carla", "sellerExternalId": "new-shop"}

    answers = [await do(market, "orderPlace", given, "a key", OLGA) for _ in range(2)]

    assert answers[0] == answers[1]
    assert await Order.all().count() == 1
