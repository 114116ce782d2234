"""One id for everything that a request leads to: logs, events, jobs, calls of the gateway.

Every line that is logged on behalf of the request has it (logs.py).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from secrets import randbits
from typing import Any, Final

HEADER: Final = "x-request-id"
SANE: Final = re.compile(r"(?!\d{12,}$)[A-Za-z0-9][A-Za-z0-9_.:=+/-]{0,63}")
"""What is taken from a client: short, of letters and digits, and not the number of a card."""
_NUMBERS: Final = Random(randbits(128))  # noqa: S311  (an id need not be secret; randomness of the system is a system call)
BEHALF: Final[ContextVar[Mapping[str, Any]]] = ContextVar("ordergraph_behalf", default={})  # noqa: B039  (nobody changes it)
"""On whose behalf things are done now: what each line of the log says of it."""


def fitting(given: str | None) -> str:
    """The client's own id when it is sane, else a new one."""
    return given if given and SANE.fullmatch(given) else f"{_NUMBERS.getrandbits(128):032x}"


def current() -> str:
    """The id of what is being done now; empty where nobody asked for it."""
    found: str = BEHALF.get().get("request_id", "")
    return found


@contextmanager
def on_behalf_of(request_id: str, **more: Any) -> Iterator[None]:
    """Let everything inside be done, and logged, for this request."""
    before = BEHALF.get()
    BEHALF.set({**before, "request_id": request_id, **more})
    try:
        yield
    finally:
        BEHALF.set(before)
