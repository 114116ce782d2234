"""A small marketplace in memory that answers the ready tabs until the real one does."""

# ruff: noqa: A002 - `input` is the name in the contract

import asyncio
import itertools
from collections.abc import AsyncGenerator
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import Info

from ordergraph.graphiql.routes import routes

PEOPLE = {"Ada": "BUYER", "Ben": "BUYER", "Nora": "SELLER", "Olaf": "SELLER", "Opal": "OPERATOR"}
PERSONAS = [
    {"name": n.lower(), "role": r, "token": f"token-of-{n.lower()}", "displayName": n}
    for n, r in PEOPLE.items()
]
NUMBERS = itertools.count(1)


def now() -> datetime:
    return datetime.now(UTC)


@strawberry.enum
class Role(Enum):
    BUYER = "BUYER"
    SELLER = "SELLER"
    OPERATOR = "OPERATOR"


@strawberry.enum
class OrderStatus(Enum):
    PROCESSING = "PROCESSING"
    DELIVERED = "DELIVERED"
    CANCELED = "CANCELED"


@strawberry.enum
class Asked(Enum):
    REFUND_ONLY = "REFUND_ONLY"
    RETURN_AND_REFUND = "RETURN_AND_REFUND"


@strawberry.interface
class UserError:
    message: str


@strawberry.type
class NotFoundError(UserError):
    pass


@strawberry.type
class Money:
    amount: str
    currency_code: str = "EUR"


@strawberry.type
class Step:
    name: str


@strawberry.type
class Deadline:
    kind: str
    due_at: datetime
    waiting_for: Role
    consequence: str


@strawberry.type
class Refund:
    id: strawberry.ID
    status: str
    due_at: datetime
    amount: Money
    sent_at: datetime | None = None
    settled_at: datetime | None = None

    @strawberry.field
    def steps(self) -> list[Step]:
        return [Step(name="promised")]


@strawberry.type
class OrderAction:
    kind: str
    available: bool
    until: datetime | None = None
    blocked_by: UserError | None = None


@strawberry.type
class User:
    display_name: str


@strawberry.type
class Order:
    id: strawberry.ID
    number: str
    status: OrderStatus
    refund: strawberry.Private[Refund | None] = None

    @strawberry.field
    def total(self) -> Money:
        return Money(amount="84.70")

    @strawberry.field
    def can_cancel(self) -> bool:
        return self.status is OrderStatus.PROCESSING

    @strawberry.field
    def cancelable_until(self) -> datetime:
        return now() + timedelta(hours=24)

    @strawberry.field
    def delivered_at(self) -> datetime | None:
        return None

    @strawberry.field
    def protection_ends_at(self) -> datetime | None:
        return None

    @strawberry.field
    def actions(self) -> list[OrderAction]:
        return [OrderAction(kind="CANCEL", available=self.status is OrderStatus.PROCESSING)]


@strawberry.type
class Orders:
    nodes: list[Order]


@strawberry.type
class Message:
    id: strawberry.ID
    body: str
    author_role: Role
    sent_at: datetime


@strawberry.type
class MessageEdge:
    cursor: str
    node: Message


@strawberry.type
class Dispute:
    id: strawberry.ID
    stage: str = "NEGOTIATION"
    status: str = "AWAITING_SELLER"
    outcome: str | None = None
    refund: Refund | None = None
    messages: strawberry.Private[list[Message]] = field(default_factory=list)

    @strawberry.field
    def amount_requested(self) -> Money:
        return Money(amount="10.00")

    @strawberry.field
    def deadlines(self) -> list[Deadline]:
        return []


ORDERS = {"order-0": Order(id=strawberry.ID("order-0"), number="A-0", status=OrderStatus.DELIVERED)}
REFUNDS: dict[str, Refund] = {}
DISPUTES: dict[str, Dispute] = {}


def _success(name: str, **fields: Any) -> Any:
    """Make the type <Name>Success and its union with the one error there is."""
    kind = strawberry.type(type(f"{name}Success", (), {"__annotations__": fields}))
    return kind, Annotated[kind | NotFoundError, strawberry.union(f"{name}Result")]


OrderPlaceSuccess, OrderPlaceResult = _success("OrderPlace", order=Order)
OrderCancelSuccess, OrderCancelResult = _success("OrderCancel", order=Order, refund=Refund)
RefundReleaseSuccess, RefundReleaseResult = _success("RefundRelease", refund=Refund)
ClockSuccess, ClockResult = _success("TestClockAdvance", now=datetime)
DisputeOpenSuccess, DisputeOpenResult = _success("DisputeOpen", dispute=Dispute)
DisputeAcceptSuccess, DisputeAcceptResult = _success("DisputeAccept", dispute=Dispute)
DisputeRefuseSuccess, DisputeRefuseResult = _success("DisputeRefuse", dispute=Dispute)
MessageSendSuccess, MessageSendResult = _success("MessageSend", message=Message)


@strawberry.input
class Line:
    sku: str
    title: str
    quantity: int
    unit_price: str


@strawberry.input
class OrderPlaceInput:
    seller_external_id: str
    currency: str
    lines: list[Line]
    shipping: str


@strawberry.input
class OrderCancelInput:
    order_id: strawberry.ID
    reason_handle: str
    note: str | None = None


@strawberry.input
class RefundReleaseInput:
    refund_id: strawberry.ID


@strawberry.input
class TestClockAdvanceInput:
    __test__ = False
    by: str


@strawberry.input
class DisputeOpenInput:
    order_id: strawberry.ID
    reason_handle: str
    description: str
    amount: str
    asked: Asked


@strawberry.input
class DisputeAnswerInput:
    dispute_id: strawberry.ID
    note: str | None = None


@strawberry.input
class MessageSendInput:
    dispute_id: strawberry.ID
    body: str


def _role(info: Info[Any, Any]) -> Role:
    who = info.context["request"].headers["authorization"].removeprefix("Bearer token-of-")
    return Role[PEOPLE[who.title()]]


def _refund() -> Refund:
    refund_id = strawberry.ID(f"refund-{next(NUMBERS)}")
    due = now() + timedelta(days=7)
    REFUNDS[refund_id] = Refund(
        id=refund_id, status="SCHEDULED", due_at=due, amount=Money(amount="84.70")
    )
    return REFUNDS[refund_id]


@strawberry.type
class Viewer:
    @strawberry.field
    def user(self, info: Info[Any, Any]) -> User:
        return User(display_name=_role(info).name)

    @strawberry.field
    def purchases(self, first: int = 20, status: list[OrderStatus] | None = None) -> Orders:
        rows = [o for o in reversed(ORDERS.values()) if not status or o.status in status]
        return Orders(nodes=rows[:first])


@strawberry.type
class Query:
    @strawberry.field
    def now(self) -> datetime:
        return now()

    @strawberry.field
    def viewer(self) -> Viewer:
        return Viewer()


@strawberry.type
class Mutation:
    @strawberry.mutation
    def order_place(self, input: OrderPlaceInput) -> OrderPlaceResult:
        number = next(NUMBERS)
        order = Order(
            id=strawberry.ID(f"order-{number}"), number=f"A-{number}", status=OrderStatus.PROCESSING
        )
        ORDERS[order.id] = order
        assert input.lines
        return OrderPlaceSuccess(order=order)

    @strawberry.mutation
    def order_cancel(self, input: OrderCancelInput) -> OrderCancelResult:
        order = ORDERS.get(input.order_id)
        if order is None:
            return NotFoundError(message="There is no such order.")
        order.status, order.refund = OrderStatus.CANCELED, _refund()
        return OrderCancelSuccess(order=order, refund=order.refund)

    @strawberry.mutation
    def refund_release(
        self, info: Info[Any, Any], input: RefundReleaseInput
    ) -> RefundReleaseResult:
        refund = REFUNDS.get(input.refund_id)
        if refund is None or _role(info) is not Role.SELLER:
            return NotFoundError(message="There is no such refund.")
        refund.status = "SUCCEEDED"
        return RefundReleaseSuccess(refund=refund)

    @strawberry.mutation
    def test_clock_advance(self, input: TestClockAdvanceInput) -> ClockResult:
        assert input.by
        return ClockSuccess(now=now())

    @strawberry.mutation
    def dispute_open(self, input: DisputeOpenInput) -> DisputeOpenResult:
        if input.order_id not in ORDERS:
            return NotFoundError(message="There is no such order.")
        dispute = Dispute(id=strawberry.ID(f"dispute-{next(NUMBERS)}"))
        DISPUTES[dispute.id] = dispute
        return DisputeOpenSuccess(dispute=dispute)

    @strawberry.mutation
    def message_send(self, info: Info[Any, Any], input: MessageSendInput) -> MessageSendResult:
        message_id = strawberry.ID(f"message-{next(NUMBERS)}")
        message = Message(id=message_id, body=input.body, author_role=_role(info), sent_at=now())
        DISPUTES[input.dispute_id].messages.append(message)
        return MessageSendSuccess(message=message)

    @strawberry.mutation
    def dispute_accept(self, input: DisputeAnswerInput) -> DisputeAcceptResult:
        dispute = DISPUTES[input.dispute_id]
        dispute.status, dispute.outcome, dispute.refund = "RESOLVED", "REFUNDED_FULL", _refund()
        return DisputeAcceptSuccess(dispute=dispute)

    @strawberry.mutation
    def dispute_refuse(self, input: DisputeAnswerInput) -> DisputeRefuseResult:
        return DisputeRefuseSuccess(dispute=DISPUTES[input.dispute_id])


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def refund_updated(self, order_id: strawberry.ID) -> AsyncGenerator[Refund, None]:
        said = None
        while True:
            refund = ORDERS[order_id].refund
            if refund and refund.status != said:
                said = refund.status
                yield refund
            await asyncio.sleep(0.02)

    @strawberry.subscription
    async def message_added(self, dispute_id: strawberry.ID) -> AsyncGenerator[MessageEdge, None]:
        for position in itertools.count():
            while len(DISPUTES[dispute_id].messages) <= position:  # noqa: ASYNC110 - it is a list
                await asyncio.sleep(0.02)
            yield MessageEdge(cursor=str(position), node=DISPUTES[dispute_id].messages[position])


class Endpoint(GraphQL[Any, Any]):
    async def on_ws_connect(self, context: Any) -> Any:
        token = (context.get("connection_params") or {}).get("Authorization", "")
        if not token.startswith("Bearer token-of-"):
            raise ConnectionRejectionError


async def personas(_request: Request) -> JSONResponse:
    return JSONResponse(PERSONAS)


def app() -> Starlette:
    schema = strawberry.Schema(Query, Mutation, Subscription, types=[NotFoundError])
    endpoint = Endpoint(
        schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL]
    )
    return Starlette(
        routes=[
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/dev/personas", personas),
            *routes(),
        ]
    )
