"""Where in a document orders are asked for, and what the operation's variables say there."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from graphql import FieldNode, IntValueNode, VariableNode

from ordergraph.api.pages import LARGEST_PAGE
from ordergraph.api.selection import Selection, steering
from ordergraph.screens.asked import Said
from ordergraph.screens.parts import PAGES

REMEMBERED: Final = 500
"""How many statements are remembered; each is a text of up to 15,000 letters."""
Places: TypeAlias = tuple[Selection, ...]
"""Where in a document the same orders are asked for."""


@lru_cache(maxsize=1_000)
def in_connection(asked: Selection) -> Places:
    """Its orders are those of the edges, and of `nodes`."""
    both = asked.below("edges", "node"), asked.below("nodes")
    return tuple(place for place in both if place.nodes)


def said_by(asked: Selection, places: Places, variables: Mapping[str, Any]) -> Said:
    """What can be remembered of an operation: not its variables, but what they decide here."""
    sizes = []
    for path, nodes in _pages(places):
        size = _first(nodes, variables, PAGES[path][1])
        if size is not None:
            sizes.append((path, size))
    return Said(tuple(sizes), tuple([(name, variables.get(name)) for name in _steers(asked)]))


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


def _first(nodes: Sequence[FieldNode], variables: Mapping[str, Any], usual: int) -> int | None:
    """How many are asked for, if that is once, and only the first ones."""
    if len(nodes) != 1:
        return None
    given = {argument.name.value: argument.value for argument in nodes[0].arguments or ()}
    first = given.pop("first", None)
    if given:
        return None
    if isinstance(first, IntValueNode):
        size = int(first.value)
    elif isinstance(first, VariableNode):
        size = variables.get(first.name.value, usual)
    else:
        size = usual
    return size if size and 0 < size <= LARGEST_PAGE else None
