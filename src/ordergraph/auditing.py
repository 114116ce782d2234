"""`ordergraph reconcile`: looking at all the books on request, and saying each thing that is wrong."""

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import orjson

from ordergraph.books.models import Reconciliation
from ordergraph.books.process import Difference
from ordergraph.kernel.duration import read_duration
from ordergraph.settings import Settings
from ordergraph.wiring import wired

Say = Callable[[str], None]
CLEAN: Final = 0
DIFFERENCES: Final = 1
CANNOT: Final = 2


def run(read: Callable[[], Settings], since: str | None, say: Say, *, json: bool) -> int:
    """Compare everything, or what moved within `since`; return the exit code.

    Each difference is said as soon as it is found. As JSON every line is an object, and the last
    one is the summary. Whatever goes wrong must not look like a difference.
    """
    try:
        span = read_duration(since, field="since") if since else None
        return asyncio.run(_look(read(), span, say, json=json))
    except Exception as problem:  # noqa: BLE001  (an edge: the command ends here)
        said = f"ordergraph: cannot reconcile: {type(problem).__name__}: {problem}"
        sys.stderr.write(f"{said}\n")
        return CANNOT


async def _look(settings: Settings, span: timedelta | None, say: Say, *, json: bool) -> int:
    async with wired(settings, application="ordergraph-reconcile") as wiring:
        since = await wiring.edge.clock.now() - span if span else None
        tell = _tell_json if json else str
        done = await wiring.auditor.reconcile(since, lambda found: say(tell(found)))
    say(_end_json(done) if json else _end(done))
    return CLEAN if done.clean else DIFFERENCES


def _tell_json(difference: Difference) -> str:
    return orjson.dumps(difference.to_json()).decode()


def _end(done: Reconciliation) -> str:
    looked = f"{done.orders} orders and {done.journal_lines} lines of the gateway's journal"
    if done.clean:
        return f"the books are clean: {looked}"
    return f"{done.differences} differences in {looked}"


def _end_json(done: Reconciliation) -> str:
    summary = {
        "at": done.at,
        "since": done.since,
        "orders": done.orders,
        "journal_lines": done.journal_lines,
        "differences": done.differences,
    }
    return orjson.dumps(summary).decode()
