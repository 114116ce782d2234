"""One id for everything that a request leads to: logs, events, jobs, calls of the gateway.

It stands in structlog's context, so every line that is logged on behalf of the request has it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any, Final

from structlog.contextvars import bound_contextvars, get_contextvars

HEADER: Final = "x-request-id"
SANE: Final = re.compile(r"(?!\d{12,}$)[A-Za-z0-9][A-Za-z0-9_.:=+/-]{0,63}")
"""What is taken from a client: short, of letters and digits, and not the number of a card."""


def fitting(given: str | None) -> str:
    """The client's own id when it is sane, else a new one."""
    return given if given and SANE.fullmatch(given) else token_hex(16)


def current() -> str:
    """The id of what is being done now; empty where nobody asked for it."""
    found: str = get_contextvars().get("request_id", "")
    return found


@contextmanager
def on_behalf_of(request_id: str, **more: Any) -> Iterator[None]:
    """Let everything inside be done, and logged, for this request."""
    with bound_contextvars(request_id=request_id, **more):
        yield
