"""Our short way through an operation answers, refuses and counts as Strawberry's long one does."""

from typing import Any

import pytest
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from ordergraph.api import execution
from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.infra.counters import ERRORS, OPERATIONS
from ordergraph.schema import schema
from tests.market import ADA, Market

READS = frozenset({OperationType.QUERY})
ORDER = "query O($id: ID!) { order(id: $id) { id number } }"
TWO = "query A { now } query B { __typename }"

Asked = tuple[str, str | None, dict[str, Any] | None]
ASKED: list[Asked] = [
    ("{ now }", None, None),
    ("query Me { viewer { user { id displayName } } }", None, None),
    ("query Me { viewer { user { id displayName } } }", "Me", {}),
    (TWO, "B", None),
    (ORDER, "O", {"id": "no id"}),
    (ORDER, "O", {}),
    (ORDER, "O", {"id": ["a", "list"]}),
    ("{ nodes(ids: []) { id } nonsense }", None, None),
    ("{ node(id: 5) { id ...F } } fragment F on Order { nothing }", None, None),
    ("{ node(id: 12345678901234567890) { id } }", None, None),
    ("{ disputes(first: -1) { edges { node { id } } } }", None, None),
    ("{ a: disputes(first: 101) { __typename } b: now }", None, None),
]
REFUSED: list[tuple[Asked, type[Exception]]] = [
    ((TWO, None, None), CannotGetOperationTypeError),
    ((TWO, "C", None), CannotGetOperationTypeError),
    ((TWO, "", None), CannotGetOperationTypeError),
    (("{ now } { now }", None, None), CannotGetOperationTypeError),
    (("fragment F on Query { now }", None, None), CannotGetOperationTypeError),
    (("mutation { __typename }", None, None), InvalidOperationTypeError),
    (("mutation { __typename } query Q { now }", None, None), InvalidOperationTypeError),
    (("subscription { notificationAdded { __typename } }", None, None), InvalidOperationTypeError),
]


async def _ours(market: Market, asked: Asked) -> Any:
    text, name, variables = asked
    document = Library(Limits()).open(schema._schema, text, name, variables or {})
    return await execution.run(schema, document, name, variables, market.context(ADA), READS)


async def _theirs(market: Market, asked: Asked) -> Any:
    text, name, variables = asked
    document = Library(Limits()).open(schema._schema, text, name, variables or {})
    return await schema.execute(
        document,
        variable_values=variables,
        context_value=market.context(ADA),
        operation_name=name,
        allowed_operation_types=READS,
    )


def _told(result: Any) -> tuple[str, Any, list[Any]]:
    """All that a client is told, and whether anything was run."""
    errors = [error.formatted for error in result.errors or []]
    return type(result).__name__, result.data, errors


def _counts() -> dict[tuple[Any, ...], float]:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for metric in (OPERATIONS, ERRORS)
        for family in metric.collect()
        for sample in family.samples
        if sample.name.endswith(("_count", "_total"))
    }


def _since(before: dict[tuple[Any, ...], float]) -> dict[tuple[Any, ...], float]:
    now = _counts()
    return {name: n - before.get(name, 0) for name, n in now.items() if n != before.get(name, 0)}


@pytest.mark.parametrize("asked", ASKED)
async def test_it_answers_as_strawberry_does_and_is_counted_alike(
    market: Market, asked: Asked
) -> None:
    before = _counts()
    theirs, counted = await _theirs(market, asked), _since(before)
    before = _counts()
    ours = await _ours(market, asked)

    assert _told(ours) == _told(theirs)
    assert _since(before) == counted != {}


@pytest.mark.parametrize(("asked", "refusal"), REFUSED)
async def test_it_refuses_as_strawberry_does(
    market: Market, asked: Asked, refusal: type[Exception]
) -> None:
    for way in (_theirs, _ours):
        with pytest.raises(refusal):
            await way(market, asked)


async def test_what_breaks_in_the_executor_itself_is_masked(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(schema.execution_context_class, "build", broken)

    (error,) = (await _ours(market, ("{ now }", None, None))).errors

    assert error.message == "Unexpected error."
    assert error.extensions["code"] == "INTERNAL"
