"""`ordergraph verify-timeline`: whether what is said to have happened to an order is what was written."""

import asyncio
import sys
from collections.abc import Callable
from typing import Final

from ordergraph.cli_ids import read_id
from ordergraph.infra import timelines
from ordergraph.infra.database import connected
from ordergraph.infra.timelines import Chain
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.refusal import NotFound
from ordergraph.kernel.text import is_storable
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order
from ordergraph.settings import Settings

Say = Callable[[str], None]
INTACT: Final = 0
BROKEN: Final = 1
CANNOT: Final = 2


def run(read: Callable[[], Settings], named: str, say: Say) -> int:
    """Read one timeline from its beginning; return the exit code.

    Whatever goes wrong must not look like a broken timeline, nor like a whole one.
    """
    try:
        return asyncio.run(_look(read(), named, say))
    except Exception as problem:  # noqa: BLE001  (an edge: the command ends here)
        said = f"ordergraph: cannot verify: {type(problem).__name__}: {problem}"
        sys.stderr.write(f"{said}\n")
        return CANNOT


async def _look(settings: Settings, named: str, say: Say) -> int:
    async with connected(settings.servers().database_url, application="ordergraph-verify", pool=1):
        order = await _order(named)
        chain = (await timelines.read([order.id]))[order.id]
    say(f"{order.number}: {_said(chain)}")
    return INTACT if chain.fault is None else BROKEN


async def _order(named: str) -> Order:
    """By the number that people see, by its id, or by the id that clients have."""
    found = orders.visible_to(SYSTEM)
    id_ = read_id(named, "Order")
    number = named[:16].upper() if is_storable(named) else ""
    row = await (found.get_or_none(id=id_) if id_ else found.get_or_none(number=number))
    if row is None:
        raise NotFound(what="order")
    return row


def _said(chain: Chain) -> str:
    fault = chain.fault
    if fault is None:
        return f"intact, {chain.events} events; the last hash is {chain.head}"
    return f"broken at event {fault.position}: expected {fault.expected}, found {fault.found}"
