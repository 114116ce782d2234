"""Resolvers are called in what stands around them: extensions, and exceptions that are answers."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Annotated, Any

import pytest
import strawberry
from graphql import DocumentNode, execute, parse
from graphql.execution import ExecutionResult
from strawberry.extensions import FieldExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Plain

from ordergraph.api.completion.executor import CompilingExecutor
from ordergraph.api.completion.steps import Step
from tests.completion.small import hasty, shelved


class Broke(Exception):
    """It is answered."""


class Torn(Broke):
    """Its handler declines it."""


@strawberry.type
class Cup:
    size: int


@strawberry.type
class BrokenError:
    message: str


@strawberry.input
class Wish:
    size: int
    words: list[str] | None = None


class Noted(FieldExtension):
    """Notes what it is told, and what comes back."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info, **given: Any
    ) -> Any:
        info.context.append((self.name, type(info), sorted(given), given["wish"]))
        if given["wish"].size == 1:
            raise Broke("in an extension")
        done = await next_(source, info, **given)
        info.context.append((self.name, done))
        return done


class Reshaping(FieldExtension):
    def map_arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"wish": Wish(size=kwargs["wish"].size * 10)}

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info, **given: Any
    ) -> Any:
        return await next_(source, info, **given)


class Handler:
    exception_type = Broke
    error_type = BrokenError

    async def handle(self, exception: Broke, *, info: strawberry.Info, **_: object) -> Any:
        info.context.append("handled")
        return None if isinstance(exception, Torn) else BrokenError(message=str(exception))


Made = Annotated[Cup | BrokenError, strawberry.union("Made")]


async def _made(wish: Wish) -> Cup:
    raised = {2: Broke("in the resolver"), 3: Torn("torn"), 4: KeyError("unexpected")}
    if wish.size in raised:
        raise raised[wish.size]
    strange: Any = {5: None, 6: "no cup"}
    return strange.get(wish.size, Cup(size=wish.size))  # type: ignore[no-any-return]


@strawberry.type
class Mutation:
    @strawberry.mutation(extensions=[Noted("outer"), Noted("inner")])
    async def make(self, info: strawberry.Info, wish: Wish) -> Made:
        info.context.append(wish)
        return await _made(wish)

    @strawberry.mutation(extensions=[Reshaping()])
    async def enlarge(self, wish: Wish) -> Made:
        return await _made(wish)


@strawberry.type
class Query:
    cup: Cup | None = None


schema = strawberry.Schema(Query, Mutation, exception_handlers=[Handler()])._schema
BODY = "{ __typename ... on Cup { size } ... on BrokenError { message } }"
ONE = parse(f"mutation ($wish: Wish!) {{ make(wish: $wish) {BODY} }}")
TWO = parse(
    f"mutation ($wish: Wish!) {{ first: make(wish: $wish) {BODY} second: make(wish: {{size: 9}}) {BODY} }}"
)
OTHER = parse(f"mutation ($wish: Wish!) {{ enlarge(wish: $wish) {BODY} }}")


async def run(document: DocumentNode, by: type[Any], **wish: object) -> tuple[object, ...]:
    """What it comes to, and all that was noted on the way."""
    noted: list[Any] = []
    variables = {"wish": wish}
    result = execute(schema, document, None, noted, variables, executor_class=by)  # fmt: skip
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return result.data, [error.formatted for error in result.errors or ()], noted


@pytest.fixture
def compiled() -> type[CompilingExecutor]:
    return shelved(hasty())


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("document", [ONE, TWO, OTHER], ids=["one", "two", "reshaped"])
async def test_it_comes_to_the_same(
    document: DocumentNode, size: int, compiled: type[CompilingExecutor]
) -> None:
    theirs = await run(document, Plain, size=size, words=["a"])

    assert await run(document, compiled, size=size, words=["a"]) == theirs
    assert await run(document, compiled, size=size, words=["a"]) == theirs


async def test_what_is_wrong_with_arguments_is_told_by_graphql_core(
    compiled: type[CompilingExecutor],
) -> None:
    theirs = await run(ONE, Plain, size="large")

    assert await run(ONE, compiled, size="large") == theirs


@pytest.mark.parametrize("document", [ONE, TWO], ids=["one", "two"])
async def test_strawberrys_wrappers_are_left_out(
    document: DocumentNode, compiled: type[CompilingExecutor], monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    plainly = Step.called

    def noted(step: Step, *asked: Any) -> Any:
        called.append(step.ours.python_name)
        return plainly(step, *asked)

    monkeypatch.setattr(Step, "called", noted)
    data, errors, _ = await run(document, compiled, size=7)

    assert errors == []
    assert data is not None
    assert called == ["make"] * len(document.definitions[0].selection_set.selections)  # type: ignore[attr-defined]  # an operation
