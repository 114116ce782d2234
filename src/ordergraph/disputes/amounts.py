"""Amounts that clients send about a dispute: read in its currency, which never changes."""

from decimal import Decimal
from uuid import UUID

from ordergraph.api.context import Info
from ordergraph.api.scalars import read_money
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import NotFound


async def amount_in(info: Info, dispute_id: UUID, amount: Decimal) -> Money:
    """The amount; NotFound for a dispute that is none of the viewer's."""
    dispute = await info.context.load.visible_dispute.load(dispute_id)
    if dispute is None:
        raise NotFound(what="dispute")
    return read_money(amount, dispute.row.currency)
