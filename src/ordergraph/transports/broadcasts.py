"""Subscriptions to the state of one object that would be answered alike: answered once, told to each.

Alike is what comes from an equal `Asked`. Whoever answers is given that and nothing else of any listener,
so that no answer can depend on who of them it was made for.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextvars import Context as Surroundings
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol, Self
from uuid import UUID

import orjson
import structlog
from graphql import FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry import relay
from strawberry.types import ExecutionResult

from ordergraph.api.context import Context, Desk
from ordergraph.api.documents.library import Document
from ordergraph.api.faults import is_whole, presentable
from ordergraph.api.ids import peek
from ordergraph.api.live import Live, live_at
from ordergraph.api.metered import count, stream_over
from ordergraph.identity.claims import Identity
from ordergraph.infra.hub import LOOK_AGAIN_S
from ordergraph.transports.answers import nothing_ran, written
from ordergraph.transports.operation import Operation
from ordergraph.transports.pace import Pace
from ordergraph.transports.places import Places

TURNS: Final = 100
"""In how many parts all look again, one after the other."""
AT_ONCE: Final = 250
"""How many are told before others have their turn."""
NEVER: Final = datetime.max.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Whoever is told. Neither waits for anybody to read."""

    broadcast: "Broadcast | None"
    """Where it listens."""

    def tell(self, answer: bytes) -> None:
        """The object as it stands now, as JSON. One that is not yet read is out of date."""

    def end(self, errors: list[Any]) -> None:
        """It is over, and this is why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All that an answer depends on."""

    document: Document
    name: str | None
    variables: bytes
    """Those that the operation declares: others change nothing, and would make what is alike unlike."""
    identity: Identity
    """Without what is a token's own: when each listener's ends is for its line to watch."""
    language: str

    @classmethod
    def of(cls, document: Document, operation: Operation, context: Context) -> Self:
        assert context.identity is not None, "who is not known follows nothing"
        declared, given = document.operation(operation.name).variables, operation.variables or {}
        variables = {name: value for name, value in given.items() if name in declared}
        return cls(
            document,
            operation.name,
            orjson.dumps(variables, option=orjson.OPT_SORT_KEYS),
            replace(context.identity, expires_at=NEVER, token_id=None, issued_at=None),
            context.language,
        )

    @property
    def operation(self) -> Operation:
        return Operation(self.document, orjson.loads(self.variables), self.name, None)

    @property
    def weight(self) -> float:
        return self.document.weight(self.name, orjson.loads(self.variables))

    def context(self, desk: Desk) -> Context:
        return Context(desk, self.identity, self.language)


class House(Protocol):
    """Where it is answered: the process's front."""

    @property
    def desk(self) -> Desk: ...
    @property
    def places(self) -> Places: ...
    @property
    def pace(self) -> Pace: ...

    async def show(self, asked: Asked, context: Context, shown: object) -> ExecutionResult:
        """Answer what was asked, about this object."""


class Followed(NamedTuple):
    """What a subscription is about."""

    live: Live[Any]
    id: UUID
    name: str | None
    """What the operation is called."""


def followed(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Followed | None:
    """The object whose state a valid subscription follows; None for what has to be run to be known."""
    (root, *others) = operation.selection_set.selections
    if others or not isinstance(root, FieldNode) or root.directives:
        return None
    assert schema.subscription_type is not None
    declared = schema.subscription_type.fields.get(root.name.value)
    live = None if declared is None else live_at(declared)
    if declared is None or live is None:
        return None
    values = get_variable_values(schema, operation.variable_definitions or (), dict(variables))
    if not isinstance(values, VariableValues):
        return None
    try:
        (given,) = get_argument_values(declared, root, values).values()
        id_ = peek(relay.GlobalID.from_id(given), live.kind)
    except (GraphQLError, relay.GlobalIDValueError):
        return None
    name = operation.name.value if operation.name else None
    return None if id_ is None else Followed(live, id_, name)


class Broadcast:
    """One subscription with all its listeners. Nothing of it runs between two changes.

    Each listener is told the state that was read after it came, and each later one that is newer than
    what it was told: in their order, and the last of them always, though it may have to wait for its turn.
    """

    __slots__ = (
        "_about",
        "_asked",
        "_context",
        "_house",
        "_looking",
        "_over",
        "_stale",
        "_told",
        "_weight",
    )

    def __init__(
        self, asked: Asked, about: Followed, house: House, over: Callable[[], None]
    ) -> None:
        self._asked, self._about, self._house, self._over = asked, about, house, over
        self._context, self._weight = asked.context(house.desk), asked.weight
        self._told: dict[Listener, int | None] = {}
        """Which version each was told: none, as long as something of it was missing by a fault of ours."""
        self._stale = False
        self._looking: asyncio.Task[None] | None = None
        house.desk.hub.add(self._topic, self.look)

    @property
    def _topic(self) -> str:
        return self._about.live.topic(self._about.id)

    def join(self, listener: Listener) -> None:
        self._told[listener] = None
        listener.broadcast = self
        self._house.places.running += 1
        self.look()

    def leave(self, listener: Listener, outcome: str = "ok") -> None:
        """Tell this one nothing more; nothing is left behind the last."""
        del self._told[listener]
        listener.broadcast = None
        self._house.places.running -= 1
        stream_over(self._about.name, outcome)
        if not self._told:
            self._house.desk.hub.discard(self._topic, self.look)
            self._over()
            if self._looking is not None and self._looking is not asyncio.current_task():
                self._looking.cancel()

    def look(self) -> None:
        """There may be something new. Who comes while we look is looked for once more."""
        self._stale = True
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), context=Surroundings())

    async def _look(self) -> None:
        try:
            while self._stale and self._told:
                self._stale = False
                await self._tell(list(self._told))
        except Exception as problem:  # noqa: BLE001  (whatever it is: they are told, and wait no more)
            error = presentable(GraphQLError(str(problem), original_error=problem))
            count([error])
            self._end([error.formatted])
        finally:
            self._looking = None

    async def _news(self, there: list[Listener]) -> tuple[Any, int, list[Listener]]:
        """How it stands, which version that is, and who was not told it."""
        row, version, _ = await self._about.live.seen(self._context, self._about.id)
        return row, version, [one for one in there if self._told.get(one, version) != version]

    async def _turn(self, behind: list[Listener]) -> bool:
        """Whether they had to wait for their turn. Who has just come has paid for it by subscribing."""
        who = self._context.actor.user_id
        if who is None or all(self._told.get(one) is None for one in behind):
            return False
        return await self._house.pace.turn(who, self._weight)

    async def _tell(self, there: list[Listener]) -> None:
        row, version, behind = await self._news(there)
        if await self._turn(behind):
            row, version, behind = await self._news(there)
        if not behind:
            return
        result = await self._house.show(self._asked, self._context, self._about.live.of(row))
        if nothing_ran(result):
            self._end([error.formatted for error in result.errors or ()])
            return
        answer, told = written(result), version if is_whole(result) else None
        for place, listener in enumerate(behind):
            if place % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            if listener in self._told:
                self._told[listener] = told
                self._say(listener, lambda one: one.tell(answer))

    def _end(self, errors: list[Any]) -> None:
        for listener in list(self._told):
            self.leave(listener, "errors")
            self._say(listener, lambda one: one.end(errors))

    def _say(self, listener: Listener, what: Callable[[Listener], None]) -> None:
        """One who cannot be told anything keeps nothing from the others."""
        try:
            what(listener)
        except Exception:
            log.exception("broadcast.listener_failed", operation=self._about.name)
            if listener in self._told:
                self.leave(listener, "errors")


class Broadcasts:
    """Those of this process. What no nudge told of is found within LOOK_AGAIN_S all the same."""

    def __init__(self) -> None:
        self._all: dict[Asked, Broadcast] = {}
        self._turns = tuple(set[Broadcast]() for _ in range(TURNS))
        """Who looks again at which turn, so that not all do at once."""
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._all)

    def of(self, asked: Asked, about: Followed, house: House) -> Broadcast:
        """Where whoever asks this listens; join it in the same turn of the loop."""
        found = self._all.get(asked)
        if found is None:
            turn = min(self._turns, key=len)
            found = Broadcast(asked, about, house, lambda: self._drop(asked, turn))
            self._all[asked] = found
            turn.add(found)
            self._timer = self._timer or self._later()
        return found

    def _drop(self, asked: Asked, turn: set[Broadcast]) -> None:
        turn.discard(self._all.pop(asked))
        if not self._all and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(LOOK_AGAIN_S / TURNS, self._look_again)

    def _look_again(self) -> None:
        self._next = (self._next + 1) % TURNS
        for broadcast in self._turns[self._next]:
            broadcast.look()
        self._timer = self._later()
