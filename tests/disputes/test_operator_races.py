"""Two operators at once: one of them has the dispute, and one decision is carried out."""

from collections import Counter
from functools import partial

from ordergraph.disputes import assigning
from ordergraph.disputes.decisions import actions
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.decisions.process import DecisionStatus
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.terms import Terms
from ordergraph.kernel.money import Money
from ordergraph.refunds.models import Refund
from tests.disputes.bench import escalated
from tests.disputes.court import act
from tests.market import OLGA, OTTO, Market, person
from tests.races.pairs import at_once, in_turns, tally

ROUNDS = 50
OONA = person("olga-2", *OLGA.roles)


async def test_of_two_operators_who_want_a_dispute_one_has_it(market: Market) -> None:
    dispute = await escalated(market)
    deed = partial(assigning.assign, dispute_id=dispute.id, operator_id=None, take_over=False)
    outcomes = []
    for number in range(ROUNDS):
        outcomes.append(await at_once(market, *in_turns(number, (OLGA, deed), (OTTO, deed))))

        holder = (await Dispute.get(id=dispute.id)).assigned_to_id
        has_it = OLGA if holder == OLGA.user_id else OTTO
        assert holder == has_it.user_id
        await act(market, has_it, assigning.release, dispute.id)

    assert tally(outcomes) == Counter({("AssignedToAnother", "done"): ROUNDS})


async def test_of_two_who_decide_and_two_who_answer_one_decision_comes(market: Market) -> None:
    """Proposals of two operators, then one confirms while another rejects: one refund, or none."""
    outcomes = []
    for number in range(ROUNDS // 5):
        dispute = await escalated(market)
        ruling = actions.Ruling(terms=Terms(amount=Money(1000, "EUR")), note="")
        limits = {"EUR": Money(0, "EUR")}
        deed = partial(actions.decide, dispute_id=dispute.id, ruling=ruling, limits=limits)
        assert await at_once(market, (OLGA, deed), (OTTO, deed)) == ["done", "done"]
        proposal = await Decision.get(dispute_id=dispute.id, status=DecisionStatus.PROPOSED)

        confirm = partial(actions.confirm, decision_id=proposal.id)
        reject = partial(actions.reject, decision_id=proposal.id, note="No.")
        deeds = (OONA, confirm), (OLGA, reject)
        outcomes.append(await at_once(market, *in_turns(number, *deeds)))

        await proposal.refresh_from_db()
        refunds = await Refund.filter(cause_id=dispute.id).count()
        assert (proposal.status, refunds) in [
            (DecisionStatus.CONFIRMED, 1),
            (DecisionStatus.REJECTED, 0),
        ]

    assert tally(outcomes) == Counter({("WrongState", "done"): ROUNDS // 5})


async def test_of_two_who_decide_at_once_one_does(market: Market) -> None:
    outcomes = []
    for _ in range(ROUNDS // 5):
        dispute = await escalated(market)
        full, none = [
            partial(
                actions.decide,
                dispute_id=dispute.id,
                ruling=actions.Ruling(terms=Terms(amount=Money(minor, "EUR")), note=""),
                limits={},
            )
            for minor in (8470, 0)
        ]
        outcomes.append(await at_once(market, (OLGA, full), (OTTO, none)))

        assert await Decision.filter(dispute_id=dispute.id).count() == 1
        approved = (await Dispute.get(id=dispute.id)).approved_minor
        assert await Refund.filter(cause_id=dispute.id).count() == bool(approved)

    assert tally(outcomes) == Counter({("DisputeAlreadyDecided", "done"): ROUNDS // 5})
