"""What a client may say: frames read as messages of graphql-transport-ws, everything else refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from ordergraph.transports.operation import BadRequest, Operation, read
from ordergraph.transports.sockets.closing import malformed
from ordergraph.transports.texts import Unread, from_json

LONGEST_ID: Final = 1000


class Shape(NamedTuple):
    """Which members a kind of message has."""

    named: bool
    """Whether it names an operation by its id."""
    payload: bool | None
    """True: an object that must be there; False: one that may be; None: not looked at."""


# fmt: off
KINDS: Final = {
    #                   of an operation  payload
    "connection_init": Shape(False,      payload=False),
    "ping":            Shape(False,      payload=False),
    "pong":            Shape(False,      payload=False),
    "subscribe":       Shape(True,       payload=True),
    "complete":        Shape(True,       payload=None),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Message:
    """One message that is in shape; `id` is empty where the kind has none."""

    kind: str
    id: str
    payload: dict[str, Any]


def message(text: str | None) -> Message:
    """Read a frame; None is one that is no text. Raises Closed (4400) for every other shape."""
    told = _object(text)
    kind = told.get("type")
    shape = KINDS.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise malformed("`type` is none that a client may send")
    assert isinstance(kind, str)
    return Message(kind, _id(told) if shape.named else "", _payload(told, shape.payload))


def operation(payload: Mapping[str, Any]) -> Operation:
    """Read what a subscribe message asks for; raises Closed (4400) for what can be no operation."""
    named = payload.get("extensions") or payload.get("documentId")
    if payload.get("query") is None and not named:
        raise malformed("`payload.query` is missing")
    try:
        return read(payload)
    except BadRequest as wrong:
        raise malformed(wrong.message) from None


def _object(text: str | None) -> dict[str, Any]:
    if text is None:
        raise malformed("it is no text")
    try:
        told = from_json(text)
    except Unread as what:
        raise malformed(f"it is {what}") from None
    if not isinstance(told, dict):
        raise malformed("it is no JSON object")
    return told


def _id(told: Mapping[str, Any]) -> str:
    id_ = told.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        raise malformed(f"`id` is a string of 1 to {LONGEST_ID} characters")
    return id_


def _payload(told: Mapping[str, Any], needed: bool | None) -> dict[str, Any]:
    payload = told.get("payload")
    if needed is None or (payload is None and not needed):
        return {}
    if not isinstance(payload, dict):
        raise malformed("`payload` is an object")
    return payload
