"""The contract: committed, current, described in every part."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    specified_scalar_types,
)

from ordergraph.schema import schema
from tests.house.walk import ROOT

TYPES = [
    kind
    for name, kind in schema._schema.type_map.items()
    if not name.startswith("__") and name not in specified_scalar_types
]
UNBOUNDED = {"Float", "JSON"}


def _called(kind: GraphQLNamedType) -> str:
    return kind.name


def test_the_committed_contract_is_the_one_that_is_served() -> None:
    """P4. `make schema` writes it."""
    assert (ROOT / "schema.graphql").read_text().rstrip() == schema.as_str().rstrip()


@pytest.mark.parametrize("kind", TYPES, ids=_called)
def test_every_type_is_described(kind: GraphQLNamedType) -> None:
    assert kind.description


@pytest.mark.parametrize("kind", TYPES, ids=_called)
def test_every_field_argument_and_value_is_described(kind: GraphQLNamedType) -> None:
    assert list(_undescribed(kind)) == []


def _undescribed(kind: GraphQLNamedType) -> Iterator[str]:
    if isinstance(kind, GraphQLEnumType):
        yield from (name for name, value in kind.values.items() if not value.description)
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in kind.fields.items():
            described = {name: field, **getattr(field, "args", {})}
            yield from (f"{name}: {part}" for part in described if not described[part].description)


def test_money_and_all_else_is_exact() -> None:
    """M9: no Float in the schema, and no blob without a shape."""
    assert not {kind.name for kind in TYPES} & UNBOUNDED
    assert "Float" not in schema._schema.type_map


def test_every_mutation_takes_one_input_and_answers_a_union_with_success_and_errors() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        capital = name[0].upper() + name[1:]
        union = getattr(field.type, "of_type", field.type)
        assert list(field.args) == ["input"], name
        assert isinstance(union, GraphQLUnionType), name
        members = [member.name for member in union.types]
        assert members[0] == f"{capital}Success", name
        assert all(member.endswith("Error") for member in members[1:]), name


def test_nobody_can_set_what_only_the_rules_may_set() -> None:
    """A4: states, owners, totals and moments are no inputs."""
    ruled = {"status", "buyerId", "sellerId", "totalMinor", "total", "paidAt", "dueAt", "version"}
    for kind in TYPES:
        if isinstance(kind, GraphQLInputObjectType):
            assert not ruled & set(kind.fields), kind.name
