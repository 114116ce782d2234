"""What a message says: which event, when, and the ids, states and amounts of what it is about.

Nothing that people wrote and nothing about people: whoever may know more asks the API by the ids.
"""

import base64
import dataclasses
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
from tortoise.models import Model

from ordergraph.disputes.models import Dispute
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.event import Event, Plain
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from ordergraph.outgoing.process import FACTS, VERSION, Told, member
from ordergraph.refunds.models import Refund

SAMPLE_MONEY: Final = Money(1250, "EUR")
Found = Mapping[UUID, Any]


def global_id(kind: str, id_: object) -> str:
    """The id that the API knows it by."""
    return base64.b64encode(f"{kind}:{id_}".encode()).decode()


async def bodies(events: Sequence[EventRow]) -> dict[UUID, str]:
    """What to send about each event. States are those of now, which may be later than the event's."""
    orders, refunds, disputes = [
        await _rows(kind, {event.data.get(field) for event in events})
        for kind, field in ((Order, "order_id"), (Refund, "refund_id"), (Dispute, "dispute_id"))
    ]
    found = {
        "order_id": {id_: _order(row) for id_, row in orders.items()},
        "refund_id": {id_: _refund(row) for id_, row in refunds.items()},
        "dispute_id": {id_: _dispute(row) for id_, row in disputes.items()},
    }
    return {
        event.id: body(
            event.type,
            event.occurred_at,
            _data(event.data, found, orders[event.order_id].currency),
        )
        for event in events
    }


def body(event_type: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The bytes that are signed and sent; written once, so every attempt sends the same."""
    said = {"type": event_type, "timestamp": _moment(at), "version": VERSION, "data": data}
    return orjson.dumps(said).decode()


def _data(facts: Mapping[str, Plain], found: Mapping[str, Found], currency: str) -> dict[str, Any]:
    return {
        member(field): _fact(field, value, found, currency)
        for field, value in facts.items()
        if field in FACTS
    }


def _fact(field: str, value: Plain, found: Mapping[str, Found], currency: str) -> Any:
    match FACTS[field]:
        case _ if value is None:
            return None
        case Told.OBJECT:
            return found[field].get(UUID(str(value)))
        case Told.ID:
            return global_id(member(field).removesuffix("Id").capitalize(), value)
        case Told.AMOUNT:
            return _money(Money(int(value), currency))
    return _moment(datetime.fromisoformat(str(value))) if field.endswith("_at") else value


def _order(row: Order) -> dict[str, Any]:
    total = Money(row.total_minor, row.currency)
    return _object("Order", row) | {"number": row.number, "total": _money(total)}


def _refund(row: Refund) -> dict[str, Any]:
    return _object("Refund", row) | {"amount": _money(row.amount)}


def _dispute(row: Dispute) -> dict[str, Any]:
    asked = Money(row.requested_minor, row.currency)
    return _object("Dispute", row) | {"amount": _money(asked)}


def _object(kind: str, row: Any) -> dict[str, Any]:
    return {"id": global_id(kind, row.id), "status": row.status.value}


def _money(amount: Money) -> dict[str, str]:
    return {"amount": str(amount.amount), "currencyCode": amount.currency}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _rows(kind: type[Model], ids: Collection[Plain]) -> dict[UUID, Any]:
    wanted = [UUID(str(id_)) for id_ in ids if id_ is not None]
    return {row.pk: row for row in await kind.filter(pk__in=wanted)} if wanted else {}


def sample(event_type: str) -> dict[str, Any]:
    """The data of a test message: the shape of the real one, about nothing that there is."""
    kind = Event.known.get(event_type)
    fields = [field.name for field in dataclasses.fields(kind)] if kind else []
    return {"test": True} | {member(name): _sample(name) for name in fields}


def _sample(field: str) -> Any:
    name = member(field).removesuffix("Id").capitalize()
    match FACTS[field]:
        case Told.OBJECT:
            return {"id": global_id(name, uuid4()), "status": "TEST"}
        case Told.ID:
            return global_id(name, uuid4())
        case Told.AMOUNT:
            return _money(SAMPLE_MONEY)
    return None
