"""What an operation asks for at one place, field by field in the order of the spec, for whoever writes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

from ordergraph.api.selection import Fragments

LONGEST: Final = 63
"""Letters of a column's name; Postgres cuts what is longer."""


class Unwritable(Exception):
    """Something is asked for that does not stand in a column, or only if; or far too much."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Some nodes of a document that one field of the answer stands for, and what they may need."""

    nodes: Sequence[FieldNode]
    fragments: Fragments
    sizes: Mapping[str, int]
    """How long first pages are; those that are not here cannot be written."""

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    def below(self, kind: str) -> "dict[str, Asked]":
        """The fields of these objects, by their names in the answer, in the order of the spec.

        Raises Unwritable where directives or conditions on types decide.
        """
        found: dict[str, list[FieldNode]] = {}
        entered: set[str] = set()
        for parent in self.nodes:
            for node in _inside(parent.selection_set, self.fragments, kind, entered):
                found.setdefault((node.alias or node.name).value, []).append(node)
        if any(len(name) > LONGEST for name in found):
            raise Unwritable
        return {name: Asked(nodes, self.fragments, self.sizes) for name, nodes in found.items()}


def _inside(
    below: SelectionSetNode | None, fragments: Fragments, kind: str, entered: set[str]
) -> Iterator[FieldNode]:
    """Fragments are entered once."""
    for node in below.selections if below else ():
        if node.directives:
            raise Unwritable
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _of_fragment(node, fragments, kind, entered)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in entered:
            entered.add(node.name.value)
            yield from _of_fragment(fragments[node.name.value], fragments, kind, entered)


def _of_fragment(
    fragment: InlineFragmentNode | FragmentDefinitionNode,
    fragments: Fragments,
    kind: str,
    entered: set[str],
) -> Iterator[FieldNode]:
    condition = fragment.type_condition
    if condition is not None and condition.name.value not in {kind, "Node"}:
        raise Unwritable
    yield from _inside(fragment.selection_set, fragments, kind, entered)
