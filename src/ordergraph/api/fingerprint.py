"""The fingerprint of what a mutation is asked for: equal requests, equal words, however written."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Final

from strawberry import relay

EXACT: Final = Context(prec=100)
"""More digits than a Decimal of the API can have."""


def fingerprint(arguments: Mapping[str, Any]) -> str:
    """SHA-256 over the arguments as the resolver gets them: variables, literals and defaults alike."""
    said = json.dumps(_plain(arguments), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _plain(value: Any) -> Any:
    for kind, write in WRITTEN:
        if isinstance(value, kind):
            return write(value)
    assert is_dataclass(value), f"{type(value)} is no input"
    return {name: _plain(given) for name, given in _said(value)}


def _said(input_: Any) -> Iterator[tuple[str, Any]]:
    """What has its default is left out: a field that a newer version adds changes no fingerprint."""
    for field in fields(input_):
        given = getattr(input_, field.name)
        made = field.default_factory
        if given != (field.default if made is MISSING else made()):
            yield field.name, given


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
