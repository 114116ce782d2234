"""Canceling orders and parts of them, as a person does it."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph.cancellations.models import Cancellation
from ordergraph.kernel.actor import Actor
from ordergraph.marketplace.models import Reason
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund, RefundLine
from tests.cancellations.documents import PREVIEW, lines_of, look, send, some
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid, line
from tests.states import cancel, order_in
from tests.watching import snapshot

BAD = ["BAD_USER_INPUT"]


async def test_a_part_is_canceled_by_line_and_quantity(market: Market) -> None:
    order = await market.place(
        line("Lamp", quantity=3, price="10.00"), line("Bulb", quantity=2, price="2.50")
    )
    rows = await lines_of(order)

    done = await send(market, order, lines=some(order, rows, 2, 1))

    assert done["order"]["status"] == "PROCESSING"
    assert [row["canceledQuantity"] for row in done["order"]["lines"]] == [2, 1]
    assert done["cancellation"]["whole"] is False
    assert done["refund"]["amount"] == {"amount": "22.50", "currencyCode": "EUR"}
    assert done["refund"]["shipping"] == {"amount": "0.00"}
    assert done["refund"]["lines"] == [
        {"quantity": 2, "amount": {"amount": "20.00"}, "line": {"title": "Lamp"}},
        {"quantity": 1, "amount": {"amount": "2.50"}, "line": {"title": "Bulb"}},
    ]


async def test_a_discount_is_split_to_the_cent_over_the_pieces(market: Market) -> None:
    order = await market.place(line("Lamp", quantity=3, price="10.00", discount=200))  # 28.00 for 3
    rows = await lines_of(order)

    amounts = []
    for _ in range(3):
        done = await send(market, order, lines=some(order, rows, 1))
        amounts.append(done["refund"]["amount"]["amount"])

    assert amounts == ["9.34", "9.33", "14.23"]


async def test_the_last_part_ends_the_order_and_brings_the_shipping_back(market: Market) -> None:
    order = await market.place()
    rows = await lines_of(order)
    await send(market, order, lines=some(order, rows, 1))

    last = await send(market, order, lines=some(order, rows, 1))

    assert last["order"]["status"] == "CANCELED"
    assert last["cancellation"]["whole"] is True
    assert last["refund"]["shipping"] == {"amount": "4.90"}
    payment = await Payment.get(order_id=order.id)
    assert payment.refund_reserved_minor == payment.captured_minor == order.total_minor


async def test_after_a_part_the_rest_is_canceled_without_naming_lines(market: Market) -> None:
    order = await market.place()
    rows = await lines_of(order)
    await send(market, order, lines=some(order, rows, 1))

    rest = await send(market, order)

    assert rest["order"]["status"] == "CANCELED"
    assert rest["refund"]["amount"]["amount"] == "44.80"


@pytest.mark.parametrize(
    ("currency", "price", "shipping", "amount"),
    [
        ("JPY", "1500", "300", "3300"),
        ("KWD", "1.235", "0.500", "2.970"),
        ("EUR", "0.01", "0", "0.02"),
    ],
)
async def test_currencies_keep_their_own_decimals(
    market: Market, currency: str, price: str, shipping: str, amount: str
) -> None:
    order = await market.place(line(price=price, currency=currency), shipping=shipping)

    done = await send(market, order)

    assert done["refund"]["amount"] == {"amount": amount, "currencyCode": currency}


async def test_an_article_that_cost_nothing_is_canceled_without_a_refund(market: Market) -> None:
    order = await market.place(line("Lamp"), line("Gift", quantity=1, price="0"))
    rows = await lines_of(order)

    done = await send(market, order, lines=some(order, rows, 0, 1))

    assert done["refund"] is None
    assert done["cancellation"]["refund"] is None
    assert [row["canceledQuantity"] for row in done["order"]["lines"]] == [0, 1]


async def test_an_unpaid_order_is_canceled_without_a_refund(market: Market) -> None:
    order = await order_in(market, OrderStatus.PENDING_PAYMENT)

    done = await send(market, order)

    assert done["order"]["status"] == "CANCELED"
    assert done["refund"] is None
    assert not await Refund.exists()


WAIT, AT_ONCE = "2026-11-30T12:00:00.000Z", "2026-11-23T12:00:00.000Z"


@pytest.mark.parametrize(
    ("actor", "reason", "due_at"),
    [
        (ADA, "no-longer-needed", WAIT),
        (ADA, "seller-unresponsive", WAIT),  # a buyer cannot shorten the wait by blaming the seller
        (ADA, "seller-asked-me", WAIT),
        (LAMPS, "out-of-stock", AT_ONCE),
        (LAMPS, "pricing-error", AT_ONCE),
        (LAMPS, "buyer-asked", WAIT),
        (LAMPS, "other", WAIT),
        (OLGA, "policy-violation", AT_ONCE),
        (OLGA, "fraud", WAIT),
    ],
)
async def test_the_money_comes_at_once_only_when_the_sellers_side_says_it_was_its_fault(
    market: Market, actor: Actor, reason: str, due_at: str
) -> None:
    order = await market.place()

    done = await send(market, order, actor, reasonHandle=reason)

    assert done["refund"]["dueAt"] == due_at


async def test_the_delay_is_the_one_that_stood_in_the_order_when_it_was_placed(
    market: Market,
) -> None:
    order = await market.place()
    order.policy_numbers = {**order.policy_numbers, "refund_delay_s": 3600}
    await order.save(update_fields=["policy_numbers"])

    done = await send(market, order)

    assert done["refund"]["dueAt"] == "2026-11-23T13:00:00.000Z"


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        (ADA, "no-such-reason"),
        (ADA, ""),
        (ADA, "out-of-stock"),  # the seller's
        (ADA, "fraud"),  # the system's
        (ADA, "damaged"),  # of disputes
        (ADA, "OTHER"),
        (ADA, "\x00"),
        (ADA, "\ud800"),
        (LAMPS, "no-longer-needed"),
        (LAMPS, "shipping-timeout"),
    ],
)
async def test_a_reason_that_is_not_on_the_list_is_refused(
    market: Market, actor: Actor, reason: str
) -> None:
    order = await market.place()
    before = await snapshot()

    answer = await send(market, order, actor, reasonHandle=reason)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "reasonHandle")
    assert await snapshot() == before


async def test_a_retired_reason_can_no_longer_be_picked_but_is_still_told(market: Market) -> None:
    earlier = await cancel(market, await market.place(), reason="found-cheaper")
    order = await market.place()
    await Reason.filter(handle="found-cheaper").update(retired=True)
    try:
        before = await snapshot()
        refused = await send(market, order, reasonHandle="found-cheaper")
        offered = await market.ask(ADA, "{ reasons(context: CANCELLATION) { handle } }")
        told = await market.ask(
            ADA,
            "query Q($id: ID!) { node(id: $id) { ... on Cancellation { reason { label retired } } } }",
            id=gid("Cancellation", earlier.cancellation.id),
        )

        assert refused["field"] == "reasonHandle"
        assert {"handle": "found-cheaper"} not in offered["reasons"]
        assert told["node"]["reason"] == {"label": "I found it cheaper elsewhere", "retired": True}
        assert await snapshot() == before
    finally:
        await Reason.filter(handle="found-cheaper").update(retired=False)


@pytest.mark.parametrize(
    "note", ["x" * 1001, "bell \x07", "nul \x00", "turn \u202e", "half \ud800", "\x1b[31mred"]
)
async def test_a_note_that_is_too_long_or_not_text_is_refused(market: Market, note: str) -> None:
    order = await market.place()
    before = await snapshot()

    answer = await send(market, order, note=note)

    assert (answer["__typename"], answer["field"]) == ("InvalidInputError", "note")
    assert await snapshot() == before


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("x" * 1000, "x" * 1000),
        ("  Cafe\u0301,\r\nbitte ", "Café,\nbitte"),
        ("", None),
        ("   ", None),
        ("<b>'; DROP TABLE orders; --</b>", "<b>'; DROP TABLE orders; --</b>"),
    ],
)
async def test_a_note_is_kept_in_one_form_and_means_nothing_to_machines(
    market: Market, note: str, kept: str | None
) -> None:
    order = await market.place()

    done = await send(market, order, note=note)

    assert done["cancellation"]["note"] == kept


async def test_lines_that_do_not_fit_are_refused(market: Market) -> None:
    order, other = await market.place(), await market.place()
    rows, foreign = await lines_of(order), await lines_of(other)
    once = some(order, rows, 1)
    before = await snapshot()

    # fmt: off
    wrong: list[tuple[Any, str, str]] = [
        ([],                                        "InvalidInputError", "lines"),
        (some(order, rows, 3),                      "InvalidInputError", "lines"),
        ([{**once[0], "quantity": 0}],              "InvalidInputError", "lines"),
        ([{**once[0], "quantity": -1}],             "InvalidInputError", "lines"),
        (once + once,                               "InvalidInputError", "lines"),
        (some(other, foreign, 1),                   "InvalidInputError", "lines"),
        ([{"lineId": gid("Order", order.id), "quantity": 1}], "NotFoundError", "OrderLine"),
    ]
    # fmt: on
    for lines, kind, where in wrong:
        answer = await send(market, order, lines=lines)
        assert answer["__typename"] == kind
        assert where in (answer.get("field"), answer.get("what"))

    assert await snapshot() == before


async def test_what_was_canceled_cannot_be_canceled_again(market: Market) -> None:
    """S2: a double tap."""
    order = await market.place()
    await send(market, order)
    before = await snapshot()

    again = await send(market, order)

    assert again["__typename"] == "OrderAlreadyCanceledError"
    assert again["canceledAt"] == "2026-11-23T12:00:00.000Z"
    assert await snapshot() == before


async def test_a_refusal_speaks_german_to_who_asks_in_german(market: Market) -> None:
    order = await market.place()
    market.clock.advance(DAY)

    answer = await send(market, order, language="de")

    assert answer["message"] == "Die Frist zum Stornieren endete am 24.11.2026 um 12:00 UTC."


async def test_the_decision_is_written_down_with_who_when_and_why(market: Market) -> None:
    order = await market.place()
    market.clock.advance(timedelta(hours=1))

    done = await send(market, order, reasonHandle="duplicate-order", note="Twice.", language="de")

    told = done["cancellation"]
    assert told["status"] == "APPROVED"
    assert told["requestedBy"] == "BUYER"
    assert told["requestedAt"] == told["canceledAt"] == "2026-11-23T13:00:00.000Z"
    assert told["reason"] == {"handle": "duplicate-order", "label": "Doppelt bestellt"}
    assert told["order"] == {"id": gid("Order", order.id)}
    assert told["refund"] == {"id": done["refund"]["id"]}
    row = await Cancellation.get(order_id=order.id)
    assert row.requested_by_id == ADA.user_id


async def test_the_parts_of_every_refund_sum_to_it_and_to_the_payment(market: Market) -> None:
    order = await market.place(
        line("Lamp", quantity=7, price="3.33", discount=101),
        line("Bulb", quantity=3, price="0.99", discount=1),
    )
    rows = await lines_of(order)
    for quantities in [(2, 1), (3, 0), (1, 1)]:
        await send(market, order, lines=some(order, rows, *quantities))
    await send(market, order)

    refunds = await Refund.filter(order_id=order.id)
    for refund in refunds:
        of_lines = sum(part.amount_minor for part in await RefundLine.filter(refund_id=refund.id))
        assert of_lines + refund.shipping_minor + refund.adjustment_minor == refund.amount_minor
    assert sum(refund.amount_minor for refund in refunds) == order.total_minor
    assert [row.refunded_minor for row in await lines_of(order)] == [row.paid_minor for row in rows]


async def test_the_preview_is_what_canceling_then_does(market: Market) -> None:
    order = await market.place(line("Lamp", quantity=3, price="10.00", discount=200))
    rows = await lines_of(order)
    for lines in (some(order, rows, 2), None):
        seen = await look(market, order, lines=lines)
        done = await send(market, order, lines=lines)

        assert seen["blockedBy"] is None
        assert seen["amount"]["amount"] == done["refund"]["amount"]["amount"]
        assert seen["shipping"] == done["refund"]["shipping"]
        assert seen["whole"] is done["cancellation"]["whole"]
        assert seen["dueAt"] == done["refund"]["dueAt"]
        assert seen["method"] == "ORIGINAL_PAYMENT"


@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize("pieces", [None, 1, 2, 3])
async def test_a_blocked_preview_shows_the_very_answer_of_canceling(
    market: Market, status: OrderStatus, pieces: int | None
) -> None:
    order = await order_in(market, status)
    lines = some(order, await lines_of(order), pieces) if pieces else None

    seen = await look(market, order, lines=lines)
    done = await send(market, order, lines=lines)

    if seen["blockedBy"] is None:
        assert done["__typename"] == "OrderCancelSuccess"
    else:
        assert seen["blockedBy"] == done
        assert seen["amount"]["amount"] == "0.00" or status is OrderStatus.PROCESSING


@pytest.mark.parametrize("language", ["en", "de"])
async def test_lines_that_cannot_be_meant_are_bad_input_of_the_preview(
    market: Market, language: str
) -> None:
    order, other = await market.place(), await market.place()
    mine, theirs = some(order, await lines_of(order), 1), some(other, await lines_of(other), 1)
    strange = [{"lineId": gid("Order", order.id), "quantity": 1}]
    said = {
        name: await market.execute(ADA, PREVIEW, language, id=gid("Order", order.id), lines=lines)
        for name, lines in {
            "theirs": theirs, "strange": strange, "nonsense": [{"lineId": gid("X", "y"), "quantity": 1}],
            "twice": mine * 2,
        }.items()
    }  # fmt: skip

    codes = {name: [e.extensions["code"] for e in each.errors or ()] for name, each in said.items()}
    assert codes == {"theirs": [], "strange": BAD, "nonsense": BAD, "twice": BAD}
    blocked = said["theirs"].data["order"]["cancellationPreview"]["blockedBy"]
    assert blocked == await send(market, order, language=language, lines=theirs)


async def test_looking_promises_nothing(market: Market) -> None:
    order = await market.place()
    before = await snapshot()

    await look(market, order)

    assert await snapshot() == before


async def test_an_unpaid_order_would_give_nothing_back(market: Market) -> None:
    order = await order_in(market, OrderStatus.PENDING_PAYMENT)

    seen = await look(market, order)

    assert seen["blockedBy"] is None
    assert (seen["amount"]["amount"], seen["whole"]) == ("0.00", True)
