"""Where in a document orders are asked for, and what the operation's variables say there."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from graphql import FieldNode, IntValueNode, ValueNode, VariableNode

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
    pages = []
    for path, nodes in _pages(places):
        page = _at_an_end(nodes, variables, PAGES[path][1])
        if page is not None:
            pages.append((path, page))
    return Said(tuple(pages), tuple([(name, variables.get(name)) for name in _steers(asked)]))


@lru_cache(maxsize=1_000)
def _steers(asked: Selection) -> tuple[str, ...]:
    return steering((*asked.nodes, *asked.fragments.values()))


@lru_cache(maxsize=1_000)
def _pages(places: Places) -> tuple[tuple[str, tuple[FieldNode, ...]], ...]:
    """Where lists with pages are asked for, each by its name in PAGES."""
    return tuple(
        (path, nodes)
        for path in PAGES
        if (nodes := tuple(n for place in places for n in place.below(*path.split(".")).nodes))
    )


def _at_an_end(
    nodes: Sequence[FieldNode], variables: Mapping[str, Any], usual: int
) -> Slice | None:
    """The page that is asked for, if it is one, and the first one or the last one of its list."""
    if len(nodes) != 1:
        return None
    given = {argument.name.value: argument.value for argument in nodes[0].arguments or ()}
    if given.keys() == {"last"}:
        size = _size(given["last"], variables, None)
        return Slice(last=size) if size else None
    if given.keys() <= {"first"}:
        size = _size(given.get("first"), variables, usual)
        return Slice(size) if size else None
    return None


def _size(said: ValueNode | None, variables: Mapping[str, Any], usual: int | None) -> int | None:
    """How many items of a page that is; None for what has none, or too many."""
    size = usual
    if isinstance(said, IntValueNode):
        size = int(said.value)
    elif isinstance(said, VariableNode):
        size = variables.get(said.name.value, usual)
    return size if size and 0 < size <= LARGEST_PAGE else None
