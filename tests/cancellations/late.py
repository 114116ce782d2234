"""Late requests: orders whose window is over, and what clients send about them."""

from typing import Any

from ordergraph.cancellations.models import Cancellation
from ordergraph.cancellations.process import CancellationStatus as C
from ordergraph.deadlines import named
from ordergraph.kernel.actor import SYSTEM, Actor
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from tests.market import ADA, DAY, LAMPS, Market, gid, line
from tests.orders.commands import NO
from tests.states import cancel

SILENCE = named("cancellation.response")
SHIP_BY = named("order.ship_by")
WHEN_LATE = DAY + DAY / 24
"""How long after payment the orders here stand: the window has been over for an hour."""

CARD = """
fragment Card on Cancellation {
  id status whole note requestedBy canceledAt decidedAt decidedBy answer reason { handle }
  lines { quantity line { title } } refund { amount { amount } dueAt }
  actions { kind available until blockedBy { ...No } }
  deadlines { kind dueAt waitingFor consequence }
}"""
SHOWN = (
    """query Shown($id: ID!) { order(id: $id) {
  status canCancel cancellation { ...Card }
  actions { kind available until blockedBy { ...No } }
  cancellationPreview { request dueAt amount { amount } blockedBy { ...No } } } }"""
    + CARD
    + NO
)
ANSWERS = {
    "APPROVE": "cancellationApprove",
    "REJECT": "cancellationReject",
    "WITHDRAW": "cancellationWithdraw",
}
BY = {"APPROVE": LAMPS, "REJECT": LAMPS, "WITHDRAW": ADA}


async def allow_requests(market: Market, **numbers: Any) -> None:
    """From now on orders are placed under a policy that lets buyers ask."""
    async with market.edge.transaction(SYSTEM) as tx:
        await marketplace.publish(tx, Policy(late_cancellation=True, **numbers))


async def late_order(market: Market, *lines: orders.NewLine, **numbers: Any) -> Order:
    """An order whose window is over, and whose buyer may ask."""
    await allow_requests(market, **numbers)
    order = await market.place(*(lines or (line("Lamp", 2), line("Bulb", 3, "2.00"))))
    market.clock.advance(WHEN_LATE)
    return order


async def asked(market: Market, order: Order, **what: Any) -> Cancellation:
    """The buyer's request, as canceling makes it."""
    done = await cancel(market, order, ADA, reason="no-longer-needed", **what)
    assert done.cancellation.status is C.REQUESTED
    assert done.refund is None
    return done.cancellation


async def request_in(market: Market, status: C) -> Cancellation:
    """A request of Ada's in this state, reached as people reach it."""
    request = await asked(market, await late_order(market))
    ways = {C.APPROVED: "APPROVE", C.REJECTED: "REJECT", C.WITHDRAWN: "WITHDRAW"}
    if status in ways:
        await answer(market, ways[status], request)
    await request.refresh_from_db()
    assert request.status is status
    return request


async def answer(
    market: Market, kind: str, request: Cancellation, actor: Actor | None = None, **changes: Any
) -> Any:
    """Send one of the three commands; return the member of the union that came back."""
    data = await market.ask(actor or BY[kind], **sent(kind, request, **changes))
    return next(iter(data.values()))


def sent(kind: str, request: Cancellation, **changes: Any) -> dict[str, Any]:
    field = ANSWERS[kind]
    name = field[0].upper() + field[1:]
    document = f"""mutation Do($input: {name}Input!) {{ {field}(input: $input) {{
      __typename ...No ... on {name}Success {{ order {{ status }} cancellation {{ ...Card }} }} }} }}
      {CARD} {NO}"""
    return {
        "document": document,
        "input": {"cancellationId": gid("Cancellation", request.id), **changes},
    }


async def shown(market: Market, order: Order, actor: Actor = ADA) -> Any:
    return (await market.ask(actor, SHOWN, id=gid("Order", order.id)))["order"]


def button(order: Any, kind: str = "CANCEL") -> Any:
    return next(b for b in order["actions"] if b["kind"] == kind)
