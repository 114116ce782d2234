"""What the tests of appeals share: disputes that an operator has decided, and appeals against that."""

from uuid import UUID

from ordergraph.appeals import actions, queries
from ordergraph.appeals.models import Appeal
from ordergraph.deadlines import named
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.evidence import NewEvidence
from ordergraph.disputes.models import Dispute, Evidence
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import EvidenceType
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.sweeping import sweep
from tests.disputes.court import act, decided, disputed
from tests.market import ADA, DAY, LAMPS, OLGA, Market

CRACK = NewEvidence(type=EvidenceType.PHOTO, note="The crack, from the other side.")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


async def under_review(market: Market) -> Dispute:
    """84.70 EUR are asked for; the seller refused, and the operator has to decide."""
    dispute = await disputed(market)
    await act(market, LAMPS, disputes.refuse, dispute.id, "No.")
    return await act(market, ADA, disputes.escalate, dispute.id, "")


async def ruled(market: Market, minor: int) -> Dispute:
    """The same, decided: so much goes back."""
    return await decided(market, OLGA, await under_review(market), Terms(amount=eur(minor)))


async def appealed(market: Market, who: Actor, dispute: Dispute, minor: int) -> Appeal:
    row, _ = await act(market, who, actions.appeal, new(dispute, minor))
    return row


def new(dispute: Dispute, minor: int, *evidence: NewEvidence) -> actions.NewAppeal:
    return actions.NewAppeal(
        dispute_id=dispute.id,
        text="That cannot be.",
        amount=eur(minor),
        evidence=evidence or (CRACK,),
    )


async def completed(market: Market, order_id: UUID) -> Order:
    """Let the protection end, and the seller be paid out."""
    market.clock.advance(15 * DAY)
    assert await sweep(market.edge, named("order.protection_ends")) == 1
    return await Order.get(id=order_id)


async def evidence_of(appeal: Appeal) -> list[Evidence]:
    return (await queries.evidence_of([appeal.id]))[appeal.id]
