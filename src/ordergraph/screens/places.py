"""Where in a document orders are asked for, and what the operation's variables say there."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import IntValueNode, ValueNode, VariableNode

from ordergraph.api.pages import LARGEST_PAGE, Slice
from ordergraph.api.selection import Selection, steering
from ordergraph.screens.asked import Said
from ordergraph.screens.parts import PAGES

REMEMBERED: Final = 500
"""How many statements are remembered; each is a text of up to 15,000 letters."""
DISPUTE: Final = "dispute"
"""The field of an order that leads to it."""
Places: TypeAlias = tuple[Selection, ...]
"""Where in a document the same orders are asked for."""


@lru_cache(maxsize=1_000)
def in_connection(asked: Selection) -> Places:
    """Its orders are those of the edges, and of `nodes`."""
    both = asked.below("edges", "node"), asked.below("nodes")
    return tuple(place for place in both if place.nodes)


@lru_cache(maxsize=1_000)
def around_dispute(asked: Selection) -> Places:
    """Where a dispute is asked for without its order: it comes along with one of which only this is asked."""
    return (Selection.above(DISPUTE, asked),)


def said_by(asked: Selection, places: Places, variables: Mapping[str, Any]) -> Said:
    """What can be remembered of an operation: not its variables, but what they decide here."""
    return _always(asked, places) or _said(asked, places, variables)


@lru_cache(maxsize=1_000)
def _always(asked: Selection, places: Places) -> Said | None:
    """The same, where they decide nothing."""
    decide = _steers(asked) or any(end.variable for end in _ends(places))
    return None if decide else _said(asked, places, {})


def _said(asked: Selection, places: Places, variables: Mapping[str, Any]) -> Said:
    pages = []
    for end in _ends(places):
        size = end.size if end.variable is None else variables.get(end.variable, end.size)
        if size and 0 < size <= LARGEST_PAGE:
            pages.append((end.path, _page(size, forward=end.forward)))
    return Said(tuple(pages), tuple([(name, variables.get(name)) for name in _steers(asked)]))


@lru_cache(maxsize=1_000)
def _steers(asked: Selection) -> tuple[str, ...]:
    return steering((*asked.nodes, *asked.fragments.values()))


class _End(NamedTuple):
    """Where the first or last items of a list are asked for: so many, or as a variable says."""

    path: str
    """Its name in PAGES."""
    forward: bool
    size: int | None
    variable: str | None


@lru_cache(maxsize=1_000)
def _ends(places: Places) -> tuple[_End, ...]:
    """Of each list with pages, if one page of it is asked for, and that lies at one of its ends."""
    ends = []
    for path, (_, usual) in PAGES.items():
        nodes = [node for place in places for node in place.below(*path.split(".")).nodes]
        given = {a.name.value: a.value for node in nodes for a in node.arguments or ()}
        if len(nodes) == 1 and given.keys() <= {"first"}:
            ends.append(_End(path, True, *_size(given.get("first"), usual)))
        elif len(nodes) == 1 and given.keys() == {"last"}:
            ends.append(_End(path, False, *_size(given["last"], None)))
    return tuple(ends)


def _size(said: ValueNode | None, usual: int | None) -> tuple[int | None, str | None]:
    """How many items, and which variable knows better."""
    if isinstance(said, IntValueNode):
        return int(said.value), None
    return usual, said.name.value if isinstance(said, VariableNode) else None


@lru_cache(maxsize=2 * LARGEST_PAGE)
def _page(size: int, *, forward: bool) -> Slice:
    return Slice(size) if forward else Slice(last=size)
