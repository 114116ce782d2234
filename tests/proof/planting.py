"""Planting bugs: a function's source is edited while a block lasts, wherever the function is used."""

import inspect
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from textwrap import dedent
from types import CodeType
from typing import Any, Final

from tortoise import connections

from ordergraph.due import statement
from ordergraph.payments.ledger import posting
from ordergraph.refunds import claiming, recording
from ordergraph.refunds import queries as refund_queries
from ordergraph.refunds.sending import Cashier
from tests.conftest import emptied

CHECKS: Final = (
    "payments_never_more_back",
    "payments_never_more_out",
    "payments_returns_before_payouts",
)


@dataclass(frozen=True, slots=True)
class Edit:
    """In this function, put new text for old, which is there exactly once."""

    function: Callable[..., Any]
    changes: Mapping[str, str]

    def code(self) -> CodeType:
        source, name = dedent(inspect.getsource(self.function)), self.function.__name__
        for old, new in self.changes.items():
            assert source.count(old) == 1, f"{old!r} is not once in {name}"
            source = source.replace(old, new)
        scope = dict(self.function.__globals__)
        exec(compile(source, "<planted>", "exec"), scope)  # noqa: S102  (our own source)
        code: CodeType = scope[name].__code__
        return code


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """A bug that somebody might write one day; `unguarded` takes the database's CHECK away too."""

    name: str
    edits: Sequence[Edit]
    unguarded: bool = False

    @asynccontextmanager
    async def planted(self) -> AsyncIterator[None]:
        """The bug is there while the block lasts."""
        await self.plant()
        try:
            yield
        finally:
            await self.pull()

    async def plant(self) -> None:
        for edit, code in [(edit, edit.code()) for edit in self.edits]:
            _USUAL.setdefault(edit.function, edit.function.__code__)
            edit.function.__code__ = code
        statement.cache_clear()  # it was made of what is edited
        if self.unguarded:
            await _without_check()

    async def pull(self) -> None:
        for function, code in _USUAL.items():
            function.__code__ = code
        _USUAL.clear()
        statement.cache_clear()
        if self.unguarded:
            await _with_check()


_USUAL: Final[dict[Any, CodeType]] = {}
_KEPT: Final[dict[str, str]] = {}


async def _without_check() -> None:
    connection = connections.get("default")
    for check in CHECKS:
        rows = await connection.execute_query_dict(
            "SELECT pg_get_constraintdef(oid) AS said FROM pg_constraint WHERE conname = $1",
            [check],
        )
        _KEPT[check] = rows[0]["said"]
        await connection.execute_script(f"ALTER TABLE payments DROP CONSTRAINT {check}")


async def _with_check() -> None:
    """What the bug wrote is wiped before: the guards would not stand beside it."""
    await emptied()
    for check, said in _KEPT.items():
        await connections.get("default").execute_script(
            f"ALTER TABLE payments ADD CONSTRAINT {check} {said}"
        )


CLAIMED: Final = "return await claim_attempts(tx, refund_ids, self.lease)"
THEN_ASK: Final = """\
claims = await claim_attempts(tx, refund_ids, self.lease)
            answered = [await self._ask(claim) for claim in claims]
            """
UNCONDITIONAL: Final = r"""MOVE.split('\n  AND ')[0] + ' AND $3 = $3::text'"""
KEY: Final = "idempotency_key=refund.idempotency_key"

NO_CLAIM_CHECK = Plant(
    "the claim is not checked when the answer is recorded",
    [Edit(recording.record, {"row.claim == of_refund[row.id].claim.attempt_id": "True"})],
)
FRESH_KEYS = Plant(
    "each attempt has a fresh key, and nothing is looked up first",
    [
        Edit(
            claiming._attempts,
            {"refund.idempotency_key": "refund.idempotency_key + str(refund.attempts)"},
        ),
        Edit(claiming._order, {KEY: f"{KEY} + str(refund.attempts)"}),
        Edit(Cashier._pay, {"if claim.look_first or": "if False and"}),
    ],
)
CALL_INSIDE = Plant(
    "the gateway is called inside the claim's transaction",
    [
        Edit(Cashier._claim, {CLAIMED: f"{THEN_ASK}return claims"}),
    ],
)
NO_SWEEP = Plant(
    "what a lost worker left half done is not found again",
    [Edit(refund_queries.to_attempt, {"])": "], claim=None)"})],
)
NO_CONDITION = Plant(
    "reserving has no condition, and the database no CHECK",
    [Edit(posting.posting, {"MOVE, ": f"{UNCONDITIONAL}, "})],
    unguarded=True,
)
RECORD_FIRST = Plant(
    "the answer is recorded before the claim is committed",
    [
        Edit(
            Cashier._claim,
            {
                CLAIMED: f"{THEN_ASK}await record(tx, answered, self.back_off)\n            return []"
            },
        ),
    ],
)
