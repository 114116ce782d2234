"""How large a document may be, and the one way to say that it is larger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from math import ceil
from typing import Any, Final

from ordergraph.api.faults import Fault

CAP: Final = 2**31 - 1
"""Where counting ends: fragments that spread one another soon pass every number a client reads."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may hold at most. Fragments count wherever they are spread, each time."""

    tokens: int = 2_000
    depth: int = 12
    """Fields inside of fields; lists, objects and types inside of each other alike."""
    aliases: int = 30
    root_fields: int = 20
    directives: int = 20
    nodes: int = 5_000
    """Items that all pages could hold: the sizes of pages inside of each other multiply."""
    fields: int = 50_000
    """Fields that would be answered if all pages were full."""
    introspection_depth: int = 20
    """What is under `__schema` and `__type` counts apart: the standard query is 15 deep."""
    introspection_lists: int = 20
    """Lists that are asked for there: the standard query has 9."""
    introspection_nesting: int = 2
    """How many of those lie inside of each other, arguments apart."""
    introspection_fields: int = 70_000
    """Fields that would be answered there, by how long the schema's lists are: twice the standard query with
    all that it may ask for, which takes a fifth of a second."""


class LimitExceeded(Fault):
    """A document that is not run, or not to its end; it says which limit, its maximum, and what was found."""

    def __init__(self, limit: str, maximum: int, found: int, *, or_more: bool = False) -> None:
        plus = " or more" if or_more or found > CAP else ""
        most = min(found, CAP)
        super().__init__(
            f"The document may have {maximum} {_SPELLED[limit]} at most; this one has {most}{plus}.",
            "LIMIT_EXCEEDED",
        )
        self.extensions = {
            "code": "LIMIT_EXCEEDED",
            "limit": limit,
            "maximum": maximum,
            "found": most,
        }


_SPELLED: Final[Mapping[str, str]] = {
    "tokens": "tokens",
    "depth": "levels of nesting",
    "aliases": "aliases",
    "rootFields": "root fields",
    "directives": "directives",
    "nodes": "nodes, the sizes of pages multiplied,",
    "fields": "fields, the sizes of pages multiplied,",
    "items": "items of lists in its answer",
    "bytes": "bytes in its answer",
    "comparisons": "comparisons of fields with the same name in one place",
    "introspectionDepth": "levels of introspection",
    "introspectionLists": "lists of introspection",
    "introspectionNesting": "lists of introspection inside of each other",
    "introspectionFields": "fields of introspection, the schema's lists multiplied,",
}


def exceeded(found: Any, limits: Limits) -> Iterator[LimitExceeded]:
    """Compare what was counted, in a dataclass with the limits' own names, with the limits."""
    for each in fields(found):
        most, count = getattr(limits, each.name), ceil(getattr(found, each.name))
        if count > most:
            yield LimitExceeded(_camel(each.name), most, count)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
