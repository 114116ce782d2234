"""Asking for everything as somebody who wants to know what is not for them."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLSchema, get_named_type, is_non_null_type
from graphql import GraphQLObjectType as ObjectType

from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.disputes.hidden import Case
from tests.market import Market
from tests.walking import Document, introspected
from tests.watching import statements

ASK: Final = {"ID": ["$id"], "ids": ["[$id]"], "number": ["$number"], "disputeId": ["$dispute"], "orderId": ["$order"]}  # fmt: skip
VARIABLES: Final = {"id": "ID!", "number": "String!", "dispute": "ID!", "order": "ID!"}
PACK: Final = "query Pack($id: ID!) { dispute(id: $id) { evidencePack { json { url } } } }"
NUMBER: Final = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
DIFFER: Final = {"id", "hash", "cursor", "startCursor", "endCursor"}
Said = dict[str, bytes]
"""What was answered, by what was asked."""


@dataclass
class Prying:
    """Somebody with the schema in hand; `depth` is how far they walk from each door."""

    case: Case
    who: Actor
    schema: GraphQLSchema
    documents: list[str]
    numbers: list[str]

    @classmethod
    async def into(cls, case: Case, who: Actor, depth: int) -> "Prying":
        schema = await introspected(case.market)
        disputed = await Order.get(id=case.dispute.order_id)
        numbers = [disputed.number, case.undisputed.number]
        return cls(case, who, schema, list(queries(schema, depth)), numbers)

    async def everything(self) -> Said:
        """All queries, about the dispute, its order and the other one; and the evidence pack."""
        ids = [self.case.id, *self.case.order_ids]
        said: Said = {"pack": await self._pack()}
        for id_, number in zip(ids, [self.numbers[0], *self.numbers], strict=True):
            said |= await self.about(id_, number)
        return said

    async def about(self, id_: str, number: str = "none") -> Said:
        """Whatever an id leads to, by each door that takes one."""
        given, said = {"id": id_, "number": number}, {}
        for asked in self.documents:
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
        subscriptions, heard = self.schema.subscription_type, list[list[bytes]]()
        assert subscriptions is not None
        async with asyncio.TaskGroup() as group:
            tasks = []
            for asked in documents("subscription", subscriptions, self.schema, 1):
                for order in self.case.order_ids if "$order" in asked else [""]:
                    given = named(asked, {"dispute": self.case.id, "order": order})
                    stream, lines = await self.case.market.listen(self.who, asked, **given), list[bytes]()
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


def documents(kind: str, root: ObjectType, schema: GraphQLSchema, depth: int) -> Iterator[str]:
    """One for each field of the root."""
    for name, definition in root.fields.items():
        document = Document(schema, ASK, VARIABLES)
        document.ask(name, definition, depth)
        yield document.text(kind)


def changing(schema: GraphQLSchema) -> Iterator[tuple[str, Any, str]]:
    """Each mutation: its name, its input's type, and the document to send."""
    assert schema.mutation_type is not None
    for name, definition in schema.mutation_type.fields.items():
        kind = get_named_type(definition.args["input"].type)
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
            lines.append(as_bytes(result))
    finally:
        await stream.aclose()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  (what others write down sets no event)
            await asyncio.sleep(0.02)
