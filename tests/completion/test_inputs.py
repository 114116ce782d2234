"""Arguments are converted as Strawberry converts them, for every field of the schema that takes some."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)
from graphql.utilities import coerce_input_value
from strawberry.types.arguments import convert_arguments

from ordergraph.api.completion.inputs import conversion
from ordergraph.api.completion.reading import BACKREF
from ordergraph.schema import schema

TRIES: Final = 20
VALUES: Final[dict[str, tuple[object, ...]]] = {
    "ID": ("T3JkZXI6Nw==", "T3JkZXI6OA==", "7", ""),
    "String": ("", "plain", "\U0001f4e6"),
    "Int": (0, 7, -1),
    "Boolean": (True, False),
    "Decimal": ("12.30", "0"),
    "DateTime": ("2026-11-23T12:00:00Z",),
    "CurrencyCode": ("EUR", "JPY"),
}


def asked() -> Iterator[tuple[str, GraphQLField]]:
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if field.args and BACKREF in field.extensions:
                    yield f"{kind.name}.{name}", field


ASKED: Final = dict(asked())


def some(kind: Any, random: Random) -> Any:
    """A value as a client may write it: right by its form, though some ids are none."""
    if isinstance(kind, GraphQLNonNull):
        while (value := some(kind.of_type, random)) is None:
            pass
        return value
    if random.random() < 0.2:
        return None
    if isinstance(kind, GraphQLList):
        return [some(kind.of_type, random) for _ in range(random.randrange(3))]
    if isinstance(kind, GraphQLEnumType):
        return random.choice(list(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: some(field.type, random)
            for name, field in kind.fields.items()
            if isinstance(field.type, GraphQLNonNull) or random.random() < 0.7
        }
    return random.choice(VALUES[kind.name])


def coerced(field: GraphQLField, random: Random) -> dict[str, Any]:
    """What graphql-core makes of some arguments."""
    return {
        name: coerce_input_value(some(argument.type, random), argument.type)
        for name, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) or random.random() < 0.7
    }


@pytest.mark.parametrize("name", ASKED)
def test_what_is_made_of_them_is_the_same(name: str) -> None:
    field, random = ASKED[name], Random(name)  # noqa: S311  (the same at each run)
    arguments = field.extensions[BACKREF].arguments
    registry = schema.schema_converter.scalar_registry
    convert = conversion(arguments, schema)

    for _ in range(TRIES):
        given = coerced(field, random)
        try:
            theirs = convert_arguments(given, arguments, registry, schema.config)
        except GraphQLError:
            with pytest.raises(ValueError):  # noqa: PT011  (Strawberry says what is wrong)
                convert(given)
        else:
            ours = convert(given)
            assert ours == theirs
            assert repr(ours) == repr(theirs)  # of the same classes
