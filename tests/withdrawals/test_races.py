"""Two connections at once, fifty times: one withdrawal, one dispute, one acknowledgement."""

from collections import Counter
from typing import Final

from ordergraph.disputes import actions as disputes
from ordergraph.disputes.models import Dispute
from ordergraph.infra.database import Tx
from ordergraph.orders.models import Order
from ordergraph.withdrawals import actions
from ordergraph.withdrawals.models import Document, Withdrawal
from tests.disputes.court import act, complaint
from tests.market import ADA, Market
from tests.races.pairs import Deed, at_once, in_turns, tally
from tests.withdrawals.documents import drafted

ROUNDS: Final = 50


def _confirm(row: Withdrawal) -> Deed:
    async def confirm(tx: Tx) -> object:
        return await actions.confirm(tx, row.id)

    return confirm


def _complain(order: Order) -> Deed:
    async def complain(tx: Tx) -> object:
        return await disputes.open_dispute(tx, complaint(order))

    return complain


async def test_two_confirmations_at_once_make_one_withdrawal(market: Market) -> None:
    outcomes = []
    for _ in range(ROUNDS):
        order = await market.deliver(await market.place())
        draft = await drafted(market, order)

        outcomes.append(await at_once(market, (ADA, _confirm(draft)), (ADA, _confirm(draft))))

        assert await Dispute.filter(order_id=order.id).count() == 1
        assert await Document.filter(order_id=order.id).count() == 1

    assert tally(outcomes) == Counter({("WrongState", "done"): ROUNDS})


async def test_a_confirmation_and_a_complaint_at_once_make_one_dispute(market: Market) -> None:
    won: Counter[str] = Counter()
    for number in range(ROUNDS):
        order = await market.deliver(await market.place())
        draft = await drafted(market, order)
        pair = in_turns(number, (ADA, _confirm(draft)), (ADA, _complain(order)))

        outcome = await at_once(market, *pair)

        assert sorted(outcome) == ["DisputeAlreadyOpen", "done"]
        dispute = await Dispute.get(order_id=order.id)
        made = await Withdrawal.filter(order_id=order.id, confirmed_at__isnull=False).count()
        assert made == await Document.filter(order_id=order.id).count()
        assert (made == 1) is (dispute.refund_by_at is not None)
        won["law" if made else "complaint"] += 1
        await act(market, ADA, disputes.withdraw, dispute.id)  # a buyer has ten open at most

    assert sum(won.values()) == ROUNDS
