"""What people see of a refund: at most four steps, why they wait, and what happens by itself."""

from typing import Any

import pytest

from ordergraph.kernel.language import LANGUAGES
from ordergraph.orders.models import OrderLine
from ordergraph.refunds.models import Refund
from ordergraph.refunds.pending import SAYS
from ordergraph.refunds.process import RefundPendingReason, RefundStatus
from tests.market import ADA, DAY, NOON, Market, gid, line
from tests.states import cancel, fall_due, refund_in

REFUND = """query Q($id: ID!) { node(id: $id) { ... on Refund {
  status cause method amount { amount } shipping { amount } adjustment { amount }
  createdAt dueAt sentAt settledAt pendingReason pendingReasonText failureReason bankReference
  steps { kind state at } deadlines { kind dueAt waitingFor consequence }
  lines { quantity amount { amount } line { title sku } } order { number paymentStatus
    refunded { amount } refundable { amount } } } } }"""

D, C, U, F = "DONE", "CURRENT", "UPCOMING", "FAILED"


async def _seen(market: Market, refund: Refund, language: str = "en") -> Any:
    return (await market.ask(ADA, REFUND, language, id=gid("Refund", refund.id)))["node"]


# fmt: off
SEEN = [
    (RefundStatus.SCHEDULED,       [D, C, U, U], "WAITING_PERIOD",     ["REFUND_DUE"]),
    (RefundStatus.ON_HOLD,         [D, C, U, U], "OPERATOR_HOLD",      ["HOLD_ENDS"]),
    (RefundStatus.PROCESSING,      [D, C, U, U], "GATEWAY_PROCESSING", []),
    (RefundStatus.PENDING,         [D, D, C, U], "GATEWAY_PROCESSING", ["REFUND_CHECK_DUE"]),
    (RefundStatus.REQUIRES_ACTION, [D, F, U, U], "BUYER_ACTION",       ["REFUND_ACTION_DUE"]),
    (RefundStatus.FAILED,          [D, F, U, U], None,                 []),
    (RefundStatus.CANCELED,        [D, F, U, U], None,                 []),
    (RefundStatus.SUCCEEDED,       [D, D, D, D], None,                 []),
]
# fmt: on


@pytest.mark.parametrize(("status", "states", "reason", "deadline"), SEEN)
async def test_each_state_has_its_steps_its_reason_and_its_clock(
    market: Market, status: RefundStatus, states: list[str], reason: str | None, deadline: list[str]
) -> None:
    seen = await _seen(market, await refund_in(market, status))

    assert seen["status"] == status
    assert [step["kind"] for step in seen["steps"]] == ["PROMISED", "SENT", "WITH_BANK", "DONE"]
    assert [step["state"] for step in seen["steps"]] == states
    assert seen["pendingReason"] == reason
    assert (seen["pendingReasonText"] is None) is (reason is None)
    assert [d["kind"] for d in seen["deadlines"]] == deadline


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_wait_is_said_in_the_language_of_who_reads(market: Market, language: str) -> None:
    seen = await _seen(market, await refund_in(market, RefundStatus.SCHEDULED), language)

    assert seen["pendingReasonText"] == SAYS[RefundPendingReason.WAITING_PERIOD][language]


def test_every_reason_to_wait_is_one_sentence_in_every_language() -> None:
    assert set(SAYS) == set(RefundPendingReason)
    for says in SAYS.values():
        assert set(says) == set(LANGUAGES)
        assert all(sentence.endswith(".") and "{" not in sentence for sentence in says.values())


async def test_with_the_provider_it_is_said_when_that_is_asked_again(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.PENDING)

    (check,) = (await _seen(market, refund))["deadlines"]

    assert refund.next_attempt_at is not None
    assert check["dueAt"] == f"{refund.next_attempt_at:%Y-%m-%dT%H:%M:%S.000Z}"
    assert check["waitingFor"] == "GATEWAY"
    assert check["consequence"].startswith("The payment provider is asked again")


async def test_what_the_provider_left_unanswered_is_asked_again_at_its_hour(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.PROCESSING)
    waits = {"attempts": 1, "outcome_unknown": True, "next_attempt_at": NOON + DAY}
    await Refund.filter(id=refund.id).update(**waits)

    seen = await _seen(market, refund)

    assert seen["pendingReason"] == "OUTCOME_UNKNOWN"
    (check,) = seen["deadlines"]
    assert (check["kind"], check["dueAt"]) == ("REFUND_CHECK_DUE", "2026-11-24T12:00:00.000Z")


async def test_the_promised_date_stands_at_the_step_that_is_waited_for(market: Market) -> None:
    seen = await _seen(market, await refund_in(market, RefundStatus.SCHEDULED))

    assert [step["at"] for step in seen["steps"]] == [
        "2026-11-23T12:00:00.000Z",
        "2026-11-30T12:00:00.000Z",
        None,
        None,
    ]


async def test_a_refund_that_is_done_tells_when_and_what_to_ask_the_bank_for(
    market: Market,
) -> None:
    refund = await refund_in(market, RefundStatus.SUCCEEDED)

    seen = await _seen(market, refund)

    assert seen["settledAt"] == seen["sentAt"] == "2026-11-30T12:00:00.000Z"
    assert seen["bankReference"] == f"BANK-{refund.id}"
    assert seen["order"]["paymentStatus"] == "REFUNDED"
    assert seen["order"]["refunded"] == {"amount": "84.70"}
    assert seen["order"]["refundable"] == {"amount": "0.00"}


async def test_a_declined_refund_tells_why_and_what_comes_then(market: Market) -> None:
    seen = await _seen(market, await refund_in(market, RefundStatus.REQUIRES_ACTION), "de")

    assert seen["failureReason"] == "CARD_EXPIRED"
    assert seen["deadlines"][0]["waitingFor"] == "BUYER"
    assert seen["deadlines"][0]["consequence"] == "Das Geld wird zu Guthaben."
    assert seen["order"]["paymentStatus"] == "PAID"


async def test_a_refund_says_what_it_is_made_of(market: Market) -> None:
    order = await market.place(line("Lamp", quantity=1), line("Bulb", quantity=3, price="1.10"))
    refund = (await cancel(market, order)).refund
    assert refund is not None

    seen = await _seen(market, refund)

    assert seen["cause"] == "CANCELLATION"
    assert seen["method"] == "ORIGINAL_PAYMENT"
    assert seen["amount"] == {"amount": "48.10"}
    assert seen["shipping"] == {"amount": "4.90"}
    assert seen["adjustment"] == {"amount": "0.00"}
    assert [(part["line"]["title"], part["quantity"]) for part in seen["lines"]] == [
        ("Lamp", 1),
        ("Bulb", 3),
    ]


MONEY = """query Q($id: ID!) { order(id: $id) {
  paymentStatus refunded { amount } refundable { amount } } }"""


async def test_an_unpaid_order_has_nothing_to_give_back(market: Market) -> None:
    order = await market.place(paid=False)

    seen = await market.ask(ADA, MONEY, id=gid("Order", order.id))

    assert seen["order"] == {
        "paymentStatus": "UNPAID",
        "refunded": {"amount": "0.00"},
        "refundable": {"amount": "0.00"},
    }


async def test_a_promise_is_no_longer_refundable_and_a_part_given_back_is_shown_as_a_part(
    market: Market,
) -> None:
    order = await market.place(line(quantity=2, price="10.00"), shipping="0")
    (row,) = await OrderLine.filter(order_id=order.id)
    part = (await cancel(market, order, lines={row.id: 1})).refund
    assert part is not None
    promised = await market.ask(ADA, MONEY, id=gid("Order", order.id))
    await fall_due(market, part)
    await market.cashier.send(part.id)

    sent = await market.ask(ADA, MONEY, id=gid("Order", order.id))

    rest = {"amount": "10.00"}
    assert promised["order"] == {
        "paymentStatus": "PAID", "refunded": {"amount": "0.00"}, "refundable": rest,
    }  # fmt: skip
    assert sent["order"] == {
        "paymentStatus": "PARTIALLY_REFUNDED", "refunded": rest, "refundable": rest,
    }  # fmt: skip
