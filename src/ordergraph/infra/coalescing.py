"""One statement for what several requests ask at the same time.

Most phones show the same screens, so a busy process reads many things one by one, by the same statement.
To begin such a statement takes Postgres, the driver and the event loop longer than to read one thing more
with it. So questions that come in one turn of the event loop are asked together, each with arguments of
its own: who asks is one of them. Nobody is given what was read before they asked. A question that nobody
shares is asked as ever, and so is each of those that failed together. ADR 38.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import structlog
from tortoise.backends.asyncpg.client import TransactionWrapper

from ordergraph.infra.reading import client, rows

MOST: Final = 8
"""So many share a statement, and no more than half of all who ask: the database answers some while the
process writes the answers of others, and neither waits for the other."""
KEPT: Final = 1_000
ARGUMENT: Final = re.compile(r"\$(\d+)::(\w+)\b(?!\[)")
Arguments = tuple[Any, ...]
Found = Sequence[Sequence[Any]]
"""Rows, as a rule one or none."""

log = structlog.get_logger(__name__)


class Question(NamedTuple):
    """A statement that finds one row or none, for one who asks and for several."""

    alone: str
    together: str
    """Takes a list for each argument; its last column is whose row it is, from 1."""


@lru_cache(maxsize=KEPT)
def question(select: str, table: str, condition: str) -> Question:
    """The row of a table that meets a condition: no two may. Each $n in the condition says its type."""
    types = {int(number): kind for number, kind in ARGUMENT.findall(condition)}
    numbers = range(1, len(types) + 1)
    mine = ARGUMENT.sub(r"asked.a\1", condition)
    assert sorted(types) == list(numbers), condition
    assert "$" not in mine, condition
    # Lists within a SELECT: Postgres does not look how long they are, and plans once for all lengths.
    lists = ", ".join(f"(SELECT ${nth}::{types[nth]}[])" for nth in numbers)
    names = ", ".join(f"a{nth}" for nth in numbers)
    return Question(
        f"SELECT {select} FROM {table} WHERE {condition}",  # noqa: S608  (nothing of it comes from outside)
        f"SELECT {select}, asked.nth FROM unnest({lists}) WITH ORDINALITY AS asked({names}, nth)"  # noqa: S608  (as above)
        f" JOIN {table} ON {mine}",
    )


class Coalescer:
    """Gathers the questions of one process."""

    def __init__(self) -> None:
        self._gathering: dict[tuple[object, Question], _Crowd] = {}
        self._asking = 0

    async def rows(self, asked: Question, *arguments: Any) -> Found:
        """What the statement finds, by itself or along with others'; raises what the driver raises."""
        self._asking += 1
        try:
            most = min(MOST, self._asking // 2)
            found = await self._along(asked, arguments, most) if most > 1 else None
            return await rows(asked.alone, *arguments) if found is None else found
        finally:
            self._asking -= 1

    async def _along(self, asked: Question, arguments: Arguments, most: int) -> Found | None:
        """With others; None for whoever has to ask alone. What is read in a transaction stays in its task."""
        here = client()
        if isinstance(here, TransactionWrapper):
            return None
        crowd = self._gathering.get((here, asked))
        if crowd is None or len(crowd.members) >= most:
            crowd = self._gathering[here, asked] = _Crowd()
            crowd.task = asyncio.create_task(self._answer((here, asked), crowd))
        return await crowd.join(arguments)

    async def _answer(self, key: tuple[object, Question], crowd: "_Crowd") -> None:
        """From here on, whoever asks begins another crowd."""
        if self._gathering.get(key) is crowd:
            del self._gathering[key]
        await crowd.answer(key[1].together)


@dataclass(slots=True, eq=False)
class _Crowd:
    """Those who share a statement."""

    members: list[tuple[Arguments, asyncio.Future[Found | None]]] = field(default_factory=list)
    task: asyncio.Task[None] = field(init=False)
    is_sent: bool = False

    async def join(self, arguments: Arguments) -> Found | None:
        """What is found for these; None for whoever has to ask alone. It ends when all have left."""
        mine: asyncio.Future[Found | None] = asyncio.get_running_loop().create_future()
        self.members.append((arguments, mine))
        try:
            return await mine
        finally:
            mine.cancel()  # unless it is done: whoever leaves does not wait any more
            if self.is_sent and all(each.cancelled() for _, each in self.members):
                self.task.cancel()

    async def answer(self, statement: str) -> None:
        """Ask for all who are still there, and tell each their own."""
        present = [(arguments, mine) for arguments, mine in self.members if not mine.done()]
        found: Sequence[Found | None] = [None] * len(present)
        try:
            if len(present) > 1:
                self.is_sent = True
                found = await _of_all(statement, [arguments for arguments, _ in present])
        except Exception as problem:  # noqa: BLE001  (each asks alone, and is told what is wrong)
            log.warning("together.failed", problem=type(problem).__name__, asked=len(present))
        finally:
            for (_, mine), theirs in zip(present, found, strict=True):
                if not mine.done():
                    mine.set_result(theirs)


async def _of_all(statement: str, asked: Sequence[Arguments]) -> list[Found]:
    """What each of them gets."""
    found: list[list[Sequence[Any]]] = [[] for _ in asked]
    for record in await rows(statement, *map(list, zip(*asked, strict=True))):
        found[record[-1] - 1].append(record[:-1])
    return list(found)
