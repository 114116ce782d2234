"""What an operation asks for below one of its fields, so that one statement can bring all of it along.

A selection may tell of more than will be answered: @skip, @include and conditions on types are not
looked at. Nothing is lost by that but time.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import is_
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    SelectionSetNode,
    VariableNode,
)

from ordergraph.api.context import Info

MOST: Final = 1_000
"""How many selections are remembered, of all documents together."""

STEERS: Final = frozenset({"include", "skip", "defer", "stream"})
Fragments = Mapping[str, FragmentDefinitionNode]


class Selection:
    """The fields below some nodes of a document that are answered together."""

    __slots__ = ("_below", "fragments", "nodes")

    def __init__(self, nodes: Sequence[FieldNode], fragments: Fragments) -> None:
        self.nodes = nodes
        self.fragments = fragments
        self._below: dict[str, Selection] | None = None

    @classmethod
    def above(cls, name: str, asked: "Selection") -> "Selection":
        """What would be asked for of an object by whose field of this name it is asked for."""
        made = cls((), asked.fragments)
        made._below = {name: asked}
        return made

    @property
    def fields(self) -> Mapping[str, "Selection"]:
        """By their names in the schema; aliases of one field are one selection."""
        if self._below is None:
            found: dict[str, list[FieldNode]] = {}
            for node in _fields(self.nodes, self.fragments):
                found.setdefault(node.name.value, []).append(node)
            self._below = {name: Selection(nodes, self.fragments) for name, nodes in found.items()}
        return self._below

    def below(self, *path: str) -> "Selection":
        """What lies at the end of a path, however little that is."""
        here = self
        for name in path:
            here = here.fields.get(name) or Selection((), self.fragments)
        return here

    def has(self, *path: str) -> bool:
        """Whether the field at the end of this path is asked for."""
        return bool(self.below(*path).nodes)


_kept: OrderedDict[int, Selection] = OrderedDict()


def selected(info: Info) -> Selection:
    """What is asked for below the field that is being resolved. It is the same object each time that
    the same document runs, so that what follows from it can be remembered.
    """
    raw = info._raw_info  # noqa: SLF001  (Strawberry's own selected_fields makes everything anew)
    nodes = raw.field_nodes
    known = _kept.get(id(nodes[0]))
    if known is not None and _same(known.nodes, nodes):
        _kept.move_to_end(id(nodes[0]))
        return known
    found = _kept[id(nodes[0])] = Selection(tuple(nodes), raw.fragments)
    if len(_kept) > MOST:
        _kept.popitem(last=False)
    return found


def _same(some: Sequence[FieldNode], others: Sequence[FieldNode]) -> bool:
    """Whether they are the very same nodes: comparing what they say takes far longer."""
    return len(some) == len(others) and all(map(is_, some, others))


def steering(definitions: Iterable[Node]) -> tuple[str, ...]:
    """The variables that say which fields are answered, of these nodes and all below them."""
    names: set[str] = set()
    nodes: list[Any] = list(definitions)
    while nodes:
        node = nodes.pop()
        for directive in getattr(node, "directives", None) or ():
            if directive.name.value in STEERS:
                given = [argument.value for argument in directive.arguments or ()]
                names.update(v.name.value for v in given if isinstance(v, VariableNode))
        selected = getattr(node, "selection_set", None)
        nodes.extend(selected.selections if selected else ())
    return tuple(sorted(names))


def _fields(nodes: Sequence[FieldNode], fragments: Fragments) -> Iterator[FieldNode]:
    """All fields one level down, through fragments, each of which is entered once."""
    entered: set[str] = set()
    waiting = [node.selection_set for node in nodes if node.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
                entered.add(node.name.value)
                waiting.append(_body(fragments, node))


def _body(fragments: Fragments, spread: FragmentSpreadNode) -> SelectionSetNode:
    return fragments[spread.name.value].selection_set
