"""Every mutation needs a key, or says why not; and every success can be told again."""

from typing import Any

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLUnionType, get_named_type

from ordergraph.api.idempotency import EXEMPT, IDEMPOTENT, needs_key
from ordergraph.api.mutations import Exempt, Once
from ordergraph.api.pages import Edge
from ordergraph.schema import NODES, schema

MUTATION = schema._schema.mutation_type
assert MUTATION is not None
FIELDS: dict[str, GraphQLField] = dict(MUTATION.fields)
WITHOUT_A_KEY = {
    "attachmentConfirm",
    "threadMarkRead",
    "notificationsMarkRead",
    "testClockAdvance",
}
KEYED = sorted(set(FIELDS) - WITHOUT_A_KEY)


def _definition(name: str) -> Any:
    return FIELDS[name].extensions["strawberry-definition"]


def _union(name: str) -> GraphQLUnionType:
    union = get_named_type(FIELDS[name].type)
    assert isinstance(union, GraphQLUnionType)
    return union


def test_the_directive_is_part_of_the_contract() -> None:
    printed = schema.as_str()

    assert "directive @idempotent(" in printed
    assert schema._schema.get_directive("idempotent") is IDEMPOTENT


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_mutation_needs_a_key_or_says_why_not(name: str) -> None:
    kinds = [type(extension) for extension in _definition(name).extensions]

    assert needs_key(FIELDS[name]) is (name not in WITHOUT_A_KEY)
    assert (Once in kinds) is (name not in WITHOUT_A_KEY), "made by `mutation(…)`"
    assert (Exempt in kinds) is (name in WITHOUT_A_KEY)


@pytest.mark.parametrize("name", sorted(WITHOUT_A_KEY))
def test_the_reason_stands_beside_it(name: str) -> None:
    assert len(_definition(name).metadata[EXEMPT]) > 20


@pytest.mark.parametrize("name", KEYED)
def test_its_answer_may_be_that_the_key_is_taken(name: str) -> None:
    assert "IdempotencyError" in {member.name for member in _union(name).types}


def _is_looked_up(success: GraphQLObjectType, name: str) -> bool:
    """Whether it has a resolver of its own."""
    return success.fields[name].extensions["strawberry-definition"].base_resolver is not None


@pytest.mark.parametrize("name", KEYED)
def test_what_its_success_shows_can_be_found_again_by_id(name: str) -> None:
    """A key keeps ids alone: each field is a node, none, or the edge of a node that has a list."""
    success = _union(name).types[0]
    assert isinstance(success, GraphQLObjectType)
    for name_of, field in success.fields.items():
        if _is_looked_up(success, name_of):
            continue  # out of the objects beside it, and again in a repeat
        shown = get_named_type(field.type)
        python_type = schema.get_type_by_name(shown.name).origin  # type: ignore[union-attr]  # an object
        if issubclass(python_type, Edge):
            shown = get_named_type(shown.fields["node"].type)  # type: ignore[union-attr]  # an object
            assert hasattr(NODES[shown.name], "listed_by"), shown.name
        assert shown.name in NODES, f"{success.name} shows {shown.name}, which has no id"
