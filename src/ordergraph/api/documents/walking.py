"""One walk over one definition of a document: what it has by itself, and what it spreads."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeNode,
    ValueNode,
    get_named_type,
    value_from_ast_untyped,
)
from strawberry.types.graphql import OperationType

from ordergraph.api.documents.about_schema import DEEPEST, items
from ordergraph.api.documents.sizes import Block, read_by, size_of

Definition = OperationDefinitionNode | FragmentDefinitionNode
ROOTS: Final = frozenset({"__schema", "__type"})
NESTABLE: Final = frozenset({"types", "fields", "inputFields", "interfaces", "possibleTypes"})
LISTS: Final = NESTABLE | {"args", "enumValues", "directives"}
"""The lists of introspection."""


@dataclass(slots=True)
class Counts:
    """What is held against the limits of the same names."""

    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    introspection_depth: int = 0
    introspection_lists: int = 0
    introspection_nesting: int = 0
    introspection_fields: float = 0
    """How many would be answered, by how long the schema's lists are."""


class Place(NamedTuple):
    """Where in a definition a selection stands, and in what."""

    parent: GraphQLNamedType | None
    block: Block
    depth: int = 0
    """How many fields are around it; those of introspection have a count of their own."""
    meta_depth: int = 0
    nesting: int = 0
    meta: bool = False
    """Whether it is part of introspection."""
    times: float = 1
    """How often a selection there is answered, in introspection."""
    wrapped: int = 0
    """In how many `ofType` it stands, without anything between them."""


@dataclass(slots=True)
class Part:
    """One definition, measured by itself."""

    block: Block
    kind: OperationType | None = None
    """None for a fragment."""
    counts: Counts = field(default_factory=Counts)
    spreads: list[tuple[str, Place]] = field(default_factory=list)
    roots: Counter[str] = field(default_factory=Counter)
    """The fields that are in no other; where a fragment is spread there, they are the operation's."""
    variables: set[str] = field(default_factory=set)
    """Those that an operation declares."""
    defaults: dict[str, Any] = field(default_factory=dict)
    """What they are where nothing is given."""
    steps: int = 0


def walk(definition: Definition, schema: GraphQLSchema) -> Part:
    """Measure a definition, valid or not; the parser has bounded how deep it nests."""
    walking = _Walk(schema)
    walking.begin(definition)
    return walking.part


class _Walk:
    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._items = items(schema)
        self.part = Part(Block())

    def begin(self, definition: Definition) -> None:
        self._directives(definition.directives)
        if isinstance(definition, FragmentDefinitionNode):
            name = definition.type_condition.name.value
            place = Place(self._type(name), self.part.block, meta=name.startswith("__"))
        else:
            self.part.kind = OperationType(definition.operation.value)
            self._variables(definition)
            place = Place(self._schema.get_root_type(definition.operation), self.part.block)
        self._selections(definition.selection_set, place)

    def _variables(self, operation: OperationDefinitionNode) -> None:
        for variable in operation.variable_definitions or ():
            self.part.steps += 1
            self._directives(variable.directives)
            self._nest(variable.type, 0)
            name = variable.variable.name.value
            self.part.variables.add(name)
            if variable.default_value is not None:
                self._nest(variable.default_value, 0)
                self.part.defaults[name] = value_from_ast_untyped(variable.default_value)

    def _selections(self, selections: SelectionSetNode, place: Place) -> None:
        for node in selections.selections:
            self.part.steps += 1
            self._directives(node.directives)
            if isinstance(node, FieldNode):
                self._field(node, place)
            elif isinstance(node, FragmentSpreadNode):
                self.part.spreads.append((node.name.value, place))
                place.block.spreads.append(node.name.value)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                parent = self._type(condition.name.value) if condition else place.parent
                self._selections(node.selection_set, place._replace(parent=parent))

    def _field(self, node: FieldNode, place: Place) -> None:
        counts, name = self.part.counts, node.name.value
        place.block.fields += 1
        counts.aliases += node.alias is not None
        if place.depth == 0:
            counts.root_fields += 1
            self.part.roots[name] += 1
        for argument in node.arguments or ():
            self._nest(argument.value, 0)
        here = self._meta(name, place) if place.meta else place._replace(depth=place.depth + 1)
        counts.depth = max(counts.depth, here.depth)
        if node.selection_set is not None:
            self._selections(node.selection_set, self._inside(node, here))

    def _meta(self, name: str, place: Place) -> Place:
        """A field of introspection."""
        counts, wrapped = self.part.counts, place.wrapped + 1 if name == "ofType" else 0
        counts.introspection_fields += place.times
        here = place._replace(
            meta_depth=place.meta_depth + 1,
            nesting=place.nesting + (name in NESTABLE),
            times=place.times * self._items.get(f"{place.parent}.{name}", 1),
            wrapped=wrapped,
        )
        if wrapped > DEEPEST:  # nothing is found there
            here = here._replace(times=0)
        counts.introspection_depth = max(counts.introspection_depth, here.meta_depth)
        counts.introspection_lists += name in LISTS
        counts.introspection_nesting = max(counts.introspection_nesting, here.nesting)
        return here

    def _inside(self, node: FieldNode, here: Place) -> Place:
        """The place of what a field selects."""
        name = node.name.value
        if name in ROOTS:
            kind = self._type("__Schema" if name == "__schema" else "__Type")
            return here._replace(meta=True, parent=kind, times=self._items.get(name, 1))
        definition = _field_of(here.parent, name)
        size, block = size_of(node, definition), here.block
        here.block.read += read_by(node, definition)
        if size is not None:
            block = Block()
            here.block.pages.append((size, block))
        parent = get_named_type(definition.type) if definition else None
        return here._replace(parent=parent, block=block)

    def _directives(self, directives: "tuple[DirectiveNode, ...] | None") -> None:
        for directive in directives or ():
            self.part.steps += 1
            self.part.counts.directives += 1
            for argument in directive.arguments or ():
                self._nest(argument.value, 0)

    def _nest(self, node: ValueNode | TypeNode, level: int) -> None:
        """Lists, objects and types inside of each other are depth, too."""
        self.part.steps += 1
        inner = list(_inner(node))
        if inner:
            self.part.counts.depth = max(self.part.counts.depth, level + 1)
        for each in inner:
            self._nest(each, level + 1)

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self._schema.get_type(name)


def _field_of(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        fields: dict[str, GraphQLField] = parent.fields
        return fields.get(name)
    return None


def _inner(node: ValueNode | TypeNode) -> Iterator[ValueNode | TypeNode]:
    if isinstance(node, ListValueNode):
        yield from node.values
    elif isinstance(node, ObjectValueNode):
        yield from (each.value for each in node.fields)
    elif isinstance(node, ListTypeNode | NonNullTypeNode):
        yield node.type
