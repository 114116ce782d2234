"""A process is a table of moves: who may do what, from which state, to which state, or by which clock."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import NotAllowed, Refusal, WrongState

A = TypeVar("A", bound=StrEnum)
S = TypeVar("S", bound=StrEnum)
K = TypeVar("K", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Move(Generic[A, S]):
    """One row. `clock` names the deadline column that makes the move when nobody else does."""

    start: S
    action: A
    by: AbstractSet[Role]
    to: S
    clock: str | None = None


class Process(Generic[A, S]):
    """The life of one kind of object, as data."""

    def __init__(self, *, start: S, moves: tuple[Move[A, S], ...]) -> None:
        self.start = start
        self.moves = moves
        self._rows = {(move.start, move.action): move for move in moves}
        assert len(self._rows) == len(moves), "two rows for one action in one state"
        self._may = {(move.start, move.action, role) for move in moves for role in move.by}
        actions = {move.action for move in moves}
        self._roles = {
            action: frozenset(role for move in moves if move.action is action for role in move.by)
            for action in actions
        }
        self._shown: dict[tuple[Role, type[StrEnum]], tuple[tuple[A, Any], ...]] = {}
        self.states: tuple[S, ...] = tuple(type(start))
        self.final = {state for state in self.states if not any(m.start is state for m in moves)}

    def after(self, action: A, state: S, by: Role) -> S:
        """Return the state that follows, or refuse when the table has no such row."""
        if refusal := self.refusal(action, state, by):
            raise refusal
        return self._rows[state, action].to

    def allows(self, action: A, state: S, by: Role) -> bool:
        """Whether there is such a row. Guards refuse more than the table does, and never less."""
        return (state, action, by) in self._may

    def refusal(self, action: A, state: S, by: Role) -> Refusal | None:
        """Say why not, or None when the table allows it."""
        if self.allows(action, state, by):
            return None
        if (state, action) not in self._rows and by in self.roles(action):
            return WrongState(action=action, state=state)
        return NotAllowed(action=action, role=by)

    def ways(self, action: A, by: Role) -> tuple[list[S], S]:
        """From which states this role may do this, and to which: what one statement for many rows asks."""
        rows = [move for move in self.moves if move.action is action and by in move.by]
        assert len({move.to for move in rows}) == 1, f"{action} leads to no state, or to several"
        return [move.start for move in rows], rows[0].to

    def roles(self, action: A) -> AbstractSet[Role]:
        """List everyone who may do this in some state."""
        return self._roles.get(action, frozenset())

    def open_to(self, by: Role) -> list[A]:
        """List what this role may do at one time or another, in the order of the table."""
        return list(dict.fromkeys(move.action for move in self.moves if by in move.by))

    def shown_to(self, by: Role, kinds: type[K]) -> tuple[tuple[A, K], ...]:
        """Of these, what people know by the same name in `kinds`."""
        found = self._shown.get((by, kinds))
        if found is None:
            words = kinds.__members__
            found = tuple((a, words[a.value]) for a in self.open_to(by) if a.value in words)
            self._shown[by, kinds] = found
        return found

    def clocks(self, state: S) -> Iterator[Move[A, S]]:
        """List the moves that happen by themselves from this state."""
        return (move for move in self.moves if move.start is state and move.clock)
