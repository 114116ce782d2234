"""Setting a private limit, and settling when two of them meet.

Until they meet nothing here may tell the other side anything: no event, no version, no answer and
no statement depends on what the other side has set.
"""

from uuid import UUID

from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import Held
from ordergraph.disputes.quiet import queries
from ordergraph.disputes.quiet.events import DisputeSettled
from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.disputes.quiet.process import MOST_CHANGES, meeting
from ordergraph.disputes.settling import Verdict, hold, resolve
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import InvalidInput


async def set_limit(tx: Tx, dispute_id: UUID, amount: Money | None) -> Dispute:
    """Say in private what one would settle for, the goods staying where they are; None: nothing.

    The buyer says the least they take, the seller the most they give.
    """
    held = await hold(tx, dispute_id, DisputeAction.SETTLE_QUIETLY)
    if amount is not None:
        Terms(amount=amount).check(held.dispute.requested)
    await _keep(tx, held, amount)
    said = await queries.both(dispute_id)
    step = step_of(held.dispute.currency)
    agreed = meeting(said.get(Role.BUYER), said.get(Role.SELLER), step)
    if agreed is not None:
        await _settle(tx, held, Money(agreed, held.dispute.currency))
    return held.dispute


async def _keep(tx: Tx, held: Held, amount: Money | None) -> None:
    dispute, _, role = held
    row = await PrivateLimit.get_or_none(dispute_id=dispute.id, side=role) or PrivateLimit(
        dispute_id=dispute.id, side=role, owner_id=tx.actor.user_id, changes=0
    )
    if amount is not None:
        if row.changes >= MOST_CHANGES:
            problem = f"a limit can be set {MOST_CHANGES} times in a dispute, and was"
            raise InvalidInput(field="amount", problem=problem)
        row.changes += 1
    row.amount_minor = amount.minor if amount else None
    row.set_at = tx.now
    await row.save()


async def _settle(tx: Tx, held: Held, amount: Money) -> None:
    dispute, order, _ = held
    verdict = Verdict(
        action=DisputeAction.SETTLE_QUIETLY, decided_by=DecidedBy.AGREEMENT, approved=amount
    )
    await resolve(tx, held, verdict)
    await tell(tx, held, DisputeSettled(order_id=order.id, dispute_id=dispute.id))
