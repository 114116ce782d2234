"""The stock way: Strawberry's own ASGI application over Tortoise with prefetch_related.

The same tables and the same answers as ordergraph's, written as the two libraries' guides teach it.
Whoever asks is believed: `X-User` is the user's id. `uvicorn bench.servers.plain:app`.
"""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry
from starlette.applications import Starlette
from strawberry import relay
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from tortoise import Tortoise
from tortoise.query_utils import Prefetch

from bench.servers import plain_models as models
from bench.servers.sql import ODD

T = TypeVar("T")


@strawberry.type
class Money:
    amount: str
    currency_code: str

    @classmethod
    def of(cls, minor: int, currency: str) -> "Money":
        return cls(amount=str(Decimal(minor).scaleb(-ODD.get(currency, 2))), currency_code=currency)


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    page_info: PageInfo


@strawberry.type
class OrderLine(relay.Node):
    id: relay.NodeID[UUID]
    title: str
    quantity: int
    unit_price: Money

    @classmethod
    def of(cls, row: models.OrderLine, currency: str) -> "OrderLine":
        return cls(
            id=row.id,
            title=row.title,
            quantity=row.quantity,
            unit_price=Money.of(row.unit_price_minor, currency),
        )


@strawberry.type
class Refund(relay.Node):
    id: relay.NodeID[UUID]
    status: str
    amount: Money
    due_at: datetime

    @classmethod
    def of(cls, row: models.Refund) -> "Refund":
        return cls(
            id=row.id,
            status=row.status,
            amount=Money.of(row.amount_minor, row.currency),
            due_at=row.due_at,
        )


@strawberry.type
class Message(relay.Node):
    id: relay.NodeID[UUID]
    kind: str
    author_role: str
    body: str | None
    sent_at: datetime


@strawberry.type
class Dispute(relay.Node):
    id: relay.NodeID[UUID]
    status: str
    stage: str
    description: str
    amount_requested: Money
    opened_at: datetime

    @strawberry.field
    async def messages(self, first: int = 20) -> Connection[Message]:
        rows = await models.Message.filter(dispute_id=self.id).order_by("position").limit(first + 1)
        return _page(rows, first, lambda row: [row.position], _message)


@strawberry.type
class Order(relay.Node):
    id: relay.NodeID[UUID]
    number: str
    status: str
    total: Money
    placed_at: datetime
    delivered_at: datetime | None
    cancelable_until: datetime | None
    row: strawberry.Private[models.Order]

    @classmethod
    def of(cls, row: models.Order) -> "Order":
        return cls(
            id=row.id,
            number=row.number,
            status=row.status,
            total=Money.of(row.total_minor, row.currency),
            placed_at=row.placed_at,
            delivered_at=row.delivered_at,
            cancelable_until=row.cancelable_until,
            row=row,
        )

    @strawberry.field
    def can_cancel(self) -> bool:
        if self.status == "PENDING_PAYMENT":
            return True
        until = self.cancelable_until
        return self.status == "PROCESSING" and (until is None or datetime.now(UTC) < until)

    @strawberry.field
    def lines(self) -> list[OrderLine]:
        return [OrderLine.of(line, self.row.currency) for line in self.row.lines]

    @strawberry.field
    def refunds(self) -> list[Refund]:
        return [Refund.of(refund) for refund in self.row.refunds]

    @strawberry.field
    async def dispute(self) -> Dispute | None:
        row = await models.Dispute.filter(order_id=self.id).order_by("-opened_at", "-id").first()
        if row is None:
            return None
        return Dispute(
            id=row.id,
            status=row.status,
            stage=row.stage,
            description=row.description,
            amount_requested=Money.of(row.requested_minor, row.currency),
            opened_at=row.opened_at,
        )


@strawberry.type
class Viewer:
    @strawberry.field
    async def purchases(self, info: strawberry.Info, first: int = 20) -> Connection[Order]:
        rows = (
            await models.Order.filter(buyer_id=_user(info))
            .order_by("-placed_at", "-id")
            .limit(first + 1)
            .prefetch_related(
                Prefetch("lines", models.OrderLine.all().order_by("position")),
                Prefetch("refunds", models.Refund.all().order_by("created_at", "id")),
            )
        )
        return _page(rows, first, lambda row: [row.placed_at.isoformat(), str(row.id)], Order.of)


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self) -> Viewer:
        return Viewer()

    @strawberry.field
    async def order(self, info: strawberry.Info, id: relay.GlobalID) -> Order | None:  # noqa: A002  (GraphQL's word)
        row = await models.Order.get_or_none(id=UUID(id.node_id), buyer_id=_user(info))
        return Order.of(row) if row else None


def _user(info: strawberry.Info) -> UUID:
    return UUID(info.context["request"].headers["x-user"])


def _message(row: models.Message) -> Message:
    return Message(
        id=row.id,
        kind=row.kind,
        author_role=row.author_role,
        body=row.body,
        sent_at=row.sent_at,
    )


def _page(rows: list[Any], first: int, place: Any, shown: Any) -> Connection[Any]:
    edges = [Edge(cursor=_cursor(place(row)), node=shown(row)) for row in rows[:first]]
    end = edges[-1].cursor if edges else None
    return Connection(
        edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end)
    )


def _cursor(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


MOMENT: Final = strawberry.scalar(
    name="DateTime", serialize=_shown, parse_value=datetime.fromisoformat
)
schema: Final = strawberry.Schema(Query, config=StrawberryConfig(scalar_map={datetime: MOMENT}))


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    await Tortoise.init(
        db_url=os.environ["BENCH_DATABASE_URL"].replace("postgres://", "asyncpg://")
        + "?minsize=10&maxsize=10",
        modules={"models": ["bench.servers.plain_models"]},
        use_tz=True,
        timezone="UTC",
        _enable_global_fallback=True,  # uvicorn runs the lifespan in another task than requests
    )
    yield
    await Tortoise.close_connections()


app: Final = Starlette(lifespan=lifespan)
app.mount("/graphql", GraphQL(schema))
