"""Lines for people where there are no colors: as structlog makes them, but a good deal sooner.

Each request leaves one.
"""

import re
from typing import Any, Final

from structlog.types import EventDict, Processor

ASIDE: Final = frozenset({"exc_info", "exception", "stack"})
"""What stands below its line."""
QUOTED: Final = re.compile(r"""[ \t=\r\n"']""")


def plain(rich: Processor) -> Processor:
    """Make the line that `rich`, a ConsoleRenderer without colors, would make; it makes the long ones."""

    def show(logger: Any, method: str, event: EventDict) -> Any:
        if not ASIDE.isdisjoint(event):
            return rich(logger, method, event)
        said, at, level, name = map(event.pop, ("event", "timestamp", "level", "logger"))
        facts = " ".join([f"{fact}={_shown(event[fact])}" for fact in sorted(event)])
        return f"{at} [{level:<9}] {said!s:<30} [{name}] {facts}".rstrip(" ")

    return show


def _shown(value: object) -> str:
    return value if isinstance(value, str) and not QUOTED.search(value) else repr(value)
