"""Whatever the table does not list is refused, by everybody, in every state, and changes nothing."""

from typing import Any

import pytest

from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.words import DisputeOutcome, DisputeStatus, ShippingPayer
from ordergraph.kernel.refusal import Refusal
from tests.disputes.court import disputed, everything
from tests.disputes.deeds import DOING, ROLES
from tests.market import NOON, Market

TERMS = {"approved_minor": 8470, "return_paid_by": ShippingPayer.SELLER}
IN_STATE: dict[DisputeStatus, dict[str, Any]] = {
    # state                           what else is true in it
    DisputeStatus.AWAITING_RETURN: TERMS,
    DisputeStatus.RETURN_IN_TRANSIT: TERMS,
    DisputeStatus.RESOLVED: {"closed_at": NOON, "outcome": DisputeOutcome.NO_REFUND},
}


@pytest.mark.parametrize("status", list(DisputeStatus))
async def test_what_the_table_does_not_list_is_refused_and_changes_nothing(
    market: Market, status: DisputeStatus
) -> None:
    dispute = await disputed(market)
    await Dispute.filter(id=dispute.id).update(status=status, **IN_STATE.get(status, {}))
    listed = {
        (move.action, role) for move in DISPUTE.moves for role in move.by if move.start is status
    }
    before = await everything()

    for action, do in DOING.items():
        for role, who in ROLES.items():
            if (action, role) not in listed:
                with pytest.raises(Refusal):
                    await do(market, who, dispute)

    assert await everything() == before
