"""Measuring takes steps as the text grows, whatever fragments come to: counted, not timed (Q10)."""

from typing import Any

import pytest
from graphql import get_introspection_query, graphql_sync, parse

from ordergraph.api.documents.measuring import Cyclic, Measured, measure
from ordergraph.schema import schema
from tests.limits.hostile import GROWING, circling, spreading

SCHEMA = schema._schema


def measured(text: str) -> Measured:
    return measure(parse(text), SCHEMA)


@pytest.mark.parametrize("kind", GROWING)
def test_a_document_twice_as_long_takes_at_most_twice_the_steps(kind: str) -> None:
    """Q10."""
    short, long = (measured(GROWING[kind](count)).steps for count in (40, 80))

    assert short < long <= 2 * short + 2


def test_the_steps_are_as_many_as_the_document_has_nodes_and_not_as_its_fragments_expand_to() -> (
    None
):
    """Q10: 4^11 leaves."""
    found = measured(spreading(11))

    assert found.counts.root_fields == 4**11
    assert found.steps <= 2 * (11 * 4 + 2)
    assert found.full(None, {}).fields == 4**11


def test_what_fragments_come_to_stops_at_a_number_that_fits() -> None:
    found = measured(spreading(60))

    assert found.counts.root_fields == 2**31


def test_a_circle_of_fragments_has_no_size() -> None:
    with pytest.raises(Cyclic):
        measured(circling(5))


# fmt: off
COUNTED = [
    ("{ now }", "depth", 1),
    ("{ viewer { user { id } } }", "depth", 3),
    ("{ viewer { ... on Viewer { user { id } } } }", "depth", 3),
    ("{ viewer { ...V } } fragment V on Viewer { ...U } fragment U on Viewer { user { id } }", "depth", 3),
    ("{ now } fragment Unused on Viewer { user { id } }", "depth", 2),
    ("query A { now } query B { viewer { user { id } } }", "depth", 3),
    ("{ reasons(context: [[[[CANCELLATION]]]]) { handle } }", "depth", 4),
    ("query ($a: [[ID]]) { now }", "depth", 2),
    ("{ viewer @include(if: false) { user { id } } }", "depth", 3),
    ("{ a: now ...B } fragment B on Query { b: now c: now }", "aliases", 3),
    ("{ a: viewer { ...B } b: viewer { ...B } } fragment B on Viewer { c: user { id } }", "aliases", 4),
    ("{ now ...B ... { now } } fragment B on Query { now viewer { user { id displayName } } }", "root_fields", 4),
    ("{ now @skip(if: true) ...B @include(if: true) } fragment B on Query { now @include(if: true) }", "directives", 3),
    ("query ($b: Int @c) @a { now ... @d { now } }", "directives", 3),
    ("{ __schema { types { name ...T } } } fragment T on __Type { ofType { ofType { name } } }", "introspection_depth", 4),
    ("{ __schema { types { name ...T } } } fragment T on __Type { ofType { ofType { name } } }", "depth", 1),
    ("{ ...S } fragment S on Query { __schema { types { fields { name } } } }", "introspection_lists", 2),
    ('{ __type(name: "A") { ...T } } fragment T on __Type { fields { type { fields { name } } } }', "introspection_nesting", 2),
]
# fmt: on


@pytest.mark.parametrize(("text", "counted", "count"), COUNTED)
def test_each_count_sees_through_fragments(text: str, counted: str, count: int) -> None:
    """Q1, Q2, Q3, Q5."""
    assert getattr(measured(text).counts, counted) == count


PAGED = "{ viewer { purchases(first: 10) { nodes { id timeline%s { nodes { id } } } } } }"


# fmt: off
WEIGHED = [
    ("{ viewer { purchases { nodes { id } } } }",                               {}, 20),
    ("{ viewer { purchases(first: 7) { nodes { id } edges { node { id } } } } }", {}, 7),
    (PAGED % "(first: 10)",                                                       {}, 110),
    (PAGED % "",                                                                {}, 510),
    ("query ($n: Int!)" + PAGED % "(first: $n)",                          {"n": 30}, 310),
    ("query ($n: Int!)" + PAGED % "(first: $n)",                        {"n": 30.0}, 310),
    ("query ($n: Int! = 40)" + PAGED % "(first: $n)",                             {}, 410),
    ("query ($n: Int! = 40)" + PAGED % "(first: $n)",                      {"n": 1}, 20),
    ("query ($n: Int)" + PAGED % "(first: $n)",                                   {}, 510),
    (PAGED % "(first: -5)",                                                       {}, 10),
    ("{ dispute(id: 1) { messages { nodes { id } } } }",                        {}, 20),
    ("{ dispute(id: 1) { messages(last: 9) { nodes { id } } } }",               {}, 9),
    ("query ($l: Int) { dispute(id: 1) { messages(last: $l) { nodes { id } } } }", {"l": None}, 20),
    ("{ nodes(ids: [1, 2, 3]) { ... on Order { timeline(first: 2) { nodes { id } } } } }", {}, 9),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",        {"ids": list("abcd")}, 4),
    ("{ viewer { ...P ...P } } fragment P on Viewer { purchases(first: 3) { nodes { id } } }", {}, 6),
    ("{ viewer { purchases(first: 99999999999999999999999) { nodes { id } } } }", {}, 999999999999),
    ("{ viewer { purchases(first: 2) @include(if: false) { nodes { id } } } }", {}, 2),
    ("{ nothing(first: 5) { at { all } } }",                                    {}, 0),
]
# fmt: on


@pytest.mark.parametrize(("text", "variables", "nodes"), WEIGHED)
def test_pages_multiply(text: str, variables: dict[str, object], nodes: int) -> None:
    """Q6."""
    assert measured(text).full(None, variables).nodes == min(nodes, 2**31)


PREVIEWS = "query ($l: [LineQuantityInput!]) { nodes(ids: [1, 2]) { ... on Order { cancellationPreview%s { whole } } } }"


@pytest.mark.parametrize(
    ("given", "fields"), [("", 5), ("(lines: [])", 5), ("(lines: [{}])", 7), ("(lines: $l)", 11)]
)
def test_what_a_field_is_given_to_read_counts_each_time_that_it_is_answered(
    given: str, fields: int
) -> None:
    """Q6: a list of a thousand, given to a field that is answered a thousand times, is a million."""
    assert measured(PREVIEWS % given).full(None, {"l": [{}, {}, {}]}).fields == fields


def test_of_several_operations_the_one_is_weighed_that_will_run() -> None:
    found = measured("query A { now } query B { viewer { sales(first: 50) { nodes { id } } } }")

    assert [found.full(name, {}).nodes for name in ("A", "B", "C", None)] == [0, 50, 0, 0]


LEAF = "type { kind ofType { name kind } }"


# fmt: off
TOLD = [
    get_introspection_query(),
    '{ __type(name: "Mutation") { name fields { args { name } type { name possibleTypes { name } ofType { possibleTypes { name } } } } } }',
    '{ __type(name: "Node") { possibleTypes { name fields { name args { name } type { kind ofType { name } } } } } }',
    '{ __type(name: "WrongStateError") { interfaces { possibleTypes { name kind } } } }',
    "{ __schema { mutationType { fields { name args { name type { name } } } } queryType { fields { args { name } } } } }",
    "{ __schema { types { ...T inputFields { name ...I } } } } fragment I on __InputValue { " + LEAF + " }"
    " fragment T on __Type { possibleTypes { interfaces { name } } fields { args { ...I } " + LEAF + " } enumValues { name } }",
    "{ __schema { directives { name locations args { name type { name ofType { name ofType { name } } } } } } }",
]
# fmt: on


@pytest.mark.parametrize("text", TOLD)
def test_of_introspection_no_less_is_counted_than_is_answered(text: str) -> None:
    """Q6: and of the whole schema less than twice as much."""
    answered = _fields(graphql_sync(SCHEMA, text).data)

    assert answered <= measured(text).counts.introspection_fields + 2
    if "types" in text:
        assert measured(text).counts.introspection_fields < 2 * answered


def test_below_what_wraps_a_type_nothing_is_counted() -> None:
    """The standard query asks nine times what is in a list or not null; there is something three times."""
    deep, deeper = (
        measured("{ __schema { types { " + "ofType { " * n + "name" + " }" * (n + 3)).counts
        for n in (4, 9)
    )

    assert deep.introspection_fields == deeper.introspection_fields


def _fields(answer: Any) -> int:
    if isinstance(answer, dict):
        return sum(1 + _fields(value) for value in answer.values())
    return sum(map(_fields, answer)) if isinstance(answer, list) else 0
