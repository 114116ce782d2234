"""What is written for an operation, place by place, as its places are met."""

from asyncio import Future
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import GraphQLError, GraphQLObjectType, GraphQLOutputType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from ordergraph.api.bounded import BoundedExecutor
from ordergraph.api.completion.arguments import Given
from ordergraph.api.completion.chains import Chain, chain_of
from ordergraph.api.completion.steps import Step
from ordergraph.api.completion.values import NotPure
from ordergraph.api.completion.writing import Place, Writer, refuse_unusual

FAILURES: Final = 3
"""After so many failures in a row a plan rests: its objects are of a kind that it was not made for."""
REST: Final = 100
"""How often it is passed over then."""
EACH: Final = 1_000
"""How many fields are written for one document, for all values of its variables together."""
Key: TypeAlias = tuple[object, ...]


class ToWait(Exception):
    """Items of lists would have to wait for these: all of them have asked, so that loaders answer them
    together.
    """

    def __init__(self, futures: Collection[Future[Any]]) -> None:
        super().__init__()
        self.futures = futures


class Told:
    """What resolvers are told instead of Strawberry's Info: who asks for more of it is not pure."""

    __slots__ = ("_given", "_room", "context", "executor", "items", "waits")

    def __init__(self, executor: BoundedExecutor) -> None:
        self.context = executor.context_value
        self.executor = executor
        self._given: dict[Given, dict[str, Any]] = {}
        self.waits: set[Future[Any]] = set()
        """For what items of some lists of a place would have to wait."""
        self.items = 0
        """How many all its lists have, so far."""
        self._room = executor.most - executor.items

    def take(self, items: int) -> None:
        """Count so many more. Those of an attempt that comes to nothing do not count in the end."""
        self.items += items
        if self.items > self._room:
            raise NotPure

    def given(self, asked: Given) -> dict[str, Any]:
        """A field's arguments, made once for all objects that are answered together."""
        known = self._given.get(asked) if asked.always is None else asked.always
        if known is None:
            known = self._given[asked] = asked.make(self.executor, self)
        return known


class Plan:
    """How the values of one place in a document are completed, and what becomes of the attempts."""

    __slots__ = ("_complete", "_failures", "_left", "_resting")

    def __init__(self, complete: Place, left: GroupedFieldSet) -> None:
        self._complete = complete
        self._left = left
        self._failures = 0
        self._resting = 0

    def run(self, value: Any, executor: BoundedExecutor) -> tuple[Any, GroupedFieldSet] | None:
        """The answer, and the fields that it still lacks; None where graphql-core has to do it all.

        Raises ToWait where items of a list would have to wait; then it can be tried again.
        """
        if self._resting:
            self._resting -= 1
            return None
        late: list[str] = []
        told = Told(executor)
        try:
            answer = self._complete(value, told, late)
        except Exception:  # noqa: BLE001  (graphql-core does it again, and tells what is wrong)
            self._fail()
            return None
        self._failures = 0
        if told.waits:
            raise ToWait(told.waits)
        executor.items += told.items
        return answer, {name: self._left[name] for name in late}

    def _fail(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._resting = REST


@dataclass(slots=True)
class Room:
    """How many fields are written for one document, for all values of its variables together."""

    used: int = 0

    @property
    def is_full(self) -> bool:
        return self.used >= EACH

    @property
    def is_half_full(self) -> bool:
        return self.used > EACH // 2


class Plans:
    """Of one operation, and of what its variables include and skip: for each type and place."""

    __slots__ = ("_places", "_room", "_steps", "chain", "is_cut", "used")

    def __init__(self, executor: Executor[Any], room: Room) -> None:
        self._places: dict[Key, tuple[Plan | None, GraphQLOutputType, FieldDetailsList]] = {}
        """Type and nodes are in the key by their ids: beside the plan they are kept alive."""
        self._steps: dict[Key, tuple[Step | None, FieldDetailsList]] = {}
        self._room = room
        self.used = 0
        """How many fields were written; itself it is one."""
        self.is_cut = False
        """Whether there was no room for all that was to be written."""
        self.chain: Chain | None = chain_of(executor)
        """How the whole operation runs, if it is a chain."""
        self._spend()

    def forget(self) -> None:
        """Leave the room to others; what still runs with these writes on an account of its own."""
        self._room.used -= self.used
        self._room = Room(self.used)

    def step(
        self, executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList
    ) -> Step | None:
        """How a field is executed that is not completed with its object; None where graphql-core does it."""
        key = (id(kind), *[id(each.node) for each in details])
        if key not in self._steps:
            if self._lacks_room():
                return None
            self._steps[key] = self._stepping(executor, kind, details), details
        return self._steps[key][0]

    def _stepping(
        self, executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList
    ) -> Step | None:
        try:
            self._spend()
            return Step.of(executor, kind, details)
        except NotPure:
            return None

    def plan(
        self, executor: Executor[Any], kind: GraphQLOutputType, details: FieldDetailsList
    ) -> Plan | None:
        key = (id(kind), *[id(each.node) for each in details])
        found = self._places.get(key)
        if found is None:
            if self._lacks_room():
                return None
            found = self._places[key] = self._write(executor, kind, details), kind, details
        return found[0]

    def _write(
        self, executor: Executor[Any], kind: GraphQLOutputType, details: FieldDetailsList
    ) -> Plan | None:
        try:
            self._spend()
            writer = Writer(executor, self._spend)
            refuse_unusual(details)
            if isinstance(kind, GraphQLObjectType):
                return Plan(*writer.place(kind, details))
            complete = writer.complete(kind, details, required=True)
            return Plan(lambda value, told, _: complete(value, told), {})
        except (NotPure, GraphQLError, RecursionError):
            return None

    def _lacks_room(self) -> bool:
        self.is_cut = self.is_cut or self._room.is_full
        return self._room.is_full

    def _spend(self) -> None:
        if self._lacks_room():
            raise NotPure
        self._room.used += 1
        self.used += 1
