"""What an operation asks for at one place, field by field in the order of the spec, for whoever writes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)
from strawberry import relay

from ordergraph.api.pages import Slice
from ordergraph.api.selection import Fragments

INCLUDES: Final = {"include": True, "skip": False}


class Unwritable(Exception):
    """Something is asked for that does not stand in a column; or far too much."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the variables of an operation say of what is asked for; it can be remembered by."""

    pages: tuple[tuple[str, Slice], ...] = ()
    """The first or last pages of lists, by their names in PAGES; others cannot come along."""
    steers: tuple[tuple[str, object], ...] = ()
    """The values of the variables that include and skip."""

    def page(self, path: str) -> Slice:
        """Raises Unwritable."""
        found = dict(self.pages).get(path)
        if found is None:
            raise Unwritable
        return found

    def steered(self, name: str) -> bool:
        """Raises Unwritable for a variable that nobody looked at, and for null, which is refused."""
        found = dict(self.steers).get(name)
        if not isinstance(found, bool):
            raise Unwritable
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """Some nodes of a document that one field of the answer stands for."""

    nodes: Sequence[FieldNode]
    fragments: Fragments
    said: Said
    skipped: set[int] = field(default_factory=set)
    """The ids of nodes that were met and are not answered."""

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    def below(self, kind: str) -> "dict[str, Asked]":
        """The fields of these objects, by their names in the answer, in the order of the spec.

        What is asked for of objects of another type is not answered. Raises Unwritable where other
        conditions on types decide, or directives that we do not know.
        """
        found: dict[str, list[FieldNode]] = {}
        entered: set[str] = set()
        for parent in self.nodes:
            for node in self._inside(parent.selection_set, kind, entered):
                found.setdefault((node.alias or node.name).value, []).append(node)
        return {
            name: Asked(nodes, self.fragments, self.said, self.skipped)
            for name, nodes in found.items()
        }

    def _inside(
        self, below: SelectionSetNode | None, kind: str, entered: set[str]
    ) -> Iterator[FieldNode]:
        """Fragments are entered once."""
        for node in below.selections if below else ():
            if not all(map(self._includes, node.directives or ())):
                self.skipped.add(id(node))
            elif isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._of_fragment(node, kind, entered)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
                entered.add(node.name.value)
                yield from self._of_fragment(self.fragments[node.name.value], kind, entered)

    def _of_fragment(
        self,
        fragment: InlineFragmentNode | FragmentDefinitionNode,
        kind: str,
        entered: set[str],
    ) -> Iterator[FieldNode]:
        condition = fragment.type_condition
        if condition is None or condition.name.value in {kind, "Node"}:
            yield from self._inside(fragment.selection_set, kind, entered)
        elif condition.name.value not in _with_ids():
            raise Unwritable

    def _includes(self, directive: DirectiveNode) -> bool:
        wanted = INCLUDES.get(directive.name.value)
        if wanted is None:
            raise Unwritable
        (condition,) = (argument.value for argument in directive.arguments or ())
        if isinstance(condition, VariableNode):
            return self.said.steered(condition.name.value) is wanted
        return isinstance(condition, BooleanValueNode) and condition.value is wanted


@cache
def _with_ids() -> frozenset[str]:
    """All types of objects that have an id: none of them is another one, or one kind of it."""
    return frozenset(kind.__name__ for kind in relay.Node.__subclasses__())
