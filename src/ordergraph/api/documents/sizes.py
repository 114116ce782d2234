"""How much a document answers when all pages are full: a formula, worked out for each request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    IntValueNode,
    ListValueNode,
    ValueNode,
    VariableNode,
)

from ordergraph.api.documents.limits import CAP
from ordergraph.api.pages import PAGE

PAGED: Final = ("first", "last")
"""The arguments that say how many items a page has."""
LISTED: Final = ("ids",)
"""Those whose items are answered one by one."""
READ: Final = ("lines",)
"""Those whose items are read anew each time that the field is answered; each takes as long as a field."""


class Full(NamedTuple):
    """What is answered when all pages are full."""

    nodes: int
    fields: int


NOTHING: Final = Full(0, 0)


@dataclass(frozen=True, slots=True)
class Given:
    """One argument that decides over a size, as the document has it."""

    literal: int | None
    variable: str | None
    default: int | None

    def of(self, variables: Mapping[str, Any]) -> int | None:
        """None where nothing is said. What is no size is refused later, for what it is."""
        if self.variable is None:
            return self.literal
        value = variables.get(self.variable, self.default)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)  # as GraphQL takes 20.0 for an Int
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Size:
    """How many items a field gives."""

    given: tuple[Given, ...]

    @property
    def varies(self) -> bool:
        return any(given.variable is not None for given in self.given)

    def of(self, variables: Mapping[str, Any]) -> int:
        said = [count for given in self.given if (count := given.of(variables)) is not None]
        return max(0, *said) if said else PAGE


@dataclass(slots=True)
class Block:
    """Fields that are answered equally often; and in them the pages, whose blocks are so more often."""

    fields: int = 0
    spreads: list[str] = field(default_factory=list)
    pages: "list[tuple[Size, Block]]" = field(default_factory=list)
    read: list[Size] = field(default_factory=list)
    """How many items its fields are given to read."""

    @property
    def varies(self) -> bool:
        """Whether variables say how long some of its pages are."""
        return any(size.varies or block.varies for size, block in self.pages) or any(
            size.varies for size in self.read
        )

    def full(self, variables: Mapping[str, Any], fragments: Mapping[str, Full]) -> Full:
        """Add it up; fragments that are not there count nothing."""
        nodes, answered = 0, self.fields + sum(size.of(variables) for size in self.read)
        for name in self.spreads:
            spread = fragments.get(name, NOTHING)
            nodes, answered = nodes + spread.nodes, answered + spread.fields
        for size, block in self.pages:
            items, inside = size.of(variables), block.full(variables, fragments)
            nodes += items * (1 + inside.nodes)
            answered += items * inside.fields
        return Full(min(nodes, CAP + 1), min(answered, CAP + 1))


def size_of(node: FieldNode, definition: GraphQLField | None) -> Size | None:
    """How many items this field gives; None for one that gives itself, or that is not there."""
    if definition is None:
        return None
    sizing = [name for name in (*PAGED, *LISTED) if name in definition.args]
    if not sizing:
        return None
    said = {argument.name.value: argument for argument in node.arguments or ()}
    return Size(tuple(_given(said.get(name), definition.args[name]) for name in sizing))


def read_by(node: FieldNode, definition: GraphQLField | None) -> list[Size]:
    """How many items this field is given to read, by each such argument that it has and is given."""
    args = definition.args if definition else {}
    said = [a for a in node.arguments or () if a.name.value in READ and a.name.value in args]
    return [Size((_given(each, args[each.name.value]),)) for each in said]


def _given(said: ArgumentNode | None, argument: GraphQLArgument) -> Given:
    default = argument.default_value if isinstance(argument.default_value, int) else None
    if said is None:
        return Given(default, None, None)
    if isinstance(said.value, VariableNode):
        return Given(None, said.value.name.value, default)
    return Given(_literal(said.value), None, None)


def _literal(value: ValueNode) -> int | None:
    if isinstance(value, ListValueNode):
        return len(value.values)
    # so many digits that int() would refuse them are no size that there is
    return int(value.value[:12]) if isinstance(value, IntValueNode) else None
