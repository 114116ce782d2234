"""What a dispute could bring and cost, before it is opened."""

from typing import Any

import pytest

from ordergraph.deadlines import named, named_errand
from ordergraph.disputes import actions, habits
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.sweeping import sweep
from tests.disputes.court import act, complaint
from tests.disputes.documents import OPEN, opened
from tests.market import ADA, DAY, LAMPS, PAPER, Market, gid
from tests.states import cancel
from tests.stories.test_return_contested import says_where
from tests.watching import statements

PREVIEW = """
query Q($id: ID!, $reason: String) { order(id: $id) { disputePreview(reasonHandle: $reason) {
  maximum { amount } returnShipping { amount } returnPaidBy
  sellerAnswersInSeconds sellerRefundsInSeconds opensAt until
  evidenceChecklist { items { side type provided } missing providedCount }
  blockedBy { __typename message } } } }"""
LIST = """query Q($n: Int!) { viewer { purchases(first: $n) { nodes {
  disputePreview(reasonHandle: "damaged") { maximum { amount } returnShipping { amount } returnPaidBy
    sellerAnswersInSeconds sellerRefundsInSeconds blockedBy { message } } } } } }"""


async def preview(
    market: Market, order: Order, reason: str | None = None, who: Actor = ADA
) -> dict[str, Any]:
    answer = await market.ask(who, PREVIEW, id=gid("Order", order.id), reason=reason)
    found: dict[str, Any] = answer["order"]["disputePreview"]
    return found


async def test_it_tells_how_much_until_when_and_what_a_return_may_cost(market: Market) -> None:
    order = await market.deliver(await market.place())

    before = await preview(market, order)
    assert before == {
        "maximum": {"amount": "84.70"},
        "returnShipping": {"amount": "4.90"},
        "returnPaidBy": "BUYER",
        "sellerAnswersInSeconds": None,
        "sellerRefundsInSeconds": None,
        "opensAt": None,
        "until": "2026-12-08T12:00:00.000Z",
        "evidenceChecklist": None,
        "blockedBy": None,
    }
    await says_where(market, cost="3.10", currency="EUR")
    assert (await preview(market, order))["returnShipping"] == {"amount": "3.10"}
    await says_where(market, cost="3", currency="JPY")

    payers = {
        reason: (await preview(market, order, reason))["returnPaidBy"]
        for reason in ("changed-mind", "damaged")
    }

    assert payers == {"changed-mind": "BUYER", "damaged": "SELLER"}
    assert (await preview(market, order))["returnShipping"] == {"amount": "4.90"}


@pytest.mark.parametrize("reason", ["not-received", "damaged", "no-such-reason", "bad\0", "x" * 41])
async def test_what_blocks_it_is_what_opening_would_answer(market: Market, reason: str) -> None:
    promised = market.clock.at + DAY
    overdue = await market.ship(await market.place(), promised_at=promised)
    before = await preview(market, overdue, reason)
    assert (before["opensAt"], before["until"]) == ("2026-11-24T12:00:00.000Z", None)
    market.clock.advance(DAY)
    orders = [overdue, await market.place(), await market.deliver(await market.place())]
    busy = await market.deliver(await market.place())
    await opened(market, busy)

    for order in (*orders, busy):
        shown = (await preview(market, order, reason))["blockedBy"]
        done = await market.ask(
            ADA,
            OPEN,
            orderId=gid("Order", order.id),
            reason=reason,
            amount="1.00",
            asked="REFUND_ONLY",
        )

        answer = done["disputeOpen"]
        if shown is None:
            assert answer["__typename"] == "DisputeOpenSuccess"
        else:
            assert (answer["__typename"], answer["message"]) == (
                shown["__typename"],
                shown["message"],
            )


async def test_it_tells_which_evidence_would_help_for_the_reason(market: Market) -> None:
    order = await market.deliver(await market.place())

    found = {who: (await preview(market, order, "damaged", who))["evidenceChecklist"]
             for who in (ADA, LAMPS)}  # fmt: skip
    unknown = (await preview(market, order, "no-such-reason"))["evidenceChecklist"]

    assert (found[ADA]["missing"], found[ADA]["providedCount"]) == (["PHOTO"], 0)
    assert {item["side"] for item in found[ADA]["items"]} == {"BUYER"}
    assert {item["side"] for item in found[LAMPS]["items"]} == {"SELLER"}
    assert unknown is None


async def test_only_the_buyer_opens_and_the_preview_says_so(market: Market) -> None:
    order = await market.deliver(await market.place())

    blocked = (await preview(market, order, who=LAMPS))["blockedBy"]

    assert blocked["__typename"] == "NotAllowedError"


async def test_a_seller_is_known_by_their_third_dispute(market: Market) -> None:
    """One day, two days, and silence to the end of five: the median is two."""
    for days in (1, 2, 5):
        order = await market.deliver(await market.place())
        dispute = await act(market, ADA, actions.open_dispute, complaint(order))
        assert (await preview(market, order))["sellerAnswersInSeconds"] is None
        market.clock.advance(days * DAY)
        if days < 5:
            await act(market, LAMPS, actions.refuse, dispute.id, "No.")
        else:
            assert await sweep(market.edge, named("dispute.seller_response")) == 1
    other = await market.place(seller=PAPER)

    assert (await preview(market, order))["sellerAnswersInSeconds"] == 2 * 86_400
    assert (await preview(market, other))["sellerAnswersInSeconds"] is None


async def test_how_long_money_takes_is_counted_from_the_promise(market: Market) -> None:
    for _ in range(3):
        await cancel(market, await market.place())
    market.clock.advance(7 * DAY)
    await sweep(market.edge, named("refund.due"))
    await run_errands(market.cashier, named_errand("refund.attempt"))
    order = await market.place()

    assert (await preview(market, order))["sellerRefundsInSeconds"] == 7 * 86_400


async def test_previews_take_as_many_statements_for_twelve_orders_as_for_two(
    market: Market,
) -> None:
    for number in range(12):
        await market.deliver(await market.place(seller=PAPER if number % 2 else LAMPS))
    counts = []
    for n in (2, 12):
        with statements() as seen:
            await market.ask(ADA, LIST, n=n)
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 8


def test_a_history_is_looked_at_up_to_a_bound() -> None:
    for sql in (habits.ANSWERS, habits.REFUNDS):
        assert f"LIMIT {habits.LOOKED_AT}" in sql
        assert f"LIMIT {habits.COUNTED}" in sql
