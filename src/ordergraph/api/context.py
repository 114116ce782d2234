"""What every resolver is given."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult

from ordergraph.api.batches import Known
from ordergraph.api.faults import Forbidden, Unauthenticated, is_whole
from ordergraph.identity.claims import NOBODY, Identity
from ordergraph.infra.coalescing import Coalescer
from ordergraph.infra.database import Edge, Tx
from ordergraph.infra.glances import Glances
from ordergraph.infra.hub import Hub
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.clock import Clock
from ordergraph.kernel.language import DEFAULT

if TYPE_CHECKING:
    from ordergraph.disputes.decisions.process import Limits
    from ordergraph.files.keeping import Keeper
    from ordergraph.loaders import Loaders
    from ordergraph.notifications.acquaintances import Acquaintances
    from ordergraph.outgoing.sending import Courier
    from ordergraph.refunds.sending import Cashier


@dataclass(frozen=True, slots=True)
class Desk:
    """What this process works with; made once, at its start."""

    edge: Edge
    hub: Hub
    cashier: "Cashier"
    courier: "Courier"
    keeper: "Keeper"
    acquaintances: "Acquaintances"
    loaders: "Callable[[Context], Loaders]"
    test_clock: bool
    second_operator_over: "Limits"
    glances: Glances = field(default_factory=Glances)
    coalescer: Coalescer = field(default_factory=Coalescer)


@dataclass(slots=True)
class Moment:
    """One operation, or one event of a subscription: what is looked up once for all of it.

    It is made empty before the first resolver: those that run side by side share one only if it is
    there before their tasks begin.
    """

    loaders: "Loaders | None" = None
    now: "asyncio.Future[datetime] | Known[datetime] | None" = None
    keys: Mapping[str, str] | None = None
    """The idempotency key of each field of this operation, by the name of its answer."""
    tx: Tx | None = None
    """The transaction that a mutation's key has opened."""
    after_a_part: bool = False
    """Of a subscription's event: something of the last one was missing, by a fault of ours."""


MOMENT: ContextVar[Moment] = ContextVar("ordergraph_moment")


def refresh(tx: Tx | None = None) -> None:
    """Forget what was looked up: a mutation begins, or has just ended. The keys stay known."""
    MOMENT.set(Moment(keys=MOMENT.get().keys, tx=tx))


@dataclass(slots=True)
class Context:
    """Lives as long as the request or the socket; what must be fresh hangs on the moment."""

    desk: Desk
    identity: Identity | None = None
    language: str = DEFAULT
    request_id: str = ""
    idempotency_key: str | None = None
    """From the header of a request; a socket lives for many, so there a key stands at its field."""
    handshake: dict[str, Any] = field(default_factory=dict, repr=False)
    connection_params: dict[str, Any] | None = field(default=None, repr=False)
    address: str = field(default="", repr=False)
    """Where the client is, as far as the server knows."""

    @property
    def actor(self) -> Actor:
        """Who asks; nobody sees nothing and may do nothing."""
        return self.identity.actor if self.identity else NOBODY

    def require_user(self) -> UUID:
        """Return the asking user's id, or refuse as unauthenticated."""
        if self.identity is None or self.identity.actor.user_id is None:
            raise Unauthenticated
        return self.identity.actor.user_id

    def require_operator(self) -> None:
        self.require_user()
        if Role.OPERATOR not in self.actor.roles:
            raise Forbidden

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """The one that the mutation's key has opened, and will commit; or one of its own."""
        self.require_user()
        tx = MOMENT.get().tx
        if tx is not None:
            return nullcontext(tx)
        return self.desk.edge.transaction(self.actor, self.request_id)

    @property
    def clock(self) -> Clock:
        return self.desk.edge.clock

    @property
    def load(self) -> "Loaders":
        moment = MOMENT.get()
        if moment.loaders is None:
            moment.loaders = self.desk.loaders(self)
        return moment.loaders

    @property
    def timed(self) -> bool:
        """Whether the instant that this answer is about is known, or asked for."""
        return MOMENT.get().now is not None

    def tell(self, now: datetime) -> None:
        """Take note of that instant: a statement has read the clock along."""
        moment = MOMENT.get()
        if moment.now is None:
            moment.now = Known(now)

    def now(self) -> Awaitable[datetime]:
        """The instant that this whole answer is about: read once."""
        moment = MOMENT.get()
        if moment.now is None:
            moment.now = asyncio.ensure_future(self.clock.now())
        # All who wait go on in one turn of the loop, so that their look-ups still become one batch.
        return moment.now if isinstance(moment.now, Known) else asyncio.shield(moment.now)


Info: TypeAlias = strawberry.Info[Context, None]


class FreshMoment(SchemaExtension):
    """Forgets what was looked up: before each operation and before each event of a subscription."""

    def on_operation(self) -> Iterator[None]:
        MOMENT.set(Moment())
        yield

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        yield
        MOMENT.set(Moment(after_a_part=not is_whole(result)))
