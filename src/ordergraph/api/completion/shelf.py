"""What was written for a document is kept as long as the document, and no longer than there is room."""

import weakref
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from graphql import OperationDefinitionNode, OperationType
from graphql.execution import Executor

from ordergraph.api.completion.plans import Key, Plans, Room
from ordergraph.api.selection import steering

UNTRIED: Final = 1
"""How often a document runs without plans: most of those that are new never come again."""
TOGETHER: Final = 30_000
"""How many fields are kept for all documents; a field takes some 1,000 bytes."""
SETTLED: Final = 100
"""So many operations of a document lie between two times that plans give way to others: writing takes
longer than what it saves an operation or two.
"""


class Steered:
    """The plans of one operation, for each set of values of the variables that include and skip.

    When all room is used, those give way that were not used for longest, so that nobody's values stay
    without plans because somebody else's came first.
    """

    __slots__ = ("_kept", "_room", "_since", "_steering")

    def __init__(self, executor: Executor[Any]) -> None:
        self._steering = steering((executor.operation, *executor.fragment_definitions.values()))
        self._kept: OrderedDict[Key, Plans] = OrderedDict()
        self._room = Room()
        self._since = SETTLED
        """How many operations there were since some gave way."""

    @property
    def used(self) -> int:
        return self._room.used

    def plans(self, executor: Executor[Any]) -> Plans | None:
        """None where there is no room just now."""
        self._since += 1
        values = executor.variable_values.coerced
        steer = tuple([values.get(name) for name in self._steering])
        found = self._kept.get(steer)
        if found is not None:
            self._kept.move_to_end(steer)
            if not found.is_cut:
                return found
        return self._begun(executor, steer) or found

    def _begun(self, executor: Executor[Any], steer: Key) -> Plans | None:
        """Those of these values, from their beginning; None where others are in the way."""
        if self._room.is_full and not self._others_give_way(steer):
            return None
        cut = self._kept.pop(steer, None)
        if cut is not None:
            cut.forget()
        made = self._kept[steer] = Plans(executor, self._room)
        return made

    def _others_give_way(self, steer: Key) -> bool:
        """Half of the room, so that this is seldom done."""
        if self._since < SETTLED or self._kept.keys() <= {steer}:
            return False
        self._since = 0
        while self._room.is_half_full:
            self._kept.popitem(last=False)[1].forget()
        return True


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
        return sum(each.steered.used for each in kept if each.steered)

    def plans(self, executor: Executor[Any]) -> Plans | None:
        """None for an operation that is new: it has to come again before it is worth the writing."""
        operation = executor.operation
        key = id(operation)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(weakref.ref(operation, partial(self._forget, key)))
        self._kept.move_to_end(key)
        if kept.steered is None:
            kept.uses += 1
            if kept.uses <= self._untried and operation.operation is not OperationType.SUBSCRIPTION:
                return None
            self._make_room()
            kept.steered = Steered(executor)
        return kept.steered.plans(executor)

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
    steered: Steered | None = None
