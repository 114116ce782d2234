"""Answers by compiled code are graphql-core's: data, errors, their paths, places and order.

Documents are random ones over the real schema; objects are of its types, and some of what they say is
null where it may not be, raised, awaited, or of a wrong type. COMPLETION_DOCUMENTS says how many documents.
"""

import gc
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from inspect import isawaitable
from random import Random
from typing import Any, Self, TypeAlias

import pytest
from graphql import DocumentNode, GraphQLSchema, execute
from graphql.execution import ExecutionResult, MiddlewareManager
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Plain

from ordergraph.schema import schema as real
from tests.completion.dressing import VARIABLES, Dresser
from tests.completion.dropping import DROPS, dropped_here  # noqa: F401  (a fixture)
from tests.completion.small import hasty, shelved
from tests.completion.twin import Slow, Twin, twin
from tests.completion.worlds import World

DOCUMENTS = int(os.environ.get("COMPLETION_DOCUMENTS", "20"))
pytestmark = [DROPS, pytest.mark.timeout(120 + DOCUMENTS)]


Answer: TypeAlias = tuple[Any, list[dict[str, Any]]]
"""Data and errors."""
ABSENT = object()
"""For a variable that is not given."""
COMPILED = shelved(hasty())
WRONG = (0, 0, 1, 3, 10)
"""Of a hundred values, in each world."""
SCALARS = {
    "Decimal": st.sampled_from(("12.30", "0")).map(nodes.String),
    "DateTime": st.just(nodes.String("2026-11-23T12:00:00Z")),
    "CurrencyCode": st.just(nodes.String("EUR")),
}


@dataclass(frozen=True)
class Stage:
    """A schema, and worlds of its objects."""

    schema: GraphQLSchema
    worlds: list[World]

    @classmethod
    def of(cls, kind: type[Twin]) -> Self:
        schema = twin(kind)
        return cls(schema, [World(schema, seed, wrong) for seed, wrong in enumerate(WRONG * 3)])


@pytest.fixture(scope="module")
def at_once() -> Stage:
    return Stage.of(Twin)


@pytest.fixture(scope="module")
def turn_by_turn() -> Stage:
    return Stage.of(Slow)


async def _run(
    schema: GraphQLSchema, document: DocumentNode, root: Any, values: dict[str, Any], by: Any
) -> Answer:
    result = execute(
        schema,
        document,
        root_value=root,
        context_value=object(),
        variable_values=values,
        executor_class=by,
        middleware=MiddlewareManager(),
        is_awaitable=optimized_is_awaitable,
        operation_extensions=None,
    )
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return result.data, [dict(error.formatted) for error in result.errors or ()]


@dataclass(frozen=True)
class Comparison:
    """What was answered to one document over one world."""

    plain: Answer
    compiled: Answer


async def _compared(stage: Stage, text: str, seed: int) -> AsyncIterator[Comparison]:
    random = Random(seed)  # noqa: S311  (a lottery, and one that can be held again)
    dresser = Dresser(stage.schema, random)
    document = dresser.dressed(text)
    for world in random.sample(stage.worlds, 6):
        values = {name: random.random() < 0.5 for name in VARIABLES}
        values |= {name: _value(random, usual) for name, usual in dresser.arguments.items()}
        values = {name: value for name, value in values.items() if value is not ABSENT}
        root = world.root(document)
        answers = {
            by: await _run(stage.schema, document, root, values, by)
            for by in random.sample((Plain, COMPILED), 2)
        }
        gc.collect(1)
        yield Comparison(answers[Plain], answers[COMPILED])


def _value(random: Random, usual: Any) -> Any:
    return random.choice((usual, usual, None, ABSENT))


def _nulled(answer: Answer) -> set[tuple[str | int, ...]]:
    """Where the errors have left null; one in a variable has no path, and leaves nothing."""
    return {_null(answer[0], error.get("path", [])) for error in answer[1]}


def _own(answer: Answer) -> list[str]:
    """The errors that left null where they are: no other can have been told instead of one of these."""
    data, errors = answer
    own = (
        error for error in errors if _null(data, error.get("path", [])) == (*error.get("path", []),)
    )
    return sorted(map(str, own))


def _null(data: Any, path: list[str | int]) -> tuple[str | int, ...]:
    for depth, key in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[key]
    return tuple(path)


DOCUMENT = st.deferred(
    lambda: from_schema(real.as_str(), custom_scalars=SCALARS)
)  # it takes a second
LOTTERY = settings(
    max_examples=DOCUMENTS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@LOTTERY
@given(text=DOCUMENT, seed=st.integers(0, 2**32))
async def test_answers_are_equal_to_the_last_error(
    turn_by_turn: Stage, text: str, seed: int
) -> None:
    async for answers in _compared(turn_by_turn, text, seed):
        assert repr(answers.compiled) == repr(answers.plain)


@LOTTERY
@given(text=DOCUMENT, seed=st.integers(0, 2**32))
async def test_fields_that_were_ready_change_nothing_but_which_error_of_two_comes_first(
    at_once: Stage, text: str, seed: int
) -> None:
    """Of several errors that leave one null, graphql-core tells those that came before the null."""
    async for answers in _compared(at_once, text, seed):
        assert repr(answers.compiled[0]) == repr(answers.plain[0])
        assert _nulled(answers.compiled) == _nulled(answers.plain)
        assert _own(answers.compiled) == _own(answers.plain)
