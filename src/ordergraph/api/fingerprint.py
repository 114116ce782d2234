"""The fingerprint of what a mutation is asked for: equal requests, equal words, however written."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from enum import Enum
from typing import Any, Final

from strawberry import UNSET, relay

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
    return _fields({f.name: getattr(value, f.name) for f in fields(value)})


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was left out and has no default stays left out."""
    return {name: _plain(value) for name, value in given.items() if value is not UNSET}


# fmt: off
WRITTEN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    # the first kind that fits, and how it is written
    (Enum,                     lambda word: word.name),
    ((str, int, type(None)),   lambda value: value),
    (Decimal,                  lambda number: str(number.normalize(EXACT))),
    (datetime,                 lambda moment: moment.astimezone(UTC).isoformat()),
    (relay.GlobalID,           str),
    (list,                     lambda items: [_plain(item) for item in items]),
    (Mapping,                  _fields),
)
# fmt: on
