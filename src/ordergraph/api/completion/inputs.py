"""What graphql-core makes of arguments, as resolvers take it: Strawberry's conversion, prepared.

For each request Strawberry looks up anew how each field of an input is called, and of which type it is.
Here that is done once for a field at one place in a document. What cannot be converted so, Strawberry
converts, and says what is wrong with it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING
from typing import Any, Final, TypeAlias

from strawberry import UNSET, relay
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType

from ordergraph.api.completion.values import NotPure

Convert: TypeAlias = Callable[[Any], Any]
Taken: TypeAlias = tuple[tuple[str, str, Convert], ...]
"""What is taken from a mapping: its name in the schema, its name in Python, and its conversion."""
DEEPEST: Final = 10
"""Inputs within inputs; one that is within itself would have no end."""


def conversion(arguments: list[StrawberryArgument], schema: Any) -> Convert:
    """From graphql-core's arguments to a resolver's; raises NotPure where only Strawberry knows."""
    named = schema.config.name_converter.from_argument
    taken = tuple(
        (named(each), each.python_name, _nullable(_converter(each.type, schema, DEEPEST)))
        for each in arguments
    )
    return lambda given: dict(_converted(taken, given))


def _converter(kind: Any, schema: Any, deep: int) -> Convert:
    """As Strawberry's `convert_argument`, for what is neither null nor left out."""
    if isinstance(kind, StrawberryMaybe) or not deep:
        raise NotPure
    if isinstance(kind, StrawberryOptional):
        return _converter(kind.of_type, schema, deep)
    if isinstance(kind, StrawberryList):
        return _list_of(_nullable(_converter(kind.of_type, schema, deep)))
    if isinstance(kind, LazyType):
        return _converter(kind.resolve_type(), schema, deep)
    if kind is relay.GlobalID:
        return relay.GlobalID.from_id
    if _is_leaf(kind, schema):
        return _as_it_is
    return _input(kind, schema, deep - 1)


def _is_leaf(kind: Any, schema: Any) -> bool:
    """Of these graphql-core has made all that there is to be made."""
    enum = isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind)
    return enum or is_scalar(kind, schema.schema_converter.scalar_registry)


def _input(kind: Any, schema: Any, deep: int) -> Convert:
    definition = kind.__strawberry_definition__ if has_object_definition(kind) else None
    if definition is None or not definition.is_input or definition.from_input is not None:
        raise NotPure
    named = schema.config.name_converter.from_field
    kinds = [field.resolve_type(type_definition=definition) for field in definition.fields]
    taken = tuple(
        (named(field), field.python_name, _nullable(_converter(kind_of_it, schema, deep)))
        for field, kind_of_it in zip(definition.fields, kinds, strict=True)
    )
    nulls = {
        f.python_name: None
        for f in definition.fields
        if f.default_value is MISSING and f.default_factory is MISSING
    }
    return lambda given: kind(**{**nulls, **dict(_converted(taken, given))})


def _converted(taken: Taken, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((ours, convert(given[name])) for name, ours, convert in taken if name in given)


def _list_of(convert: Convert) -> Convert:
    return lambda given: [convert(each) for each in given]


def _nullable(convert: Convert) -> Convert:
    if convert is _as_it_is:
        return convert
    return lambda given: given if given is None or given is UNSET else convert(given)


def _as_it_is(given: Any) -> Any:
    return given
