"""What an appeal adds to a party: a further refund, or a compensation by the marketplace."""

from ordergraph.appeals import queries
from ordergraph.appeals.models import Appeal
from ordergraph.disputes.queries import Held
from ordergraph.disputes.split import split
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.money import Money
from ordergraph.orders import queries as order_queries
from ordergraph.refunds import actions as refunds
from ordergraph.refunds import compensating
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundCause


async def most_left(row: Appeal, held: Held) -> Money:
    """How much can still be added: a refund that was called off meanwhile took nothing."""
    ground = await queries.ground_of(held.dispute, held.order)
    return ground.most(row.made_by)


async def add_money(tx: Tx, row: Appeal, held: Held, amount: Money, *, borne_by: Role) -> None:
    """To the buyer as a refund of its own; to the seller always at the marketplace's cost."""
    if row.made_by is Role.BUYER:
        await _refund(tx, row, held, amount, borne_by)
    else:
        refund = await Refund.select_for_update(no_key=True).get(cause_id=row.dispute_id)
        await compensating.compensate(tx, held.order, refund, amount)


async def _refund(tx: Tx, row: Appeal, held: Held, amount: Money, borne_by: Role) -> None:
    order = held.order
    lines = (await order_queries.lines_of([order.id]))[order.id]
    promise = refunds.Promise(
        cause=RefundCause.DISPUTE,
        cause_id=row.id,
        parts=split(lines, amount.minor, step=step_of(amount.currency)),
        borne_by=borne_by,
        due_at=tx.now + order.policy.span("refund_delay_s"),
    )
    await refunds.schedule(tx, order, promise, held.role)
