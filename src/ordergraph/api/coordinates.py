"""Where in the schema an error's path leads: `Order.refunds`, whatever the client called it there."""

from collections.abc import Iterator, Sequence
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

UNKNOWN: Final = "unknown"
Place = tuple[GraphQLNamedType | None, FieldNode]
"""A field of the document, with the type that it is asked of."""
Level = tuple[GraphQLNamedType | None, SelectionSetNode]


class Atlas:
    """One document that was validated against the schema, so that its fragments are no circles."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema, self._document = schema, document
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def coordinate(self, operation_name: str | None, path: Sequence[str | int] | None) -> str:
        """The schema coordinate of the field at this path of the answer."""
        steps = [step for step in path or () if isinstance(step, str)]
        operation = self._operation(operation_name)
        if operation is None or not steps:
            return UNKNOWN
        found = UNKNOWN
        places: list[Level] = [
            (self._schema.get_root_type(operation.operation), operation.selection_set)
        ]
        for step in steps:
            seen: set[str] = set()  # each fragment is walked once, however often it is spread
            at = [place for of, inside in places for place in self._called(step, of, inside, seen)]
            if not at:
                return UNKNOWN
            found = f"{at[0][0]}.{at[0][1].name.value}"
            places = [
                (self._type(of, node), node.selection_set) for of, node in at if node.selection_set
            ]
        return found

    def _operation(self, name: str | None) -> OperationDefinitionNode | None:
        found = [
            node
            for node in self._document.definitions
            if isinstance(node, OperationDefinitionNode)
            and (name is None or (node.name is not None and node.name.value == name))
        ]
        return found[0] if len(found) == 1 else None

    def _called(
        self, answer: str, of: GraphQLNamedType | None, inside: SelectionSetNode, seen: set[str]
    ) -> Iterator[Place]:
        """Every field that answers under this name, fragments included."""
        for node in inside.selections:
            if isinstance(node, FieldNode):
                if (node.alias or node.name).value == answer:
                    yield of, node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                yield from self._called(
                    answer,
                    self._schema.get_type(condition.name.value) if condition else of,
                    node.selection_set,
                    seen,
                )
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                narrowed = self._schema.get_type(fragment.type_condition.name.value)
                yield from self._called(answer, narrowed, fragment.selection_set, seen)

    def _type(self, of: GraphQLNamedType | None, node: FieldNode) -> GraphQLNamedType | None:
        field = getattr(of, "fields", {}).get(node.name.value)
        return get_named_type(field.type) if field else None
