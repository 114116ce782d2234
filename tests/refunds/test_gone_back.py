"""Money that has gone back by another way, unknown to us: it is not given once more, as credit."""

from datetime import timedelta

import pytest
from tortoise.expressions import F

from ordergraph.checks import LOOKS, Doubt
from ordergraph.deadlines import named, named_errand
from ordergraph.errands import run_errands
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.money import Money
from ordergraph.orders.models import OrderLine
from ordergraph.payments import queries as payments
from ordergraph.payments.gateways import protocol
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.models import Payment
from ordergraph.refunds import goodwill
from ordergraph.refunds.claiming import claim_attempts
from ordergraph.refunds.models import AttemptOutcome, Refund, RefundAttempt
from ordergraph.refunds.process import RefundAction, RefundFailureReason, RefundMethod, RefundStatus
from ordergraph.settings import Settings
from ordergraph.sweeping import sweep
from tests.market import ADA, DAY, LAMPS, OLGA, Market
from tests.refunds.commands import do
from tests.scripted import Scripted, cashier
from tests.states import cancel, fall_due, refund_in

CHANGE = RefundAction.CHANGE_METHOD
ATTEMPT = named_errand("refund.attempt")


@pytest.fixture
async def declined(market: Market) -> Refund:
    """The card has expired; the money is still there."""
    return await refund_in(market, RefundStatus.REQUIRES_ACTION)


async def _attempted(market: Market, refund: Refund, *script: str, gone: int = 0) -> Scripted:
    teller, gateway = cashier(market, *script)
    gateway.gone = gone
    assert await run_errands(teller, ATTEMPT) == 1
    await refund.refresh_from_db()
    return gateway


async def _credit() -> list[int]:
    return [each.minor for each in await payments.store_credit(ADA.user_id)]


async def test_what_was_given_back_at_the_provider_itself_becomes_no_credit(
    market: Market, declined: Refund
) -> None:
    """M12: nobody is paid twice."""
    await do(market, ADA, CHANGE, declined)

    await _attempted(market, declined, gone=1)

    assert declined.status is RefundStatus.REQUIRES_ACTION
    assert declined.failure_reason is RefundFailureReason.ALREADY_REFUNDED
    assert await _credit() == []
    answers = [await do(market, actor, CHANGE, declined) for actor in (ADA, OLGA)]
    assert [answer["__typename"] for answer in answers] == ["AlreadyRefundedError"] * 2


async def test_nor_does_it_when_nobody_chooses(market: Market, declined: Refund) -> None:
    market.clock.advance(14 * DAY)
    assert await sweep(market.edge, named("refund.action_due")) == 1

    await _attempted(market, declined, gone=1)
    market.clock.advance(14 * DAY)
    assert await sweep(market.edge, named("refund.action_due")) == 1

    await declined.refresh_from_db()
    assert declined.status is RefundStatus.FAILED
    assert await _credit() == []
    assert (await Payment.get(id=declined.payment_id)).refund_reserved_minor == 0


async def test_what_the_bank_took_back_meanwhile_becomes_no_credit(
    market: Market, declined: Refund
) -> None:
    await do(market, ADA, CHANGE, declined)

    await _attempted(market, declined, "PAYMENT_DISPUTED")

    assert declined.failure_reason is RefundFailureReason.PAYMENT_DISPUTED
    assert await _credit() == []


async def test_as_long_as_the_gateway_does_not_answer_the_credit_waits(
    market: Market, declined: Refund
) -> None:
    await do(market, ADA, CHANGE, declined)

    await _attempted(market, declined, "cut")
    assert (declined.status, await _credit()) == (RefundStatus.PROCESSING, [])

    market.clock.advance(DAY)
    await _attempted(market, declined)
    assert declined.status is RefundStatus.SUCCEEDED
    assert await _credit() == [declined.amount_minor]


@pytest.mark.parametrize(("gone", "status"), [(0, "SUCCEEDED"), (1, "REQUIRES_ACTION")])
async def test_what_became_credit_before_is_still_at_the_gateway_and_counts(
    market: Market, declined: Refund, gone: int, status: str
) -> None:
    """It has more than this refund asks for, but not more than both."""
    await Payment.filter(id=declined.payment_id).update(
        captured_minor=F("captured_minor") + 500, refunded_minor=F("refunded_minor") + 500
    )
    earlier = await Refund.get(id=declined.id)
    earlier.id, earlier.cause_id = earlier.payment_id, earlier.payment_id
    earlier.status, earlier.method = RefundStatus.SUCCEEDED, RefundMethod.STORE_CREDIT
    earlier.amount_minor = earlier.adjustment_minor = 500
    earlier.shipping_minor, earlier.settled_at = 0, market.clock.at
    earlier.action_due_at, earlier.failure_reason = None, None
    earlier._saved_in_db = False
    await earlier.save(force_create=True)
    await do(market, ADA, CHANGE, declined)

    await _attempted(market, declined, gone=gone)

    assert declined.status == status


async def _both_pieces_declined(market: Market) -> list[Refund]:
    """Each of two pieces is canceled by itself; the buyer wants both as credit, one after the other."""
    order = await market.place(shipping="0.00")
    piece = await OrderLine.get(order_id=order.id)
    refunds = [(await cancel(market, order, lines={piece.id: 1})).refund for _ in range(2)]
    assert refunds[0] is not None
    assert refunds[1] is not None
    market.clock.advance(refunds[0].due_at - market.clock.at)
    assert await sweep(market.edge, named("refund.due")) == 2
    teller, _ = cashier(market, "CARD_EXPIRED", "CARD_EXPIRED")
    assert await run_errands(teller, ATTEMPT) == 2
    return [refunds[0], refunds[1]]


async def test_what_was_a_part_of_the_payment_becomes_no_credit_either_but_the_other_part_does(
    market: Market,
) -> None:
    """M12: of the payment there is enough left for it, and all the same it has been given back."""
    first, second = await _both_pieces_declined(market)

    for refund in (first, second):
        await do(market, ADA, CHANGE, refund)
        await _attempted(market, refund, gone=first.amount_minor)

    assert first.status is RefundStatus.REQUIRES_ACTION
    assert first.failure_reason is RefundFailureReason.ALREADY_REFUNDED
    assert second.status is RefundStatus.SUCCEEDED
    assert await _credit() == [second.amount_minor]


async def _instead(market: Market, refund: Refund) -> Refund:
    """A new one of the same amount, about to be sent."""
    nothing = Money(0, refund.currency)
    gift = goodwill.Gift(
        order_id=refund.order_id, lines=[], shipping=nothing, adjustment=refund.amount, note="Anew."
    )
    async with market.edge.transaction(OLGA) as tx:
        made = await goodwill.create(tx, gift)
    await fall_due(market, made)
    return made


async def test_who_knows_better_gives_it_up_and_makes_a_new_one(market: Market) -> None:
    """What was given back at the provider was for something else: it is taken for one refund only."""
    first, _ = await _both_pieces_declined(market)
    await do(market, ADA, CHANGE, first)
    await _attempted(market, first, gone=first.amount_minor)
    await do(market, OLGA, RefundAction.FAIL, first)

    again = await _instead(market, first)
    await _attempted(market, again, "CARD_EXPIRED", gone=first.amount_minor)
    await do(market, ADA, CHANGE, again)
    await _attempted(market, again, gone=first.amount_minor)

    assert again.status is RefundStatus.SUCCEEDED
    assert await _credit() == [first.amount_minor]


@pytest.mark.parametrize("given_up", [True, False])
async def test_it_does_not_go_back_with_the_rest_of_an_order_that_is_canceled(
    market: Market, given_up: bool
) -> None:
    """M12: of an order of which nothing stays, the money goes back that is there."""
    order = await market.place()
    piece = await OrderLine.get(order_id=order.id)
    canceled = await cancel(market, order, LAMPS, "out-of-stock", lines={piece.id: 1})
    assert canceled.refund is not None
    await fall_due(market, canceled.refund)
    teller, _ = cashier(market, "ALREADY_REFUNDED")
    assert await run_errands(teller, ATTEMPT) == 1
    if given_up:
        await do(market, OLGA, RefundAction.FAIL, canceled.refund)

    rest = (await cancel(market, order)).refund

    assert rest is not None
    assert rest.amount_minor == order.total_minor - canceled.refund.amount_minor


async def test_of_two_that_nobody_chose_for_at_once_the_one_that_is_there_becomes_credit(
    market: Market,
) -> None:
    """Asked about together, each would have been taken for the one that is there no more."""
    refunds = await _both_pieces_declined(market)
    market.clock.advance(14 * DAY)
    assert await sweep(market.edge, named("refund.action_due")) == 2
    teller, gateway = cashier(market)
    gateway.gone = refunds[0].amount_minor

    while await run_errands(teller, ATTEMPT):
        pass

    statuses = {(await Refund.get(id=refund.id)).status for refund in refunds}
    assert statuses == {RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED}
    assert await _credit() == [refunds[0].amount_minor]


async def test_what_the_gateway_sent_for_another_refund_is_no_sign_of_it(market: Market) -> None:
    first, second = await _both_pieces_declined(market)
    await do(market, OLGA, RefundAction.RETRY, first)
    teller, gateway = cashier(market, "lost")
    assert await run_errands(teller, ATTEMPT) == 1
    await do(market, ADA, CHANGE, second)

    assert await run_errands(teller, ATTEMPT) == 1

    await second.refresh_from_db()
    assert (second.status, len(gateway.sent)) == (RefundStatus.SUCCEEDED, 1)
    assert await _credit() == [second.amount_minor]


async def test_another_gateways_payment_is_not_asked_for_here(market: Market) -> None:
    """The installation has changed its provider while the refund waited."""
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    await Payment.filter(id=refund.payment_id).update(gateway="the one before")
    await fall_due(market, refund)

    gateway = await _attempted(market, refund)

    assert gateway.calls == []
    assert refund.status is RefundStatus.REQUIRES_ACTION
    assert refund.failure_reason is RefundFailureReason.GATEWAY_CHANGED
    by_hand = {"method": "MANUAL", "bankReference": "R-1"}
    assert (await do(market, OLGA, CHANGE, refund, **by_hand))["refund"]["method"] == "MANUAL"
    await _attempted(market, refund)
    assert refund.status is RefundStatus.SUCCEEDED


async def test_what_another_gateway_may_have_done_is_nothing_definite(market: Market) -> None:
    refund = await refund_in(market, RefundStatus.SCHEDULED)
    await fall_due(market, refund)
    await _attempted(market, refund, "cut")
    await Payment.filter(id=refund.payment_id).update(gateway="the one before")
    market.clock.advance(DAY)

    gateway = await _attempted(market, refund)

    assert gateway.calls == []
    assert (refund.status, refund.outcome_unknown) == (RefundStatus.PROCESSING, True)
    last = await RefundAttempt.filter(refund_id=refund.id).order_by("-number").first()
    assert last is not None
    assert (last.outcome, last.problem) == (AttemptOutcome.UNKNOWN, "UnusableGateway")


async def test_where_nobody_can_be_asked_any_more_it_becomes_credit_all_the_same(
    market: Market, declined: Refund
) -> None:
    await Payment.filter(id=declined.payment_id).update(gateway="the one before")
    market.clock.advance(14 * DAY)
    assert await sweep(market.edge, named("refund.action_due")) == 1

    gateway = await _attempted(market, declined)

    assert gateway.calls == []
    assert await _credit() == [declined.amount_minor]


@pytest.mark.parametrize("died", [True, False])
async def test_nor_does_it_wait_for_ever_when_the_first_worker_came_to_nothing(
    market: Market, declined: Refund, died: bool
) -> None:
    """The gateway was to be asked whether the money is there, and told to send nothing."""
    await do(market, ADA, CHANGE, declined)
    if died:
        async with market.edge.transaction(SYSTEM) as tx:
            assert await claim_attempts(tx, [declined.id], timedelta(seconds=30))
    else:
        await _attempted(market, declined, "cut")
    await Payment.filter(id=declined.payment_id).update(gateway="the one before")
    market.clock.advance(DAY)

    await _attempted(market, declined)

    assert declined.status is RefundStatus.SUCCEEDED
    assert await _credit() == [declined.amount_minor]


async def test_the_check_counts_refunds_that_nobody_can_send(
    database: str, declined: Refund
) -> None:
    look = dict(LOOKS)["refunds"]
    told = Settings.of({"ORDERGRAPH_DATABASE_URL": database, "ORDERGRAPH_REDIS_URL": "redis://x"})
    assert await look(told) == "all that wait are for sandbox"
    await Payment.filter(id=declined.payment_id).update(gateway="the one before")

    with pytest.raises(Doubt, match="1 wait for another gateway"):
        await look(told)


async def test_the_check_goes_by_the_name_that_payments_keep(
    database: str, declined: Refund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that wraps a gateway has an entry point of its own; its payments are the gateway's."""
    monkeypatch.setattr(protocol, "load", lambda _: Sandbox)
    given = {"DATABASE_URL": database, "REDIS_URL": "redis://x", "GATEWAY": "wrapped"}
    told = Settings.of({f"ORDERGRAPH_{name}": value for name, value in given.items()})

    assert await dict(LOOKS)["refunds"](told) == "all that wait are for sandbox"

    await Payment.filter(id=declined.payment_id).update(gateway="wrapped")
    with pytest.raises(Doubt, match="1 wait for another gateway"):
        await dict(LOOKS)["refunds"](told)


async def _beside_credit(market: Market) -> Refund:
    """The refund of an order's other half, about to be sent: the first became credit."""
    order = await market.place(shipping="0.00")
    piece = await OrderLine.get(order_id=order.id)
    first = (await cancel(market, order, LAMPS, "out-of-stock", lines={piece.id: 1})).refund
    assert first is not None
    await fall_due(market, first)
    await _attempted(market, first, "CARD_EXPIRED")
    await do(market, ADA, CHANGE, first)
    await _attempted(market, first)
    assert await _credit() == [3_990]
    rest = (await cancel(market, order)).refund
    assert rest is not None
    await fall_due(market, rest)
    return rest


@pytest.mark.parametrize(
    ("gone", "follows"), [(0, RefundStatus.SUCCEEDED), (3_990, RefundStatus.REQUIRES_ACTION)]
)
@pytest.mark.parametrize("lost", [False, True])
async def test_beside_credit_the_rest_goes_to_the_card_only_if_it_is_there(
    market: Market, gone: int, follows: RefundStatus, lost: bool
) -> None:
    """M12: what became credit is still with the provider, so it would send the rest once more. Also
    where the first question had no answer.
    """
    rest = await _beside_credit(market)
    if lost:
        await _attempted(market, rest, "cut", gone=gone)
        assert rest.outcome_unknown
        market.clock.advance(DAY)

    gateway = await _attempted(market, rest, gone=gone)

    looked = ["find_refund"] if lost else []
    sent = [f"refund refund-{rest.id}-0"] if follows is RefundStatus.SUCCEEDED else []
    assert gateway.calls == [*looked, f"remaining {rest.payment_id}", *sent]
    assert rest.status is follows


async def test_beside_credit_what_was_sent_is_not_sent_once_more(market: Market) -> None:
    """M1: its own answer was lost, and it is what is missing there."""
    rest = await _beside_credit(market)
    teller, gateway = cashier(market, "", "lost")
    assert await run_errands(teller, ATTEMPT) == 1
    market.clock.advance(DAY)

    assert await run_errands(teller, ATTEMPT) == 1

    await rest.refresh_from_db()
    assert rest.status is RefundStatus.SUCCEEDED
    assert gateway.calls == [
        f"remaining {rest.payment_id}", f"refund refund-{rest.id}-0", "find_refund",
    ]  # fmt: skip
