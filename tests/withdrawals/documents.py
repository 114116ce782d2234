"""What clients send to withdraw, and the doors that a phone and a browser come through."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.models import Order
from ordergraph.withdrawals import actions, download
from ordergraph.withdrawals.models import Withdrawal
from tests.api.doors import asked, bearer, endpoint
from tests.market import ADA, NAMES, Market, gid

SHAPE = """
fragment Withdrawn on Withdrawal {
  id status startedAt lapsesAt confirmedAt
  statement { name contactEmail wholeOrder returnPaidBy sendBackBy refundBy text
    refund { amount } shipping { amount }
    lines { quantity amount { amount } line { title } } }
  dispute { id status reason { handle } amountRequested { amount } amountApproved { amount }
    deadlines { kind dueAt } refund { status dueAt cause amount { amount } shipping { amount }
      lines { quantity amount { amount } line { title } } } }
  cancellation { whole reason { handle } refund { dueAt } }
  acknowledgement { id kind language text sha256 createdAt url }
}"""
NO = """
    __typename
    ... on UserError { message }
    ... on WithdrawalPeriodOverError { endedAt }
    ... on WithdrawalNotYetError { cancelableUntil }
    ... on WithdrawalExcludedError { lines { title excludedFromWithdrawal } }
    ... on WithdrawalAwaitsAppealError { since }
    ... on DisputeAlreadyOpenError { dispute { status } }
    ... on AmountTooHighError { maximum { amount } }
    ... on InvalidInputError { field }
"""
START = f"""
mutation Start($input: WithdrawalStartInput!) {{
  withdrawalStart(input: $input) {{
    {NO}
    ... on WithdrawalStartSuccess {{ withdrawal {{ ...Withdrawn }} }}
  }}
}}{SHAPE}"""
CONFIRM = f"""
mutation Confirm($id: ID!) {{
  withdrawalConfirm(input: {{withdrawalId: $id}}) {{
    {NO}
    ... on WithdrawalLapsedError {{ lapsedAt }}
    ... on WithdrawalConfirmSuccess {{ withdrawal {{ ...Withdrawn }} }}
  }}
}}{SHAPE}"""
OF_ORDER = """
query OfOrder($id: ID!) { order(id: $id) {
  status refundable { amount } withdrawal { id status confirmedAt }
  lines { id title returnedQuantity refunded { amount } }
  timeline { nodes { type actor } }
  actions { kind available until blockedBy { __typename message
    ... on WithdrawalPeriodOverError { endedAt }
    ... on WithdrawalNotYetError { cancelableUntil }
    ... on WithdrawalExcludedError { lines { title excludedFromWithdrawal } }
    ... on WithdrawalAwaitsAppealError { since }
    ... on DisputeAlreadyOpenError { dispute { status } } } }
} }"""


async def started(market: Market, order: Order, actor: Actor = ADA, **more: Any) -> dict[str, Any]:
    """Start one as a phone does; what was answered."""
    language = more.pop("language", "en")
    answer = await market.ask(
        actor, START, language, input={"orderId": gid("Order", order.id), **more}
    )
    result: dict[str, Any] = answer["withdrawalStart"]
    return result


async def confirmed(market: Market, id_: str, actor: Actor = ADA) -> dict[str, Any]:
    answer = await market.ask(actor, CONFIRM, id=id_)
    result: dict[str, Any] = answer["withdrawalConfirm"]
    return result


async def seen(market: Market, order: Order, actor: Actor = ADA) -> dict[str, Any]:
    answer = await market.ask(actor, OF_ORDER, id=gid("Order", order.id))
    result: dict[str, Any] = answer["order"]
    return result


def button(order: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the buyer is told about withdrawing."""
    return next((a for a in order["actions"] if a["kind"] == "WITHDRAW"), None)


async def drafted(
    market: Market, order: Order, picked: Mapping[UUID, int] | None = None
) -> Withdrawal:
    """Start one, below the API."""
    new = actions.NewWithdrawal(
        order_id=order.id, picked=picked, name=None, contact_email=None, language="en"
    )
    async with market.edge.transaction(ADA) as tx:
        return await actions.start(tx, new)


class Phone:
    """An app that talks HTTP, and a browser that follows links without a token."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def ask(
        self, actor: Actor, document: str, language: str = "en", **variables: Any
    ) -> dict[str, Any]:
        headers = {
            **bearer(NAMES[actor], *_roles(actor)),
            "accept-language": language,
            "idempotency-key": str(uuid4()),
        }
        return await asked(self.client, headers, document, variables)

    async def fetch(self, url: str) -> httpx.Response:
        return await self.client.get(url)


def _roles(actor: Actor) -> Sequence[Role]:
    return tuple(actor.roles)


@asynccontextmanager
async def phone(market: Market) -> AsyncIterator[Phone]:
    """The routes of the application that a withdrawal needs, over this market."""
    routes = [
        Route("/graphql", endpoint(market), methods=["POST"]),
        download.ROUTE,
    ]
    app = Starlette(routes=routes)
    app.state.wiring = SimpleNamespace(edge=market.edge, keeper=market.keeper)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Phone(client)
