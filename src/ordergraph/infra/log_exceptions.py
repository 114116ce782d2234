"""Exceptions as logs may show them: kinds and places, never messages and values.

A driver's message quotes the row it choked on (`DETAIL: Key (email)=(…)`), a KeyError its key, a
JSON error its document: all of that may be somebody's words.
"""

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, TextIO

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

MOST_LINKS: Final = 5
MOST_FRAMES: Final = 25
FACTS: Final = ("sqlstate", "constraint_name", "table_name", "column_name", "errno")
"""What errors of Postgres and of the system tell apart from their texts; none is a client's."""


def told(problem: BaseException) -> list[dict[str, Any]]:
    """The exception and what led to it, the outermost first."""
    return [_link(one) for one in _chain(problem)]


def _chain(problem: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = problem
    for _ in range(MOST_LINKS):
        if one is None:
            return
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _link(one: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(one.__traceback__)[-MOST_FRAMES:]
    said: dict[str, Any] = {"exc_type": type(one).__name__}
    said |= {
        fact: value for fact in FACTS if isinstance(value := getattr(one, fact, None), str | int)
    }
    said["frames"] = [
        {"filename": frame.filename, "lineno": frame.lineno, "name": frame.name} for frame in frames
    ]
    if isinstance(one, BaseExceptionGroup):
        said["exceptions"] = [told(inner) for inner in one.exceptions[:MOST_LINKS]]
    return said


def as_object(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """For machines."""
    return told(exc_info[1]) if exc_info[1] is not None else []


def as_text(into: TextIO, exc_info: ExcInfo) -> None:
    """For people: the same, a line a frame."""
    into.write("\n".join(line for link in as_object(exc_info) for line in _lines(link, "")))


def _lines(link: dict[str, Any], indent: str) -> Iterator[str]:
    facts = " ".join(f"{fact}={link[fact]}" for fact in FACTS if fact in link)
    yield f"{indent}{link['exc_type']} {facts}".rstrip()
    for frame in link["frames"]:
        yield f"{indent}  {frame['filename']}:{frame['lineno']} in {frame['name']}"
    for inner in link.get("exceptions", ()):
        for one in inner:
            yield from _lines(one, indent + "    ")
