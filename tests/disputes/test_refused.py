"""Whatever the table does not list is refused, by everybody, in every state, and changes nothing."""

import pytest

from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DISPUTE
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.refusal import Refusal
from tests.disputes.court import everything
from tests.disputes.deeds import ALSO, DOING, ROLES, reached
from tests.market import Market


@pytest.mark.parametrize("status", list(DisputeStatus))
async def test_what_the_table_does_not_list_is_refused_and_changes_nothing(
    market: Market, status: DisputeStatus
) -> None:
    """Nothing but the table forbids it: offers stand as far as they can, and time was asked for."""
    dispute = await reached(market, status)
    await Dispute.filter(id=dispute.id).update(extension_asked_s=3600)
    listed = {
        (move.action, role) for move in DISPUTE.moves for role in move.by if move.start is status
    }
    before = await everything()

    for action, do in DOING.items():
        for role, who in ROLES.items():
            if not {(move, role) for move in {action} | ALSO.get(action, set())} & listed:
                with pytest.raises(Refusal):
                    await do(market, who, dispute)

    assert await everything() == before
