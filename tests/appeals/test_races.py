"""Appeals at the same moment: one outcome, and the money moves once."""

from collections import Counter
from functools import partial

from ordergraph.appeals import actions, queries
from ordergraph.appeals.models import Appeal
from ordergraph.appeals.process import AppealStatus
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import SYSTEM
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from tests.appeals.bench import appealed, eur, new, ruled
from tests.books.audit import found
from tests.market import ADA, DAY, LAMPS, OLGA, OTTO, Market
from tests.races.pairs import Deed, at_once, in_turns, tally

ROUNDS = 50
GRANTED, DENIED = AppealStatus.GRANTED, AppealStatus.DENIED


def appealing(wanted: actions.NewAppeal) -> Deed:
    return partial(actions.appeal, new=wanted)


def granting(appeal: Appeal, minor: int) -> Deed:
    return partial(actions.grant, appeal_id=appeal.id, amount=eur(minor), note="")


def denying(appeal: Appeal) -> Deed:
    return partial(actions.deny, appeal_id=appeal.id, note="No.")


def sweeping(appeal: Appeal) -> Deed:
    """What a sweep does with the row, if nobody else holds it just now and it still waits."""

    async def sweep(tx: Tx) -> None:
        row = await queries.claim(appeal.id)
        if row is not None and row.status is AppealStatus.UNDER_REVIEW:
            await actions.fall_due(tx, row)

    return sweep


async def test_of_one_side_one_appeal_is_made_and_the_other_side_has_its_own(
    market: Market,
) -> None:
    outcomes = []
    for number in range(ROUNDS):
        deed = appealing(new(await ruled(market, 3000), 1000))
        deeds = (ADA, deed), (LAMPS, deed), (ADA, deed)
        outcomes.append(await at_once(market, *in_turns(number, *deeds)))

    assert tally(outcomes) == Counter({("AlreadyAppealed", "done", "done"): ROUNDS})
    assert await Appeal.filter(status=AppealStatus.UNDER_REVIEW).count() == 2 * ROUNDS


async def test_two_operators_decide_an_appeal_and_one_of_them_does(market: Market) -> None:
    outcomes = []
    for number in range(ROUNDS):
        appeal = await appealed(market, ADA, await ruled(market, 3000), 1000)
        deeds = (OLGA, granting(appeal, 500)), (OTTO, denying(appeal))
        outcomes.append(await at_once(market, *in_turns(number, *deeds)))

        await appeal.refresh_from_db()
        refunds = await Refund.filter(cause_id=appeal.id).count()
        assert (appeal.status, refunds) in [(GRANTED, 1), (DENIED, 0)]

    assert tally(outcomes) == Counter({("WrongState", "done"): ROUNDS})
    assert await found(market) == []


async def test_an_operator_and_the_clock_decide_and_the_marketplace_pays_once(
    market: Market,
) -> None:
    """Judged by the clock: what the operator says at that moment is too late, whoever is first."""
    for number in range(ROUNDS):
        appeal = await appealed(market, LAMPS, await ruled(market, 3000), 1000)
        market.clock.advance(30 * DAY)
        deeds = (OLGA, granting(appeal, 500)), (SYSTEM, sweeping(appeal))
        outcome = await at_once(market, *in_turns(number, *deeds))

        assert set(outcome) <= {"DisputeDeadlinePassed", "WrongState", "done"}
        async with market.edge.transaction(SYSTEM) as tx:
            await sweeping(appeal)(tx)  # had the operator held the row, the next sweep does it
        await appeal.refresh_from_db()
        payment = await Payment.get(order_id=appeal.order_id)
        assert (appeal.status, payment.platform_cost_minor) == (GRANTED, 1000)

    assert await found(market) == []
