"""A small market to play in: everything a test needs to act as somebody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from cryptography.fernet import Fernet
from strawberry import relay

from ordergraph.accounts import actions as accounts
from ordergraph.api.context import Context, Desk
from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits as DocumentLimits
from ordergraph.checkout import actions as checkout
from ordergraph.files.keeping import Keeper
from ordergraph.files.links import Links
from ordergraph.files.process import Limits
from ordergraph.files.storages import protocol as storages
from ordergraph.files.storages.local import Local
from ordergraph.identity.claims import Identity
from ordergraph.identity.tokens import Tokens
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.database import Edge, Mark
from ordergraph.infra.hub import Hub
from ordergraph.kernel.actor import Actor, Role, user_id_of
from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.event import Event
from ordergraph.kernel.money import Money
from ordergraph.loaders import Loaders
from ordergraph.notifications.acquaintances import Acquaintances
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from ordergraph.outgoing.addresses import Fence
from ordergraph.outgoing.keyring import Keyring
from ordergraph.outgoing.posting import Postman
from ordergraph.outgoing.sending import Courier
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import Surroundings
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.reactions import Nudge, follow_ups
from ordergraph.refunds.sending import Cashier
from ordergraph.schema import schema
from ordergraph.shipping import actions as shipping
from ordergraph.transports.front import ONCE, SUBSCRIPTIONS, Front
from ordergraph.transports.operation import Operation

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TOKENS = Tokens(secret="s" * 40, issuer="ordergraph", audience="ordergraph-api")
LIBRARY = Library(DocumentLimits())
FRESH = "a fresh idempotency key for each request"


def person(name: str, *roles: Role) -> Actor:
    return Actor(frozenset(roles), user_id_of(name))


ADA = person("ada", Role.BUYER)
BEN = person("ben", Role.BUYER)
LAMPS = person("nordic-lamps", Role.SELLER)
PAPER = person("paper-and-ink", Role.SELLER)
OLGA = person("olga", Role.OPERATOR)
OTTO = person("otto", Role.OPERATOR)
NAMES = {
    ADA: "ada",
    BEN: "ben",
    LAMPS: "nordic-lamps",
    PAPER: "paper-and-ink",
    OLGA: "olga",
    OTTO: "otto",
}


def line(
    title: str = "Lamp",
    quantity: int = 2,
    price: str = "39.90",
    currency: str = "EUR",
    **minor: int,
) -> orders.NewLine:
    return orders.NewLine(
        sku=title.upper(),
        title=title,
        quantity=quantity,
        unit_price=Money.parse(price, currency),
        discount=Money(minor.get("discount", 0), currency),
        tax=Money(minor.get("tax", 0), currency),
    )


KEYRING = Keyring([Fernet.generate_key().decode()])
LIMITS = Limits(file_bytes=100_000, video_bytes=200_000, each=3, per_order=6)


def keeper_in(folder: Path) -> Keeper:
    """Who keeps files in this folder; nothing is made there before the first of them."""
    links = Links.of("s" * 40, "http://test")
    return Keeper(Local(storages.Surroundings(folder, links)), links, LIMITS)


@dataclass
class Market:
    """One process of ordergraph, over real Postgres, with a clock that stands still."""

    clock: FrozenClock = field(default_factory=lambda: FrozenClock(NOON))
    hub: Hub = field(default_factory=Hub)
    delay_s: float = 0.0
    files: Path = Path("never-made")
    limits: dict[str, Money] = field(default_factory=dict)
    library: Library = field(default_factory=lambda: LIBRARY)
    mark: Mark | None = None

    def __post_init__(self) -> None:
        self.edge = Edge(self.clock, self._announce, self.mark)
        options = {"delay_s": str(self.delay_s)}
        self.gateway = Sandbox(Surroundings(self.clock, options))
        self.cashier = Cashier(
            self.edge, self.gateway, timeout=timedelta(seconds=5), lease=timedelta(seconds=30)
        )
        self.keeper = keeper_in(self.files)
        self.courier = Courier(self.edge, KEYRING, Fence(), Postman())
        self.desk = Desk(
            self.edge,
            self.hub,
            self.cashier,
            self.courier,
            self.keeper,
            Acquaintances(self.clock, emails=True),
            Loaders,
            test_clock=False,
            second_operator_over=self.limits,
        )

    def tick(self) -> None:
        """From here on its desk has the clock that processes have: each look is a statement."""
        self.desk = Market(clock=DatabaseClock(), hub=self.hub).desk  # type: ignore[arg-type]  # any clock will do

    async def _announce(self, events: Sequence[Event]) -> None:
        for event in events:
            self.hub.publish(f.topic for f in follow_ups(event) if isinstance(f, Nudge))

    async def place(
        self,
        *lines: orders.NewLine,
        buyer: Actor = ADA,
        seller: Actor = LAMPS,
        shipping: str = "4.90",
        discount: int = 0,
        paid: bool = True,
    ) -> Order:
        """Place an order as a buyer does, captured by the sandbox."""
        bought = lines or (line(),)
        currency = bought[0].unit_price.currency
        async with self.edge.transaction(buyer) as tx:
            for someone in (buyer, seller):
                await accounts.know(tx, NAMES[someone], NAMES[someone].title())
            assert buyer.user_id
            assert seller.user_id
            new = orders.NewOrder(
                buyer_id=buyer.user_id,
                seller_id=seller.user_id,
                currency=currency,
                lines=bought,
                shipping=Money.parse(shipping, currency),
                discount=Money(discount, currency),
            )
            order = await orders.place(tx, new, Role.BUYER)
            payment = await payments.open_payment(tx, order, "sandbox")
        if paid:
            assert await checkout.capture(self.cashier, order, payment)
        await order.refresh_from_db()
        return order

    async def ship(self, order: Order, **kwargs: Any) -> Order:
        seller = Actor(frozenset({Role.SELLER}), order.seller_id)
        shipment = orders.Shipment(
            carrier="Post", tracking_number="T1", promised_at=kwargs.get("promised_at")
        )
        async with self.edge.transaction(seller) as tx:
            return await shipping.ship(tx, order.id, shipment)

    async def deliver(self, order: Order) -> Order:
        """Ship it, and let the buyer confirm."""
        await self.ship(order)
        async with self.edge.transaction(Actor(frozenset({Role.BUYER}), order.buyer_id)) as tx:
            return await orders.confirm_receipt(tx, order.id)

    def context(
        self, actor: Actor | None, language: str = "en", *, key: str | None = FRESH
    ) -> Context:
        """A request of this person's, with an idempotency key in its header unless it is None."""
        identity = None
        if actor is not None:
            name = NAMES.get(actor, str(actor.user_id))
            identity = Identity(actor, name, name.title(), NOON + 365 * DAY)
        header = str(uuid4()) if key is FRESH else key
        return Context(self.desk, identity, language, "test", header)

    async def ask(
        self,
        actor: Actor | None,
        document: str,
        language: str = "en",
        *,
        key: str | None = FRESH,
        **variables: Any,
    ) -> dict[str, Any]:
        """Execute a document as somebody, and return its data; errors fail the test."""
        result = await self.execute(actor, document, language, key=key, **variables)
        assert result.errors is None, result.errors
        data: dict[str, Any] = result.data
        return data

    async def execute(
        self,
        actor: Actor | None,
        document: str,
        language: str = "en",
        *,
        key: str | None = FRESH,
        **variables: Any,
    ) -> Any:
        """Its data are as a client reads them."""
        context = self.context(actor, language, key=key)
        result = await self.front.run(Operation(document, variables, None, None), context, ONCE)
        result.data = orjson.loads(orjson.dumps(result.data))
        return result

    async def listen(self, actor: Actor | None, document: str, **variables: Any) -> Any:
        """Subscribe as somebody; iterate over what comes, close it with aclose()."""
        operation = Operation(document, variables, None, None)
        return self.front.stream(operation, self.context(actor, key=None), SUBSCRIPTIONS)

    @property
    def front(self) -> Front:
        return Front(schema, self.desk, TOKENS, library=self.library)


def gid(kind: str, id_: UUID) -> str:
    """The global id that clients know an object by."""
    return relay.to_base64(kind, id_)
