"""What a resolver is called with beside its object: the arguments of a field at one place in a document."""

from enum import Enum
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    GraphQLField,
    IntValueNode,
    NullValueNode,
    StringValueNode,
)
from graphql.execution import Executor, get_argument_values
from strawberry.types.arguments import StrawberryArgument, convert_arguments

from ordergraph.api.completion.inputs import Convert, conversion
from ordergraph.api.completion.reading import BACKREF
from ordergraph.api.completion.values import INERT, NotPure, refused

PLAIN: Final = (
    BooleanValueNode, EnumValueNode, FloatValueNode, IntValueNode, NullValueNode, StringValueNode,
)  # fmt: skip
"""Literals in which there is no room for a variable."""


class Given:
    """Made by graphql-core and Strawberry, and kept by who may keep it.

    As long as the document, where no variable has a part in it and nothing of it can be changed: a list
    or an input that some resolver did change would be wrong in all answers to come. All else is made
    for each answer anew, and shared by the objects in it, for resolvers only read.
    """

    __slots__ = ("_convert", "_field", "_literal", "_node", "always")

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        """Nodes that are answered under one name have the same arguments, so any of them will do."""
        self._field = field
        self._node = node
        self._literal = all(isinstance(each.value, PLAIN) for each in node.arguments or ())
        self._convert: Convert | None = None
        self.always: dict[str, Any] | None = None
        """What it is in every answer, once that is known."""

    def make(self, executor: Executor[Any], told: Any) -> dict[str, Any]:
        """The keyword arguments, by what the variables are; raises as graphql-core and Strawberry do."""
        return self.converted(executor, self.coerced(executor), told)

    def coerced(self, executor: Executor[Any]) -> dict[str, Any]:
        """Graphql-core's part of it."""
        return get_argument_values(self._field, self._node, executor.variable_values)

    def converted(
        self, executor: Executor[Any], coerced: dict[str, Any], told: Any
    ) -> dict[str, Any]:
        """Strawberry's part of it; by Strawberry itself where ours fails."""
        ours, arguments = strawberrys(executor), self._field.extensions[BACKREF].arguments
        if self._convert is None:
            self._convert = _prepared(arguments, ours)
        try:
            made: dict[str, Any] = self._convert(coerced)
        except Exception:  # noqa: BLE001  (Strawberry does it again, and tells what is wrong)
            registry = ours.schema_converter.scalar_registry
            made = convert_arguments(coerced, arguments, registry, ours.config, told)
        if self._literal and all(map(_is_fixed, made.values())):
            self.always = made
        return made


def _prepared(arguments: list[StrawberryArgument], schema: Any) -> Convert:
    try:
        return conversion(arguments, schema)
    except NotPure:
        return lambda given: refused(given, None)


def strawberrys(executor: Executor[Any]) -> Any:
    """Strawberry's schema, behind graphql-core's."""
    schema: Any = executor.schema
    return schema._strawberry_schema  # noqa: SLF001  (there Strawberry's own Info finds it, too)


def _is_fixed(value: object) -> bool:
    return value is None or value.__class__ in INERT or isinstance(value, Enum)
