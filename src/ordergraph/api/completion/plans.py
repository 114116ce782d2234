"""What was written for a document is kept as long as the document, and no longer than there is room."""

import weakref
from asyncio import Future
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from ordergraph.api.completion.arguments import Given
from ordergraph.api.completion.chains import Chain, chain_of
from ordergraph.api.completion.steps import Step
from ordergraph.api.completion.values import NotPure
from ordergraph.api.completion.writing import Place, Writer, refuse_unusual
from ordergraph.api.selection import steering

FAILURES: Final = 3
"""After so many failures in a row a plan rests: its objects are of a kind that it was not made for."""
REST: Final = 100
"""How often it is passed over then."""
UNTRIED: Final = 1
"""How often a document runs without plans: most of those that are new never come again."""
EACH: Final = 1_000
"""How many fields are written for one document, for all values of its variables together."""
TOGETHER: Final = 30_000
"""How many fields are kept for all documents; a field takes some 1,000 bytes."""
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

    __slots__ = ("_given", "context", "executor", "waits")

    def __init__(self, executor: Executor[Any]) -> None:
        self.context = executor.context_value
        self.executor = executor
        self._given: dict[Given, dict[str, Any]] = {}
        self.waits: set[Future[Any]] = set()
        """For what items of some lists of a place would have to wait."""

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

    def run(self, value: Any, executor: Executor[Any]) -> tuple[Any, GroupedFieldSet] | None:
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
        return answer, {name: self._left[name] for name in late}

    def _fail(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._resting = REST


class Plans:
    """Of one operation: for each type and place, and what its variables include and skip."""

    __slots__ = ("_chains", "_places", "_steering", "_steps", "used")

    def __init__(self, executor: Executor[Any]) -> None:
        self._places: dict[Key, tuple[Plan | None, GraphQLOutputType, FieldDetailsList]] = {}
        """Type and nodes are in the key by their ids: beside the plan they are kept alive."""
        self._steering = steering((executor.operation, *executor.fragment_definitions.values()))
        self._steps: dict[Key, tuple[Step | None, FieldDetailsList]] = {}
        self._chains: dict[Key, Chain | None] = {}
        self.used = 0
        """How many fields were written."""

    def steer(self, executor: Executor[Any]) -> Key:
        """What the variables say that include and skip."""
        values = executor.variable_values.coerced
        return tuple([values.get(name) for name in self._steering])

    def chain(self, executor: Executor[Any], steer: Key) -> Chain | None:
        """How the whole operation runs, if it is a chain."""
        if steer not in self._chains:
            if self.used >= EACH:
                return None
            self._chains[steer] = chain_of(executor)
            self.used += 1
        return self._chains[steer]

    def step(
        self, executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList
    ) -> Step | None:
        """How a field is executed that is not completed with its object; None where graphql-core does it."""
        key = (id(kind), *[id(each.node) for each in details])
        if key not in self._steps:
            if self.used >= EACH:
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
        self,
        executor: Executor[Any],
        steer: Key,
        kind: GraphQLOutputType,
        details: FieldDetailsList,
    ) -> Plan | None:
        key = (steer, id(kind), *[id(each.node) for each in details])
        found = self._places.get(key)
        if found is None:
            if self.used >= EACH:
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

    def _spend(self) -> None:
        if self.used >= EACH:
            raise NotPure
        self.used += 1


class Shelf:
    """The plans of the operations that are in use; those of one whose document is gone are gone, too."""

    def __init__(self, together: int = TOGETHER, untried: int = UNTRIED) -> None:
        self._together = together
        self._untried = untried
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def used(self) -> int:
        kept = list(self._kept.values())  # some may be forgotten while we count
        return sum(each.plans.used for each in kept if each.plans)

    def plans(self, executor: Executor[Any]) -> Plans | None:
        """None for an operation that is new: it has to come again before it is worth the writing."""
        operation = executor.operation
        key = id(operation)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(weakref.ref(operation, partial(self._forget, key)))
        self._kept.move_to_end(key)
        if kept.plans is None:
            kept.uses += 1
            if kept.uses <= self._untried and operation.operation is not OperationType.SUBSCRIPTION:
                return None
            self._make_room()
            kept.plans = Plans(executor)
        return kept.plans

    def _make_room(self) -> None:
        while len(self._kept) > 1 and self.used >= self._together:
            self._kept.popitem(last=False)

    def _forget(self, key: int, _: object) -> None:
        self._kept.pop(key, None)


@dataclass(slots=True)
class _Kept:
    gone: weakref.ref[OperationDefinitionNode]
    """Forgets it all when its document is dropped."""
    uses: int = 0
    plans: Plans | None = None
