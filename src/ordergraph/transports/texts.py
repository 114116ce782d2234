"""JSON as clients send it, over every transport: not so deep that whoever works on it could not follow."""

from typing import Any, Final

import orjson

DEEPEST: Final = 100
"""Lists and objects inside of each other; the deepest that an honest client sends has a dozen. What is read
is written again, compared and searched: orjson reads 1,024 levels and writes 254, and Python's own functions
go as far as there is stack."""


class Unread(Exception):
    """A text that we do not take, and what it is instead."""


def from_json(text: str | bytes) -> Any:
    """What a text says; raises Unread."""
    sent = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
    try:
        said = orjson.loads(sent)
    except orjson.JSONDecodeError:
        raise Unread("no JSON, or not such as we read") from None
    # few have as many brackets, within their texts or without
    if sent.count(b"[") + sent.count(b"{") > DEEPEST and _goes_deeper(said):
        raise Unread(f"JSON of more than {DEEPEST} levels inside of each other")
    return said


def _goes_deeper(said: Any) -> bool:
    """Level by level, and so without a stack."""
    level: list[Any] = [[said]]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
