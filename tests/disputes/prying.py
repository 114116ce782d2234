"""Asking for everything as somebody who wants to know what is not for them."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type, is_non_null_type

from ordergraph.kernel.actor import Actor
from tests.disputes.hidden import Case
from tests.market import Market
from tests.walking import Document, introspected
from tests.watching import statements

ASK: Final = {
    # argument or its type: what to ask with
    "ID": ["$id"],
    "ids": ["[$id]"],
    "number": ["$number"],
    "disputeId": ["$dispute"],
    "orderId": ["$order"],
}
VARIABLES: Final = {"id": "ID!", "number": "String!", "dispute": "ID!", "order": "ID!"}
PACK: Final = "query Pack($id: ID!) { dispute(id: $id) { evidencePack { json { url } } } }"
NUMBER: Final = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
DIFFER: Final = {"id", "hash", "cursor", "startCursor", "endCursor"}
Said = dict[str, bytes]
"""What was answered, by what was asked."""


@dataclass(frozen=True)
class Doors:
    """Everything that can be sent, as documents; made once, for they are long."""

    queries: list[str]
    subscriptions: list[str]
    mutations: list[tuple[str, GraphQLInputObjectType, str]]

    @classmethod
    async def found(cls, market: Market, depth: int) -> "Doors":
        """`depth`: how far the walk goes from each root field of a query."""
        schema = await introspected(market)
        return cls(
            list(queries(schema, depth)), list(subscriptions(schema)), list(mutations(schema))
        )


@dataclass
class Prying:
    """Somebody who goes through all doors of one case."""

    case: Case
    who: Actor
    doors: Doors

    async def everything(self) -> Said:
        """All queries, about the dispute, its order and the other one; and the evidence pack."""
        said: Said = {"pack": await self._pack()}
        for id_, number in zip(
            [self.case.id, *self.case.order_ids], await self.case.numbers(), strict=True
        ):
            said |= await self.about(id_, number)
        return said

    async def about(self, id_: str, number: str = "none") -> Said:
        """Whatever an id leads to, by each door that takes one."""
        given, said = {"id": id_, "number": number}, {}
        for asked in self.doors.queries:
            if "$" in asked.split("{", 1)[0] or id_ == self.case.id:
                said[f"{id_} {asked[:60]}"] = await self._ask(asked, given)
        return said

    async def _ask(self, asked: str, given: Mapping[str, str]) -> bytes:
        result = await self.case.market.execute(self.who, asked, **named(asked, given))
        return as_bytes(result)

    async def _pack(self) -> bytes:
        shown = (await self.case.market.ask(self.who, PACK, id=self.case.id))["dispute"]
        if shown is None:
            return b""
        return (await self.case.desk.door.get(shown["evidencePack"]["json"]["url"])).content

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[list[list[bytes]]]:
        """Hear what each subscription says, from the present state on."""
        heard = list[list[bytes]]()
        async with asyncio.TaskGroup() as group:
            tasks = []
            for asked in self.doors.subscriptions:
                for order in self.case.order_ids if "$order" in asked else [""]:
                    given = named(asked, {"dispute": self.case.id, "order": order})
                    stream, lines = (
                        await self.case.market.listen(self.who, asked, **given),
                        list[bytes](),
                    )
                    heard.append(lines)
                    tasks.append(group.create_task(write_down(stream, lines)))
            yield heard
            for task in tasks:
                task.cancel()


def queries(schema: GraphQLSchema, depth: int) -> Iterator[str]:
    """What may be null is asked for at once; the rest by itself: its error takes its neighbors along."""
    assert schema.query_type is not None
    together = Document(schema, ASK, VARIABLES)
    for name, definition in schema.query_type.fields.items():
        if is_non_null_type(definition.type) and name != "nodes":
            alone = Document(schema, ASK, VARIABLES)
            alone.ask(name, definition, depth)
            yield alone.text("query")
        else:
            together.ask(name, definition, depth)
    yield together.text("query")


def subscriptions(schema: GraphQLSchema) -> Iterator[str]:
    assert schema.subscription_type is not None
    for name, definition in schema.subscription_type.fields.items():
        document = Document(schema, ASK, VARIABLES)
        document.ask(name, definition, 1)
        yield document.text("subscription")


def mutations(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLInputObjectType, str]]:
    """Each by its name, with its input's type."""
    assert schema.mutation_type is not None
    for name, definition in schema.mutation_type.fields.items():
        kind = get_named_type(definition.args["input"].type)
        assert isinstance(kind, GraphQLInputObjectType)
        document = Document(schema, ASK | {"input": ["$input"]}, {"input": f"{kind.name}!"})
        document.ask(name, definition, 1)
        yield name, kind, document.text("mutation")


async def done(market: Market, who: Actor, document: str, given: Any) -> tuple[bytes, Any, int]:
    """What a mutation is answered; that but for what differs between any two disputes; its SQL."""
    with statements() as seen:
        result = await market.execute(who, document, input=given)
    said = as_bytes(result)
    return said, alike(orjson.loads(said)), len(seen)


def alike(said: Any) -> Any:
    if isinstance(said, dict):
        kept = {name: value for name, value in said.items() if name.split("_")[-1] not in DIFFER}
        return {name: alike(value) for name, value in kept.items()}
    if isinstance(said, list):
        return [alike(value) for value in said]
    return NUMBER.sub("K7Q4-9XWM", said) if isinstance(said, str) else said


def named(asked: str, given: Mapping[str, str]) -> dict[str, str]:
    """Of these variables, those that the document declares."""
    return {name: value for name, value in given.items() if f"${name}:" in asked}


def as_bytes(result: Any) -> bytes:
    errors = [error.formatted for error in result.errors or []]
    return orjson.dumps({"data": result.data, "errors": errors})


async def write_down(stream: Any, lines: list[bytes]) -> None:
    try:
        async for result in stream:
            lines.append(as_bytes(result))  # noqa: PERF401  (as they come, not at the end)
    finally:
        await stream.aclose()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  (what others write down sets no event)
            await asyncio.sleep(0.02)


async def settled(heard: list[list[bytes]], quiet_s: float) -> list[int]:
    """How much was heard of each, when nothing has come for so long."""
    before: list[int] = []
    while (now := [len(lines) for lines in heard]) != before:
        before = now
        await asyncio.sleep(quiet_s)
    return now
