"""Events: facts in the past tense. They carry ids and plain words, never free text of people."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from ordergraph.kernel.language import say

Plain = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to an order, or to what hangs on it."""

    known: ClassVar[dict[str, type["Event"]]] = {}
    type: ClassVar[str]
    """Its name for the outside world, such as `order.canceled`: webhooks and timelines use it."""
    says: ClassVar[Mapping[str, str]]
    """One line for the timeline, by language."""

    order_id: UUID

    def __init_subclass__(cls) -> None:
        if "type" in vars(cls):  # a base that only adds fields has no name
            Event.known[cls.type] = cls

    def to_json(self) -> dict[str, Plain]:
        kind: Any = type(self)
        return {name: _plain(getattr(self, name)) for name in _facts(kind)}

    @staticmethod
    def from_json(name: str, payload: Mapping[str, Plain]) -> "Event":
        """Read an event back; fields that a newer version added must have defaults."""
        kind = Event.known[name]
        hints = _hints(name)
        names = [f.name for f in fields(kind) if f.name in payload]
        facts: dict[str, Any] = {n: _typed(hints[n], payload[n]) for n in names}
        return kind(**facts)


@cache
def _facts(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


@cache
def _hints(name: str) -> Mapping[str, object]:
    """Looking them up takes longer than all the rest of reading an event."""
    return get_type_hints(Event.known[name])


def sentence(name: str, language: str) -> str:
    """The line of an event of that name; the name itself where nobody knows it any more."""
    kind = Event.known.get(name)
    return say(kind.says, language, {}) if kind else name


def _plain(value: object) -> Plain:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    assert isinstance(value, UUID), f"an event cannot carry {type(value)}"
    return str(value)


def _typed(hint: object, value: Plain) -> object:
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is datetime:
        return datetime.fromisoformat(str(value))
    assert isinstance(hint, type)
    return value if isinstance(value, hint) else hint(value)
