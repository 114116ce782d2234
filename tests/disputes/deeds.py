"""Each thing that people do in a dispute, as one row, to be tried by everybody in every state."""

from collections.abc import Awaitable, Callable
from typing import Any

from ordergraph.disputes import actions, thread
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.quiet import actions as quiet
from ordergraph.kernel.actor import Actor, Role
from tests.disputes.court import TOTAL, act
from tests.market import ADA, LAMPS, OLGA, Market

PARCEL = actions.ReturnParcel("DHL", "RT-1")


async def settle_quietly(market: Market, who: Actor, dispute: Dispute) -> Any:
    """The other side has said what it would settle for, and now this one does."""
    for side in {ADA: [LAMPS], LAMPS: [ADA]}.get(who, []):
        await act(market, side, quiet.set_limit, dispute.id, TOTAL)
    return await act(market, who, quiet.set_limit, dispute.id, TOTAL)


Doing = Callable[[Market, Actor, Dispute], Awaitable[Any]]
# fmt: off
DOING: dict[DisputeAction, Doing] = {
    A.ACCEPT:             lambda m, who, d: act(m, who, actions.accept, d.id),
    A.REFUSE:             lambda m, who, d: act(m, who, actions.refuse, d.id, "No."),
    A.WITHDRAW:           lambda m, who, d: act(m, who, actions.withdraw, d.id),
    A.ESCALATE:           lambda m, who, d: act(m, who, actions.escalate, d.id, ""),
    A.DECIDE:             lambda m, who, d: act(m, who, actions.decide, d.id, TOTAL, ""),
    A.SHIP_RETURN:        lambda m, who, d: act(m, who, actions.ship_return, d.id, PARCEL),
    A.ACKNOWLEDGE_RETURN: lambda m, who, d: act(m, who, actions.acknowledge_return, d.id),
    A.SETTLE_QUIETLY:     settle_quietly,
    A.SEND_MESSAGE:       lambda m, who, d: act(m, who, thread.send_message, d.id, "Hello."),
}
ROLES = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}
# fmt: on
