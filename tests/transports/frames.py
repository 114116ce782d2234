"""What clients should not say, each with the code that it is answered by."""

from enum import Enum, auto
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from strawberry.relay import GlobalID

SUBSCRIBE: Final = '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}'
INIT: Final = '{"type": "connection_init"}'


class When(Enum):
    """How far the conversation has come."""

    NEW = auto()
    ACKED = auto()
    BUSY = auto()
    """An operation with the id "1" runs."""


class Frame(NamedTuple):
    """A frame, when it is sent, and what the socket is closed with."""

    name: str
    data: str | bytes
    code: int = 4400
    when: When = When.ACKED
    as_text: bool | None = None


def _subscribe(**payload: Any) -> str:
    return orjson.dumps({"type": "subscribe", "id": "9", "payload": payload}).decode()


def _message(**members: Any) -> str:
    return orjson.dumps(members).decode()


def _deep(levels: int, kind: str = "ping", **payload: Any) -> str:
    """A message with so many levels in all, most of them in a variable that nobody asks for."""
    lists = "[" * (levels - 3) + "]" * (levels - 3)  # more than orjson would write
    around = {"type": kind, "id": "9", "payload": {**payload, "variables": {"more": "lists"}}}
    return orjson.dumps(around).decode().replace('"lists"', lists)


Q: Final = {"query": "{ __typename }"}
FOLLOW: Final = (
    f'subscription {{ orderUpdated(orderId: "{GlobalID("Order", str(UUID(int=1)))}") {{ id }} }}'
)
NEW, BUSY = When.NEW, When.BUSY
# fmt: off
FRAMES: Final = [
    Frame("bytes",                     b'{"type": "ping"}'),
    Frame("no bytes at all",           b""),
    Frame("binary garbage",            b"\x00\xff\xfe\x80"),
    Frame("bytes, first",              b'{"type": "connection_init"}', when=NEW),
    Frame("bad UTF-8",                 b'{"type": "ping\xff"}', as_text=True),
    Frame("surrogates in UTF-8",       b'{"type": "\xed\xa0\x80"}', as_text=True),
    Frame("cut-off UTF-8",             b'{"type": "ping"}\xe2\x82', as_text=True),
    Frame("empty",                     ""),
    Frame("a space",                   " "),
    Frame("no JSON",                   "hello"),
    Frame("no JSON, first",            "hello", when=NEW),
    Frame("half of JSON",              '{"type": "ping"'),
    Frame("two of JSON",               '{"type": "ping"}{"type": "ping"}'),
    Frame("NaN",                       "NaN"),
    Frame("single quotes",             "{'type': 'ping'}"),
    Frame("a comment",                 '{"type": "ping"} // ping'),
    Frame("a zero byte",               '{"type": "ping"}\x00'),
    Frame("a byte order mark",         '\ufeff{"type": "ping"}'),
    Frame("a lone surrogate",          r'{"type": "ping", "payload": {"a": "\ud800"}}'),
    Frame("a lone surrogate as id",    r'{"type": "complete", "id": "\udfff"}'),
    Frame("deep lists",                "[" * 30_000 + "]" * 30_000),
    Frame("deep objects",              '{"type":' * 7_000 + "1" + "}" * 7_000),
    Frame("deep and open",             "[" * 60_000),
    Frame("deep payload",              '{"type":"ping","payload":{"a":' + "[" * 30_000 + "]" * 30_000 + "}}"),
    Frame("a ping of 101 levels",      _deep(101)),
    Frame("a ping of 300 levels",      _deep(300)),
    Frame("an init of 101 levels",     _deep(101, "connection_init"), when=NEW),
    Frame("variables of 300 levels",   _deep(300, "subscribe", query=FOLLOW)),
    Frame("null",                      "null"),
    Frame("null, first",               "null", when=NEW),
    Frame("true",                      "true"),
    Frame("a number",                  "42"),
    Frame("a long number",             "9" * 5_000),
    Frame("a string",                  '"ping"'),
    Frame("a list",                    "[]"),
    Frame("a list of messages",        f"[{SUBSCRIBE}]"),
    Frame("no type",                   "{}"),
    Frame("no type, first",            "{}", when=NEW),
    Frame("type null",                 _message(type=None)),
    Frame("type number",               _message(type=1)),
    Frame("type list",                 _message(type=["ping"])),
    Frame("type object",               _message(type={"ping": 1})),
    Frame("type empty",                _message(type="")),
    Frame("type unknown",              _message(type="hello")),
    Frame("type in capitals",          _message(type="PING")),
    Frame("type with a space",         _message(type="ping ")),
    Frame("what a server says: ack",   _message(type="connection_ack")),
    Frame("what a server says: next",  _message(type="next", id="1", payload={"data": {}})),
    Frame("what a server says: error", _message(type="error", id="1", payload=[])),
    Frame("the old protocol: start",   _message(type="start", id="1", payload=Q)),
    Frame("the old protocol: stop",    _message(type="stop", id="1")),
    Frame("the old protocol: end",     _message(type="connection_terminate")),
    Frame("init with a list",          _message(type="connection_init", payload=[]), when=NEW),
    Frame("init with a string",        _message(type="connection_init", payload="token"), when=NEW),
    Frame("init with a number",        _message(type="connection_init", payload=0), when=NEW),
    Frame("init with true",            _message(type="connection_init", payload=True), when=NEW),
    Frame("ping with a list",          _message(type="ping", payload=[1])),
    Frame("ping with a string",        _message(type="ping", payload="a")),
    Frame("pong with a number",        _message(type="pong", payload=1)),
    Frame("subscribe without id",      _message(type="subscribe", payload=Q)),
    Frame("id null",                   _message(type="subscribe", id=None, payload=Q)),
    Frame("id number",                 _message(type="subscribe", id=1, payload=Q)),
    Frame("id list",                   _message(type="subscribe", id=["1"], payload=Q)),
    Frame("id object",                 _message(type="subscribe", id={}, payload=Q)),
    Frame("id true",                   _message(type="subscribe", id=True, payload=Q)),
    Frame("id empty",                  _message(type="subscribe", id="", payload=Q)),
    Frame("id endless",                _message(type="subscribe", id="1" * 1001, payload=Q)),
    Frame("complete without id",       _message(type="complete")),
    Frame("complete with a number",    _message(type="complete", id=1)),
    Frame("complete with nothing",     _message(type="complete", id="")),
    Frame("subscribe to nothing",      _message(type="subscribe", id="1")),
    Frame("payload null",              _message(type="subscribe", id="1", payload=None)),
    Frame("payload list",              _message(type="subscribe", id="1", payload=[Q])),
    Frame("payload string",            _message(type="subscribe", id="1", payload="{ __typename }")),
    Frame("payload number",            _message(type="subscribe", id="1", payload=1)),
    Frame("payload empty",             _subscribe()),
    Frame("query null",                _subscribe(query=None)),
    Frame("query number",              _subscribe(query=1)),
    Frame("query list",                _subscribe(query=["{ __typename }"])),
    Frame("query object",              _subscribe(query={})),
    Frame("variables list",            _subscribe(**Q, variables=[])),
    Frame("variables string",          _subscribe(**Q, variables="{}")),
    Frame("variables number",          _subscribe(**Q, variables=0)),
    Frame("variables false",           _subscribe(**Q, variables=False)),
    Frame("operationName number",      _subscribe(**Q, operationName=1)),
    Frame("operationName list",        _subscribe(**Q, operationName=[])),
    Frame("extensions list",           _subscribe(**Q, extensions=[])),
    Frame("extensions string",         _subscribe(**Q, extensions="a")),
    Frame("subscribe first",           SUBSCRIBE, 4401, NEW),
    Frame("subscribe again",           SUBSCRIBE, 4409, BUSY),
    Frame("init again",                INIT, 4429),
    Frame("init again, while busy",    INIT, 4429, BUSY),
    Frame("too big",                   " " * 65_537, 1009),
    Frame("far too big",               "a" * 3_000_000, 1009),
    Frame("far too big, first",        b"a" * 3_000_000, 1009, NEW),
]
# fmt: on
FINE: Final = [
    _message(type="complete", id="never there"),
    _message(type="pong"),
    _message(type="pong", payload={"a": 1}),
    _message(type="pong", payload=None),
    ' \n{"type": "pong", "more": [1, {"a": null}], "type": "pong"} ',
    _message(type="complete", id="a" * 1000),
    _deep(100, "pong"),
    _message(type="pong", payload={"lists": [[]] * 500, "text": "[{" * 500}),
    '{"type": "pong", "payload": {"a": "' + "b" * 65_000 + '"}}',
]
"""What is odd, and no mistake: the line goes on."""
