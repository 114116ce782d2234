"""Asking to cancel when the window is over: what people see, and what becomes of it."""

import pytest

from ordergraph.cancellations.models import Cancellation
from ordergraph.cancellations.process import CancellationStatus
from ordergraph.kernel.actor import Actor
from ordergraph.notifications.models import Notification
from ordergraph.orders.models import OrderLine
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.sweeping import sweep
from tests.cancellations.documents import lines_of, send, some
from tests.cancellations.late import (
    SHIP_BY,
    SILENCE,
    answer,
    asked,
    button,
    late_order,
    request_in,
    shown,
)
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid, line
from tests.notifications.feed import tell
from tests.orders.commands import do
from tests.states import cancel
from tests.watching import snapshot


async def test_after_the_window_the_buyer_asks_and_nothing_changes_yet(market: Market) -> None:
    order = await late_order(market)

    done = await send(market, order, reasonHandle="no-longer-needed", note="Please.")

    assert done["__typename"] == "OrderCancelSuccess"
    assert done["order"]["status"] == "PROCESSING"
    assert done["refund"] is None
    told = done["cancellation"]
    assert (told["status"], told["whole"], told["note"]) == ("REQUESTED", True, "Please.")
    assert (told["requestedBy"], told["canceledAt"]) == ("BUYER", None)
    assert [row.canceled_quantity for row in await lines_of(order)] == [0, 0]
    assert (await Payment.get(order_id=order.id)).refund_reserved_minor == 0


async def test_an_order_of_a_policy_without_requests_cannot_be_asked_for(market: Market) -> None:
    """The policy was frozen when it was placed; what is published since changes nothing."""
    order = await market.place()
    await late_order(market)

    answered = await send(market, order)

    assert answered["__typename"] == "CancelWindowClosedError"


async def test_before_and_after_asking_everyone_sees_what_can_be_done(market: Market) -> None:
    order = await late_order(market)
    before = await shown(market, order)
    await send(market, order)

    buyer, seller = await shown(market, order), await shown(market, order, LAMPS)

    assert before["canCancel"] is before["cancellationPreview"]["request"] is True
    assert before["cancellationPreview"]["dueAt"] == "2026-12-03T13:00:00.000Z"  # 2 d, then 7 d
    assert (button(before)["available"], button(before)["until"]) == (
        True,
        "2026-11-30T12:00:00.000Z",  # the order would be canceled then anyway
    )
    assert buyer["canCancel"] is False
    blocked = button(buyer)["blockedBy"]
    assert blocked["__typename"] == "CancellationAlreadyRequestedError"
    assert blocked == buyer["cancellationPreview"]["blockedBy"]
    card = buyer["cancellation"]
    assert [(b["kind"], b["available"]) for b in card["actions"]] == [("WITHDRAW", True)]
    assert card["deadlines"] == [
        {
            "kind": "CANCELLATION_RESPONSE_DUE",
            "dueAt": "2026-11-26T13:00:00.000Z",
            "waitingFor": "SELLER",
            "consequence": "Silence approves the cancellation.",
        }
    ]
    offered = [(b["kind"], b["available"]) for b in seller["cancellation"]["actions"]]
    assert offered == [("APPROVE", True), ("REJECT", True)]
    assert button(seller)["available"] is True


async def test_the_seller_grants_it_and_the_money_is_promised_as_usual(market: Market) -> None:
    request = await asked(market, await late_order(market))
    market.clock.advance(DAY)

    done = await answer(market, "APPROVE", request)

    assert done["order"]["status"] == "CANCELED"
    card = done["cancellation"]
    assert (card["status"], card["decidedBy"]) == ("APPROVED", "SELLER")
    assert card["canceledAt"] == card["decidedAt"] == "2026-11-25T13:00:00.000Z"
    assert card["refund"] == {"amount": {"amount": "90.70"}, "dueAt": "2026-12-02T13:00:00.000Z"}


async def test_a_buyer_who_blames_the_seller_waits_as_long(market: Market) -> None:
    order = await late_order(market)
    done = await cancel(market, order, ADA, reason="seller-unresponsive")

    granted = await answer(market, "APPROVE", done.cancellation)

    assert granted["cancellation"]["refund"]["dueAt"] == "2026-12-01T13:00:00.000Z"


async def test_the_seller_refuses_with_words_and_that_stands(market: Market) -> None:
    order = await late_order(market)
    request = await asked(market, order)

    done = await answer(market, "REJECT", request, note=" Already packed. ")

    assert done["order"]["status"] == "PROCESSING"
    card = done["cancellation"]
    assert (card["status"], card["answer"]) == ("REJECTED", "Already packed.")
    before = await snapshot()
    again = await send(market, order)
    assert again["__typename"] == "CancellationRefusedError"
    assert again["message"] == ("It was refused on 2026-11-24 at 13:00 UTC to cancel this order.")
    seen = await shown(market, order)
    assert seen["canCancel"] is False
    assert button(seen)["blockedBy"]["message"] == again["message"]
    assert await snapshot() == before


async def test_a_refusal_in_too_many_words_is_refused(market: Market) -> None:
    request = await asked(market, await late_order(market))
    before = await snapshot()

    answered = await answer(market, "REJECT", request, note="x" * 1001)

    assert (answered["__typename"], answered["field"]) == ("InvalidInputError", "note")
    assert await snapshot() == before


async def test_a_refusal_by_an_operator_is_one_by_the_marketplace(market: Market) -> None:
    request = await asked(market, await late_order(market))

    done = await answer(market, "REJECT", request, OLGA)

    assert (done["cancellation"]["decidedBy"], done["cancellation"]["answer"]) == ("OPERATOR", None)


async def test_the_buyer_takes_it_back_and_may_ask_again(market: Market) -> None:
    order = await late_order(market)
    request = await asked(market, order)

    done = await answer(market, "WITHDRAW", request)

    assert done["cancellation"]["status"] == "WITHDRAWN"
    assert (await shown(market, order))["canCancel"] is True
    again = await send(market, order)
    assert again["cancellation"]["status"] == "REQUESTED"


async def test_one_request_is_answered_at_a_time(market: Market) -> None:
    order = await late_order(market)
    await asked(market, order)
    before = await snapshot()

    again = await send(market, order)

    assert again["__typename"] == "CancellationAlreadyRequestedError"
    assert again["message"] == (
        "The seller was asked already and has until 2026-11-26 13:00 UTC to answer."
    )
    assert await snapshot() == before


async def test_two_days_of_silence_grant_it(market: Market) -> None:
    order = await late_order(market)
    await asked(market, order)
    market.clock.advance(2 * DAY)

    swept = [await sweep(market.edge, SILENCE) for _ in range(2)]

    assert swept == [1, 0]
    seen = await shown(market, order)
    assert seen["status"] == "CANCELED"
    card = seen["cancellation"]
    assert (card["status"], card["decidedBy"]) == ("APPROVED", "SYSTEM")
    assert card["refund"]["dueAt"] == "2026-12-03T13:00:00.000Z"


@pytest.mark.parametrize(
    ("actor", "kind", "refusal"),
    [
        (LAMPS, "SHIP", "OrderAlreadyCanceledError"),
        (LAMPS, "CANCEL", "OrderAlreadyCanceledError"),
        (ADA, "CANCEL", "OrderAlreadyCanceledError"),
        (ADA, "SHIP", "NotAllowedError"),
    ],
)
async def test_silence_has_granted_it_before_any_worker_writes_it_down(
    market: Market, actor: Actor, kind: str, refusal: str
) -> None:
    """J6: the same answers as a moment later, and the buttons say so."""
    order = await late_order(market)
    await asked(market, order)
    market.clock.advance(2 * DAY)
    before = await snapshot()

    answered = await do(market, actor, kind, order)

    assert answered["__typename"] == refusal
    seen = await shown(market, order, actor)
    for offered in seen["actions"]:
        if offered["kind"] == kind:
            assert offered["blockedBy"] == {**answered}
    assert await snapshot() == before


@pytest.mark.parametrize("kind", ["APPROVE", "REJECT", "WITHDRAW"])
async def test_an_answer_that_comes_after_the_silence_comes_too_late(
    market: Market, kind: str
) -> None:
    order = await late_order(market)
    request = await asked(market, order)
    market.clock.advance(2 * DAY)
    before = await snapshot()

    answered = await answer(market, kind, request)

    assert (answered["__typename"], answered["state"]) == ("WrongStateError", "APPROVED")
    person = ADA if kind == "WITHDRAW" else LAMPS
    card = (await shown(market, order, person))["cancellation"]
    assert button(card, kind)["blockedBy"] == answered
    assert await snapshot() == before


async def test_shipping_answers_it_in_the_same_moment(market: Market) -> None:
    order = await late_order(market)
    await asked(market, order)

    await do(market, LAMPS, "SHIP", order)

    seen = await shown(market, order)
    assert seen["status"] == "SHIPPED"
    assert (seen["cancellation"]["status"], seen["cancellation"]["decidedBy"]) == (
        "REJECTED",
        "SYSTEM",
    )
    assert button(seen)["blockedBy"]["__typename"] == "OrderAlreadyShippedError"


@pytest.mark.parametrize("actor", [LAMPS, OLGA])
async def test_who_cancels_it_all_overtakes_the_request(market: Market, actor: Actor) -> None:
    order = await late_order(market)
    request = await asked(market, order)

    done = await send(market, order, actor)

    assert done["order"]["status"] == "CANCELED"
    await request.refresh_from_db()
    assert (request.status, request.decided_by) == (CancellationStatus.WITHDRAWN, "SYSTEM")
    assert await Refund.filter(order_id=order.id).count() == 1


async def test_an_order_that_is_not_shipped_in_time_overtakes_the_request(market: Market) -> None:
    order = await late_order(market, late_cancellation_response_s=20 * 86_400)
    request = await asked(market, order)
    market.clock.advance(7 * DAY)

    assert await sweep(market.edge, SHIP_BY) == 1

    await request.refresh_from_db()
    assert request.status is CancellationStatus.WITHDRAWN
    (refund,) = await Refund.filter(order_id=order.id)
    assert refund.due_at == market.clock.at  # the seller's fault


@pytest.mark.parametrize("sweeps", [(SHIP_BY, SILENCE), (SILENCE, SHIP_BY)])
@pytest.mark.parametrize(
    ("response_s", "reason"), [(86_400, "no-longer-needed"), (20 * 86_400, "shipping-timeout")]
)
async def test_of_two_clocks_that_a_late_worker_finds_the_earlier_one_counts(
    market: Market, sweeps: tuple[object, object], response_s: int, reason: str
) -> None:
    order = await late_order(market, late_cancellation_response_s=response_s)
    await asked(market, order)
    market.clock.advance(30 * DAY)

    for deadline in sweeps:
        await sweep(market.edge, deadline)  # type: ignore[arg-type]  # a deadline

    (done,) = await Cancellation.filter(order_id=order.id, status="APPROVED")
    assert (await done.reason).handle == reason
    assert not await Cancellation.exists(status="REQUESTED")


async def test_a_part_is_asked_for_and_granted(market: Market) -> None:
    order = await late_order(market)
    rows = await lines_of(order)
    asking = await send(market, order, lines=some(order, rows, 1, 2))
    request = await Cancellation.get(order_id=order.id)

    done = await answer(market, "APPROVE", request)

    assert asking["cancellation"]["whole"] is False
    assert done["order"]["status"] == "PROCESSING"
    card = done["cancellation"]
    assert card["lines"] == [
        {"quantity": 1, "line": {"title": "Lamp"}},
        {"quantity": 2, "line": {"title": "Bulb"}},
    ]
    assert card["refund"]["amount"] == {"amount": "43.90"}
    assert [row.canceled_quantity for row in await lines_of(order)] == [1, 2]


async def test_what_the_seller_canceled_meanwhile_is_not_canceled_again(market: Market) -> None:
    order = await late_order(market)
    lamp, bulb = await lines_of(order)
    request = await asked(market, order, lines={lamp.id: 2, bulb.id: 2})
    await cancel(market, order, LAMPS, reason="out-of-stock", lines={lamp.id: 2, bulb.id: 1})

    seen = (await shown(market, order))["cancellation"]
    done = await answer(market, "APPROVE", request)

    assert seen["status"] == "REQUESTED"  # what is open is shown, though another is newer
    assert done["order"]["status"] == "CANCELED"  # two bulbs were all that was left
    assert done["cancellation"]["whole"] is True
    assert done["cancellation"]["lines"] == [{"quantity": 2, "line": {"title": "Bulb"}}]
    payment = await Payment.get(order_id=order.id)
    assert payment.refund_reserved_minor == payment.captured_minor


async def test_a_request_of_which_nothing_is_left_is_over(market: Market) -> None:
    order = await late_order(market)
    lamp, _ = await lines_of(order)
    request = await asked(market, order, lines={lamp.id: 1})

    await cancel(market, order, LAMPS, reason="out-of-stock", lines={lamp.id: 2})

    await request.refresh_from_db()
    assert request.status is CancellationStatus.WITHDRAWN
    assert (await shown(market, order))["canCancel"] is True  # there are bulbs left to ask for


async def test_a_part_that_silence_granted_is_taken_out_before_the_rest_is_shipped(
    market: Market,
) -> None:
    order = await late_order(market)
    lamp, _ = await lines_of(order)
    await asked(market, order, lines={lamp.id: 2})
    market.clock.advance(2 * DAY)

    done = await do(market, LAMPS, "SHIP", order)

    assert done["order"]["status"] == "SHIPPED"
    assert (await OrderLine.get(id=lamp.id)).canceled_quantity == 2
    assert await Refund.filter(order_id=order.id).count() == 1


async def test_each_side_is_told_what_the_other_did(market: Market) -> None:
    for status in CancellationStatus:
        await request_in(market, status)

    await tell(market)

    told = {(n.type, n.side) for n in await Notification.filter(type__contains="cancellation_")}
    assert told == {
        ("order.cancellation_requested", "SELLER"),
        ("order.cancellation_rejected", "BUYER"),
        ("order.cancellation_withdrawn", "SELLER"),
    }
    canceled = await Notification.filter(type="order.canceled")
    assert {(n.side, n.actor_role) for n in canceled} == {("BUYER", "SELLER")}


async def test_a_watcher_sees_the_request_come_and_go(market: Market) -> None:
    order = await late_order(market, line())
    watch = await market.listen(
        ADA,
        "subscription S($id: ID!) { orderUpdated(orderId: $id) { cancellation { status } } }",
        id=gid("Order", order.id),
    )
    seen = [await anext(watch)]

    request = await asked(market, order)
    seen.append(await anext(watch))
    await answer(market, "REJECT", request)
    seen.append(await anext(watch))
    await watch.aclose()

    assert [event.data["orderUpdated"]["cancellation"] for event in seen] == [
        None,
        {"status": "REQUESTED"},
        {"status": "REJECTED"},
    ]
