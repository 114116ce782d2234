"""Each row of the table works for whom it names, from a state that people have really reached."""

import pytest

from ordergraph.disputes.process import DISPUTE, DisputeAction
from ordergraph.disputes.words import DisputeStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Role
from tests.disputes.deeds import DOING, ROLES, reached
from tests.market import Market

A = DisputeAction
GOODS_BACK = {A.ACCEPT_RETURN, A.ACCEPT_RETURN_OFFER, A.SETTLE_WITH_RETURN}
"""What is only another name for accepting, when the offer wants the goods back."""
ROWS = [
    pytest.param(move.start, move.action, role, id=f"{move.start}-{move.action}-{role}")
    for move in DISPUTE.moves
    for role in sorted(move.by & set(ROLES))
    if move.action in DOING
]


@pytest.mark.parametrize(("start", "action", "role"), ROWS)
async def test_a_row_works_for_whom_it_names(
    market: Market, start: DisputeStatus, action: DisputeAction, role: Role
) -> None:
    dispute = await reached(market, start, goods_back=action in GOODS_BACK)
    if action is A.GRANT_EXTENSION:
        asks = next(r for r in (Role.BUYER, Role.SELLER) if r is not role)
        await DOING[A.ASK_EXTENSION](market, ROLES[asks], dispute)
    before = await EventRow.filter(order_id=dispute.order_id).count()

    await DOING[action](market, ROLES[role], dispute)

    version = dispute.version
    await dispute.refresh_from_db()
    assert dispute.status is DISPUTE.after(action, start, role)
    assert dispute.version > version
    told = await EventRow.filter(order_id=dispute.order_id, position__gt=before)
    assert role in {row.actor_role for row in told}
