"""Events survive their way through JSON, each kind of them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import orjson
import pytest

import ordergraph.schema  # noqa: F401  (imports every domain, so that every event is known)
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event

SAMPLES: dict[Any, Any] = {
    UUID: uuid4(), str: "text", int: 7, bool: True, datetime: datetime(2026, 11, 23, 12, tzinfo=UTC),
}  # fmt: skip


def _sample(hint: Any, *, empty: bool) -> Any:
    if get_origin(hint) in (Union, UnionType):
        return None if empty else _sample(get_args(hint)[0], empty=empty)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    return SAMPLES[hint]


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("name", sorted(Event.known))
def test_every_event_is_read_back_as_it_was_written(name: str, *, empty: bool) -> None:
    kind = Event.known[name]
    hints = get_type_hints(kind)
    event = kind(**{f.name: _sample(hints[f.name], empty=empty) for f in fields(kind)})

    read = Event.from_json(name, orjson.loads(orjson.dumps(event.to_json())))

    assert read == event
    assert type(read) is kind


def test_an_unknown_field_of_a_newer_version_is_left_out() -> None:
    order_id = uuid4()
    payload = {"order_id": str(order_id), "added_later": 1}

    event = Event.from_json("order.placed", payload)

    assert event == Event.known["order.placed"](order_id=order_id)


def test_a_field_without_a_name_of_its_own_kind_cannot_be_carried() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Heavy(Event):
        luggage: object

    with pytest.raises(AssertionError, match="cannot carry"):
        Heavy(order_id=uuid4(), luggage=[1]).to_json()


@pytest.fixture
def loaded() -> Iterator[type[Event]]:
    """An event with everything that one may carry."""

    @dataclass(frozen=True, kw_only=True)
    class Loaded(Event):
        type = "test.loaded"
        at: datetime | None
        by: Role
        whom: UUID | None

    yield Loaded
    del Event.known["test.loaded"]


def test_moments_keep_their_zone_and_words_become_words_again(loaded: type[Any]) -> None:
    moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    event = loaded(order_id=uuid4(), at=moment, by=Role.SELLER, whom=uuid4())

    plain = event.to_json()
    read = Event.from_json("test.loaded", orjson.loads(orjson.dumps(plain)))

    assert type(plain["by"]) is str
    assert read == event
    assert read.by is Role.SELLER  # type: ignore[attr-defined]  # it is a Loaded


def test_what_is_empty_stays_empty(loaded: type[Any]) -> None:
    event = loaded(order_id=uuid4(), at=None, by=Role.BUYER, whom=None)

    assert Event.from_json("test.loaded", event.to_json()) == event
