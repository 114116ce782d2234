"""Appeals at the same moment: one outcome, and the money moves once."""

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

from ordergraph.appeals import actions, queries
from ordergraph.appeals.models import Appeal
from ordergraph.appeals.process import AppealStatus
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from tests.appeals.bench import appealed, eur, new, ruled
from tests.books.audit import found
from tests.market import ADA, LAMPS, OLGA, OTTO, Market
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


async def open_appeals(market: Market) -> AsyncIterator[Appeal]:
    """As many as there are rounds: both sides' against each decision."""
    for _ in range(ROUNDS // 2):
        dispute = await ruled(market, 3000)
        for appeal in [await appealed(market, who, dispute, 1000) for who in (ADA, LAMPS)]:
            yield appeal


async def added(appeal: Appeal) -> int:
    """How much money the appeal has brought to whoever made it."""
    if appeal.made_by is Role.SELLER:
        return (await Refund.get(cause_id=appeal.dispute_id)).compensated_minor
    refund = await Refund.get_or_none(cause_id=appeal.id)
    return refund.amount_minor if refund else 0


async def test_two_operators_decide_an_appeal_and_one_of_them_does(market: Market) -> None:
    outcomes = []
    async for appeal in open_appeals(market):
        deeds = (OLGA, granting(appeal, 500)), (OTTO, denying(appeal))
        outcomes.append(await at_once(market, *in_turns(len(outcomes), *deeds)))

        await appeal.refresh_from_db()
        assert (appeal.status, await added(appeal)) in [(GRANTED, 500), (DENIED, 0)]

    assert tally(outcomes) == Counter({("WrongState", "done"): ROUNDS})
    assert await found(market) == []


async def test_an_operator_and_the_clock_decide_and_the_marketplace_pays_once(
    market: Market,
) -> None:
    """Judged by the clock: what the operator says at that moment is too late, whoever is first."""
    rounds = 0
    async for appeal in open_appeals(market):
        market.clock.advance(appeal.decision_due_at - market.clock.at)
        deeds = (OLGA, granting(appeal, 500)), (SYSTEM, sweeping(appeal))
        outcome = await at_once(market, *in_turns(rounds, *deeds))

        assert set(outcome) <= {"DisputeDeadlinePassed", "WrongState", "done"}
        async with market.edge.transaction(SYSTEM) as tx:
            await sweeping(appeal)(tx)  # had the operator held the row, the next sweep does it
        await appeal.refresh_from_db()
        assert (appeal.status, await added(appeal)) == (GRANTED, 1000)
        rounds += 1

    costs = {payment.platform_cost_minor for payment in await Payment.all()}
    assert (rounds, costs) == (ROUNDS, {2000})
    assert await found(market) == []
