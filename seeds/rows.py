"""What is written about one order of the big market: rows, and a timeline chained as the outbox does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from asyncpg.pgproto import pgproto
from tortoise.models import Model

from ordergraph.infra.chaining import BEGINNING, fingerprint
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.rows import Versioned
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event

SIXTY_TWO: Final = (1 << 62) - 1

M = TypeVar("M", bound=Model)


class Happening(NamedTuple):
    at: datetime
    event: Event
    role: Role


@dataclass(slots=True)
class Book:
    """What was written about one order. Rows may still change; events are chained at the end."""

    random: Random
    people: Mapping[Role, UUID]
    rows: list[Model] = field(default_factory=list)
    happened: list[Happening] = field(default_factory=list)

    def add(self, kind: type[M], at: datetime, /, **values: Any) -> M:
        """Write a row; nothing is checked here, the database checks it all."""
        row = kind.__new__(kind)
        vars(row).update(_blank(kind), id=identity(self.random, at), **values)
        self.rows.append(row)
        return row

    def tell(self, event: Event, role: Role, at: datetime) -> None:
        self.happened.append(Happening(at, event, role))

    def close(self) -> list[Model]:
        """Chain the timeline in the order of time, and hand everything over."""
        before = BEGINNING
        for position, (at, event, role) in enumerate(sorted(self.happened, key=_when), start=1):
            row = self.add(
                EventRow,
                at,
                order_id=event.order_id,
                position=position,
                type=event.type,
                actor_role=role,
                actor_id=self.people.get(role),
                request_id="",
                occurred_at=at,
                data=event.to_json(),
            )
            row.hash = before = fingerprint(row, before)
        return self.rows


@cache
def _blank(kind: type[Model]) -> dict[str, Any]:
    """What an empty row holds: Model.construct finds it out anew for each row, at four times the cost."""
    return vars(kind.construct(id=None))


def change(row: Versioned, **columns: object) -> None:
    """As infra.rows.change, without a database."""
    vars(row).update(columns, version=row.version + 1)


def identity(random: Random, at: datetime) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7) of that moment, out of this randomness."""
    bits = random.getrandbits(74)
    number = (
        int(at.timestamp() * 1000) << 80 | 7 << 76 | bits >> 62 << 64 | 2 << 62 | bits & SIXTY_TWO
    )
    made: UUID = pgproto.UUID(number.to_bytes(16))  # uuid.UUID's subclass, made in C
    return made


def _when(happening: Happening) -> datetime:
    return happening.at
