"""The fingerprint of what a mutation is asked for: equal requests, equal words, however written."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from enum import Enum
from functools import cache
from typing import Any, Final

from strawberry import relay

EXACT: Final = Context(prec=100)
"""More digits than a Decimal of the API can have."""


ENCODE: Final = json.JSONEncoder(sort_keys=True).encode


def fingerprint(arguments: Mapping[str, Any]) -> str:
    """SHA-256 over the arguments as the resolver gets them: variables, literals and defaults alike."""
    return hashlib.sha256(ENCODE(_plain(arguments)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return _writer(value.__class__)(value)


@cache
def _writer(kind: type) -> Callable[[Any], Any]:
    """How values of this class are written."""
    for known, write in WRITTEN:
        if issubclass(kind, known):
            return write
    assert is_dataclass(kind), f"{kind} is no input"
    return _input(tuple((field.name, _usual(field)) for field in fields(kind)))


def _input(usual: Sequence[tuple[str, Callable[[], Any]]]) -> Callable[[Any], Any]:
    """What has its default is left out: a field that a newer version adds changes no fingerprint."""

    def write(given: Any) -> Any:
        said = [(name, getattr(given, name), default) for name, default in usual]
        return {name: _plain(value) for name, value, default in said if value != default()}

    return write


def _usual(field: Field[Any]) -> Callable[[], Any]:
    """Makes the default of a field; MISSING, which nothing equals, where it has none."""
    return (lambda: field.default) if field.default_factory is MISSING else field.default_factory


# fmt: off
WRITTEN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    # the first kind that fits, and how it is written
    (Enum,                     lambda word: word.name),
    ((str, int, type(None)),   lambda value: value),
    (Decimal,                  lambda number: str(number.normalize(EXACT))),
    (datetime,                 lambda moment: moment.astimezone(UTC).isoformat()),
    (relay.GlobalID,           str),
    (list,                     lambda items: [_plain(item) for item in items]),
    (Mapping,                  lambda given: {name: _plain(value) for name, value in given.items()}),
)
# fmt: on
