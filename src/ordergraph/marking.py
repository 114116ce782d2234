"""Who is marked at a commit: whoever did it, and both sides of each order that changed."""

import structlog
from tortoise.exceptions import BaseORMException

from ordergraph.infra.database import Mark, Tx
from ordergraph.infra.dead_letters import PASSING
from ordergraph.infra.marks import Marks
from ordergraph.orders import queries as orders

log = structlog.get_logger(__name__)


def marking(marks: Marks) -> Mark:
    """What an edge does between a commit and its announcement."""

    async def mark(tx: Tx) -> None:
        people = {tx.actor.user_id} if tx.actor.user_id else set()
        changed = {happened.event.order_id for happened in tx.happened}
        try:
            people |= await orders.parties_of(changed)
        except (BaseORMException, *PASSING) as problem:
            # The outbox marks them (telling.py).
            log.warning("marks.half", problem=type(problem).__name__)
        await marks.set(people)

    return mark
