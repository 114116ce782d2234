"""What people are reminded of: how each wait begins, how it ends, and who reads what of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ordergraph.appeals import actions as appeals
from ordergraph.cancellations import requests
from ordergraph.deadlines import named
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.deadline import DeadlineKind as K
from ordergraph.refunds import commands
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundFailureReason, RefundMethod, RefundStatus
from ordergraph.sweeping import sweep
from tests.appeals.bench import appealed, eur, ruled
from tests.cancellations.late import C, request_in
from tests.market import ADA, LAMPS, OLGA, Market
from tests.states import cancel, refund_in

REMINDER: Final = named("reminder")


async def remind(market: Market) -> int:
    return await sweep(market.edge, REMINDER)


async def reminded(order_id: UUID) -> list[tuple[object, object]]:
    """Whose time it was, and when."""
    rows = EventRow.filter(order_id=order_id, type__endswith="reminder").order_by("position")
    return [(row.data["waiting_for"], row.occurred_at) for row in await rows]


async def _to_ship(market: Market) -> Any:
    return await market.place()


async def _declined(market: Market) -> Any:
    return await refund_in(market, RefundStatus.REQUIRES_ACTION)


async def _requested(market: Market) -> Any:
    return await request_in(market, C.REQUESTED)


async def _appealed(market: Market) -> Any:
    return await appealed(market, ADA, await ruled(market, 500), 1000)


async def taken_back(market: Market) -> Refund:
    """The buyer's bank has taken the payment back: there is nothing to choose."""
    refund = await refund_in(market, RefundStatus.REQUIRES_ACTION)
    refund.failure_reason = RefundFailureReason.PAYMENT_DISPUTED
    await refund.save(update_fields=["failure_reason"])
    return refund


@dataclass(frozen=True, slots=True)
class Case:
    """`told`: the only one who is; `days`: how long it waits."""

    begin: Callable[[Market], Awaitable[Any]]
    days: float
    side: str
    told: Actor
    type: str
    title: str


# fmt: off
CASES: Final = {
    K.SHIP_BY:                   Case(_to_ship,   7,  "SELLER",   LAMPS, "order.shipping_reminder",     "Ship order {} in time: else it is canceled."),
    K.REFUND_ACTION_DUE:         Case(_declined,  14, "BUYER",    ADA,   "refund.reminder",             "The refund for order {} still waits for you: choose another way."),
    K.CANCELLATION_RESPONSE_DUE: Case(_requested, 2,  "SELLER",   LAMPS, "order.cancellation_reminder", "The buyer still waits for your answer whether order {} is canceled."),
    K.APPEAL_DECISION_DUE:       Case(_appealed,  30, "OPERATOR", OLGA,  "appeal.reminder",             "The appeal over order {} still waits for your decision."),
}
# fmt: on


async def _ship(market: Market, row: Any) -> None:
    await market.ship(row)


async def _cancel(market: Market, row: Any) -> None:
    await cancel(market, row)


def _by(who: Actor, deed: Callable[..., Awaitable[Any]], *given: object) -> Any:
    async def end(market: Market, row: Any) -> None:
        async with market.edge.transaction(who) as tx:
            await deed(tx, row.id, *given)

    return end


async def _ship_of_request(market: Market, row: Any) -> None:
    await row.fetch_related("order")
    await market.ship(row.order)


CREDIT: Final = RefundMethod.STORE_CREDIT
ENDS: Final = {
    "shipped": (K.SHIP_BY, _ship),
    "canceled": (K.SHIP_BY, _cancel),
    "another way": (K.REFUND_ACTION_DUE, _by(ADA, commands.change_method, CREDIT, "")),
    "tried again": (K.REFUND_ACTION_DUE, _by(OLGA, commands.retry)),
    "given up": (K.REFUND_ACTION_DUE, _by(OLGA, commands.fail, "paid in cash")),
    "approved": (K.CANCELLATION_RESPONSE_DUE, _by(LAMPS, requests.approve)),
    "rejected": (K.CANCELLATION_RESPONSE_DUE, _by(LAMPS, requests.reject, "")),
    "withdrawn": (K.CANCELLATION_RESPONSE_DUE, _by(ADA, requests.withdraw)),
    "left": (K.CANCELLATION_RESPONSE_DUE, _ship_of_request),
    "granted": (K.APPEAL_DECISION_DUE, _by(OLGA, appeals.grant, eur(1000), "")),
    "denied": (K.APPEAL_DECISION_DUE, _by(OLGA, appeals.deny, "It stands.")),
    "taken back": (K.APPEAL_DECISION_DUE, _by(ADA, appeals.withdraw)),
}
"""What can end each wait, and how."""
