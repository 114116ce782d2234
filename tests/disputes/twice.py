"""An order over which people quarrel twice, and then about the first time once more."""

from typing import NamedTuple

from ordergraph.disputes import actions as disputes
from ordergraph.disputes.models import Dispute
from ordergraph.withdrawals import actions as withdrawals
from tests.appeals.bench import appealed, ruled
from tests.disputes.court import act
from tests.market import ADA, DAY, Market
from tests.withdrawals.documents import drafted


class Twice(NamedTuple):
    """The disputes of one order: one that was decided, one by law that was taken back."""

    earlier: Dispute
    newest: Dispute


async def disputed_twice(market: Market) -> Twice:
    """The earlier one ends in an appeal, which is made when the newest is over."""
    earlier = await ruled(market, 3000)
    order = await earlier.order
    market.clock.advance(DAY)
    draft = await drafted(market, order)
    withdrawal = await act(market, ADA, withdrawals.confirm, draft.id)
    newest = await Dispute.get(id=withdrawal.dispute_id)
    await act(market, ADA, disputes.withdraw, newest.id)
    await appealed(market, ADA, earlier, 2000)
    return Twice(earlier, newest)
