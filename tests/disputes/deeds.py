"""Each thing that people do in a dispute, as one row, to be tried by everybody in every state."""

from collections.abc import Awaitable, Callable
from typing import Any

from ordergraph.disputes import actions, thread
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.process import DisputeAction as A
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import ShippingPayer
from ordergraph.kernel.actor import Actor, Role
from tests.disputes.court import TOTAL, act, decided
from tests.market import ADA, LAMPS, OLGA, Market

GOODS_BACK = Terms(amount=TOTAL, return_paid_by=ShippingPayer.SELLER)
PARCEL = actions.ReturnParcel("DHL", "RT-1")

Doing = Callable[[Market, Actor, Dispute], Awaitable[Any]]
# fmt: off
DOING: dict[DisputeAction, Doing] = {
    A.ACCEPT:             lambda m, who, d: act(m, who, actions.accept, d.id),
    A.REFUSE:             lambda m, who, d: act(m, who, actions.refuse, d.id, "No."),
    A.WITHDRAW:           lambda m, who, d: act(m, who, actions.withdraw, d.id),
    A.ESCALATE:           lambda m, who, d: act(m, who, actions.escalate, d.id, ""),
    A.DECIDE:             lambda m, who, d: decided(m, who, d, Terms(amount=TOTAL)),
    A.DECIDE_WITH_RETURN: lambda m, who, d: decided(m, who, d, GOODS_BACK),
    A.SHIP_RETURN:        lambda m, who, d: act(m, who, actions.ship_return, d.id, PARCEL),
    A.ACKNOWLEDGE_RETURN: lambda m, who, d: act(m, who, actions.acknowledge_return, d.id),
    A.SEND_MESSAGE:       lambda m, who, d: act(m, who, thread.send_message, d.id, "Hello."),
}
ROLES = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}
# fmt: on
