"""A small schema, its objects at hand: one rule at a time can be shown with it."""

import enum
from collections.abc import AsyncGenerator, Sequence
from dataclasses import field
from datetime import datetime
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import DocumentNode, execute, parse
from graphql.execution import ExecutionResult, MiddlewareManager
from strawberry import relay
from strawberry.types import Info

from ordergraph.api.completion.executor import CompilingExecutor
from ordergraph.api.completion.shelf import TOGETHER, Shelf
from ordergraph.api.ready import loaded


@strawberry.enum
class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Window:
    floor: int
    panes: list[int] | None = None


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Dog(Named):
    barks: bool


@strawberry.type
class Cat(Named):
    lives: int | None


@strawberry.type
class House:
    number: int
    color: Color | None = None
    built_at: datetime | None = None
    pets: list[Named] = strawberry.field(default_factory=list)
    heard: strawberry.Private[list[str]] = field(default_factory=list)
    given: strawberry.Private[list[Any]] = field(default_factory=list)
    answer: strawberry.Private[Any] = "ready"

    @strawberry.field
    def plate(self, info: Info) -> str:
        self.heard.append("plate")
        return f"{info.context}{self.number}"

    @strawberry.field
    def path(self, info: Info) -> str:
        return str(info.path.as_list())

    @strawberry.field
    def later(self) -> str | None:
        return self._later()  # type: ignore[return-value]  # graphql-core awaits it

    async def _later(self) -> str:
        return "later"

    @strawberry.field
    def painted(
        self,
        color: Color = Color.BLUE,
        coats: int = 2,
        names: list[str] | None = None,
        until: datetime | None = None,
    ) -> str:
        self.given.append((color, coats, names, until))
        return f"{self.number}: {color} {coats} {names} {until}"

    @loaded(description="Ready, or not, with arguments.")
    async def cleaned(
        self, info: Info, windows: list[Window], of: relay.GlobalID | None = None
    ) -> str:
        return f"{info.context}{windows} {of}"

    @loaded(description="Ready, or not.")
    async def guest(self) -> str | None:
        self.heard.append("guest")
        return await self.answer if isawaitable(self.answer) else self.answer  # type: ignore[no-any-return]


@strawberry.type
class Query:
    house: House | None
    street: list[House | None]

    @strawberry.field
    def home(self) -> House | None:
        """By a resolver that need not wait."""
        return self.house


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def moves(self) -> AsyncGenerator[House, None]:
        for number in (1, 2, 3):
            yield House(number=number)


schema = strawberry.Schema(Query, subscription=Subscription, types=[Dog, Cat])._schema


def hasty(together: int = TOGETHER) -> Shelf:
    """A shelf that has plans for a document from its first time on."""
    return Shelf(together, untried=0)


def shelved(shelf: Shelf) -> type[CompilingExecutor]:
    """An executor with a shelf of its own."""
    return type("Shelved", (CompilingExecutor,), {"shelf": shelf})


async def run(
    document: str | DocumentNode,
    houses: Sequence[Any],
    by: type[Any],
    *,
    middleware: Sequence[Any] = (),
    **variables: object,
) -> ExecutionResult:
    """Ask for the first house, and for all of them as the street."""
    result = execute(
        schema,
        parse(document) if isinstance(document, str) else document,
        root_value=Query(house=houses[0], street=list(houses)),
        context_value="no. ",
        variable_values=variables,
        executor_class=by,
        middleware=MiddlewareManager(*middleware),
        operation_extensions=None,
    )
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return result
