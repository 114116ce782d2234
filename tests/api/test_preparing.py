"""An operation that was prepared before is executed as one that graphql-core prepares anew."""

from typing import Any, Final

import pytest
from graphql import GraphQLError

from ordergraph.api import preparing
from ordergraph.api.documents.library import Document, Library
from ordergraph.api.documents.limits import Limits
from ordergraph.schema import schema
from tests.market import ADA, Market

SIMPLE: Final = """query Q($id: ID!, $first: Int, $all: Boolean, $role: Role, $text: String) {
    node(id: $id) { id @include(if: $all) }
    disputes(first: $first) { nodes { ...F } }
}
fragment F on Dispute { id }"""
BY_DEFAULT: Final = "query Q($id: ID = 5, $first: Int! = 3) { node(id: $id) { id } }"
LISTED: Final = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }"
COMPOUND: Final = """mutation M($input: OrderCancelInput!, $key: String) {
    orderCancel(input: $input) @idempotent(key: $key) { __typename }
}"""
NONE: Final = "{ now }"

GIVEN: Final[list[tuple[str, dict[str, Any] | None]]] = [
    (SIMPLE, {"id": "x"}),
    (SIMPLE, {"id": 5, "first": 20.0, "all": False, "role": "SELLER", "text": "ä"}),
    (SIMPLE, {"id": "x", "first": None, "all": None, "role": None, "text": None}),
    (SIMPLE, {"id": "x", "more": 1, "__proto__": {}}),
    (SIMPLE, {}),
    (SIMPLE, None),
    (SIMPLE, {"id": None}),
    (SIMPLE, {"id": True}),
    (SIMPLE, {"id": ["x"], "first": "1", "all": 1, "role": "KING", "text": 1}),
    (SIMPLE, {"id": "x", "first": 2**40}),
    (SIMPLE, {"id": "x", "first": True}),
    (SIMPLE, {"id": "x", "role": {}}),
    (BY_DEFAULT, {}),
    (BY_DEFAULT, {"id": None}),
    (BY_DEFAULT, {"first": None}),
    (BY_DEFAULT, {"id": "y", "first": 1}),
    (LISTED, {"ids": ["a", 1]}),
    (LISTED, {"ids": "a"}),
    (LISTED, {"ids": [None]}),
    (COMPOUND, {"input": {"orderId": "x", "reasonHandle": "y"}, "key": "k"}),
    (COMPOUND, {"input": {}}),
    (COMPOUND, {"input": []}),
    (NONE, {}),
    (NONE, {"a": 1}),
    (NONE, None),
]


def _opened(text: str) -> Document:
    return Library(Limits()).open(schema._schema, text, None, {})


def _told(made: Any) -> Any:
    """All that the executor was given, or what it was refused for."""
    if isinstance(made, list):
        assert all(isinstance(error, GraphQLError) for error in made)
        return [error.formatted for error in made]
    names = ("fragments", "fragment_definitions", "field_resolver", "type_resolver", "operation",
             "schema", "subscribe_field_resolver", "hide_suggestions", "is_awaitable", "hooks",
             "is_async_iterable", "abort_signal", "operation_extensions", "middleware_manager",
             "root_value", "context_value", "enable_early_execution", "error_propagation")  # fmt: skip
    sources = {
        name: (
            each.value,
            each.signature.name,
            str(each.signature.type),
            bool(each.signature.default),
        )
        for name, each in made.variable_values.sources.items()
    }
    coerced = made.variable_values.coerced
    kinds = [(name, type(value)) for name, value in coerced.items()]
    return [sources, coerced, kinds, *(getattr(made, name) for name in names)]


@pytest.mark.parametrize(("text", "variables"), GIVEN)
async def test_it_is_made_of_the_same(
    market: Market, text: str, variables: dict[str, Any] | None
) -> None:
    document, context, root = _opened(text), market.context(ADA), object()
    for _, each in (given for given in GIVEN if given[0] == text):
        preparing.executor_of(schema, document, None, each, context, root)
    assert list(document.prepared) == [None]

    made = preparing.executor_of(schema, document, None, variables, context, root)
    document.prepared.clear()
    anew = preparing.executor_of(schema, document, None, variables, context, root)

    assert _told(made) == _told(anew)


def test_what_nobody_can_prepare_is_not_kept(market: Market) -> None:
    document = _opened("query A { now } query B { __typename }")

    for name in ("C", "D", None):
        made = preparing.executor_of(schema, document, name, None, market.context(ADA), None)
        assert isinstance(made, list)
    assert document.prepared == {}

    preparing.executor_of(schema, document, "B", None, market.context(ADA), None)
    assert document.prepared["B"].like.operation.name.value == "B"


def test_another_schema_prepares_it_for_itself(market: Market) -> None:
    document, other = _opened(NONE), schema.uncompiled()

    for one in (schema, other, schema):
        for _ in range(2):
            made: Any = preparing.executor_of(one, document, None, None, market.context(ADA), None)
            assert type(made) is one.execution_context_class


def test_simple_variables_are_not_looked_up_again(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, asked = _opened(SIMPLE), []
    monkeypatch.setattr(preparing, "get_variable_values", lambda *given: asked.append(given) or [])
    for number in range(3):
        made = preparing.executor_of(
            schema, document, None, {"id": str(number)}, market.context(ADA), None
        )
        assert not isinstance(made, list)
    assert asked == []

    assert preparing.executor_of(schema, document, None, {}, market.context(ADA), None) == []
    assert len(asked) == 1


OF_THE_DOCUMENT = {"fragments", "fragment_definitions"}
"""Only read, by whoever executes it."""


@pytest.mark.parametrize("one", [schema, schema.uncompiled()], ids=["compiled", "plain"])
def test_executors_share_nothing_that_one_of_them_writes_to(market: Market, one: Any) -> None:
    """Whatever differs between two that graphql-core makes differs between two that are made alike."""
    document = _opened(SIMPLE)

    def made(*, anew: bool) -> dict[str, Any]:
        if anew:
            document.prepared.clear()
        who: Any = preparing.executor_of(
            one, document, None, {"id": "1"}, market.context(ADA), object()
        )
        return {name: getattr(who, name) for name in vars(who)}

    first, second = made(anew=True), made(anew=True)
    third, fourth = made(anew=False), made(anew=False)
    own = {name for name in first if first[name] is not second[name]} - OF_THE_DOCUMENT

    assert third.keys() == first.keys()
    assert own >= {*preparing.OWN, "context_value", "root_value", "variable_values"}
    assert [name for name in own if third[name] is fourth[name]] == []
