"""Which orders can be canceled, where Postgres writes them and nobody makes rows of them.

The rule is the one of cancellations/process.py; only what it looks at comes along.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from ordergraph.cancellations.buttons import can_cancel
from ordergraph.cancellations.process import Ground
from ordergraph.cancellations.queries import newest_request
from ordergraph.infra.raw import member
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.policy import Policy
from ordergraph.orders.process import OrderStatus
from ordergraph.screens.gaps import MAY_CANCEL
from ordergraph.screens.parts import LATE, PARTS

REQUESTS: Final = PARTS["requests"]
READ: Final = (
    "ROW(orders.id, orders.buyer_id, orders.seller_id, orders.status, orders.cancelable_until,"
    f" orders.ship_by_at, {LATE})"
)
SELECT: Final = ", ".join(
    f"CASE WHEN {MAY_CANCEL} THEN {each} END" for each in (READ, REQUESTS.sql())
)
"""Of an order, two columns: `Facts`, and the late requests; null where there is nothing to decide."""

Found = tuple[tuple[Any, ...] | None, Sequence[Record]]
_status: Final = member(OrderStatus)


@dataclass(slots=True)
class Facts:
    """An order that may yet be canceled; of what a refusal tells of others, it has nothing."""

    id: UUID
    buyer_id: UUID
    seller_id: UUID
    status: OrderStatus
    cancelable_until: datetime | None
    ship_by_at: datetime | None
    late_cancellation: bool
    presumed_delivered_at: datetime | None = None
    delivered_at: datetime | None = None
    protection_ends_at: datetime | None = None
    disputed_at: datetime | None = None
    canceled_at: datetime | None = None
    shipped_at: datetime | None = None
    carrier: str | None = None
    tracking_number: str | None = None

    @classmethod
    def of(cls, read: tuple[Any, ...]) -> "Facts":
        id_, buyer_id, seller_id, status, until, ship_by_at, late = read
        return cls(id_, buyer_id, seller_id, _status(status), until, ship_by_at, bool(late))

    @property
    def policy(self) -> Policy:
        raise AssertionError("nothing has been delivered of an order that may be canceled")


def cancelable(found: Iterable[Found], viewer: Actor, now: datetime) -> dict[str, bool]:
    """By the order's id, of those of which something is to be decided."""
    decided = {}
    for read, requests in found:
        if read is None:
            continue
        order = Facts.of(read)
        role = viewer.role_on(order)
        assert role is not None, "an order is shown only to those who have a role on it"
        asked = newest_request(REQUESTS.rows(requests)) if requests else None
        decided[str(order.id)] = can_cancel(Ground(order, asked), role, now)
    return decided
