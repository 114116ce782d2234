"""Traces, where OTEL_EXPORTER_OTLP_ENDPOINT says where to: from the operation through the job to the gateway.

Off, nothing of OpenTelemetry is imported, and a span costs a look at a variable. What a span says is
as narrow as a log line: names of ours, kinds, ids; no documents, no variables, no messages.
"""

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from importlib import import_module
from typing import Final, Protocol

from ordergraph.infra import correlation

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
HEADER: Final = "traceparent"
WELL_FORMED: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, version 00."""


class UntraceableError(Exception):
    """Traces are asked for, and what makes them is not installed."""


class Span(Protocol):
    """A piece of work that is going on."""

    def rename(self, name: str) -> None: ...
    def note(self, **facts: str | float) -> None: ...
    def fail(self, kind: str) -> None: ...
    def end(self) -> None: ...
    @property
    def traceparent(self) -> str: ...


class Engine(Protocol):
    """Who makes spans, and sends them."""

    def start(self, name: str, kind: str, parent: str) -> Span: ...
    def close(self) -> None: ...


class Nothing:
    """The span of a process that traces nothing."""

    traceparent = ""

    def rename(self, name: str) -> None: ...
    def note(self, **facts: str | float) -> None: ...
    def fail(self, kind: str) -> None: ...
    def end(self) -> None: ...


OFF: Final = nullcontext[Span](Nothing())
CURRENT: ContextVar[str] = ContextVar("ordergraph_traceparent", default="")
"""What new spans are part of: a span of ours, or one of whoever sent the request."""
_engines: list[Engine] = []


def begin(service: str) -> None:
    """Trace from now on, if the environment says where to; raises UntraceableError."""
    if _engines or not any(os.environ.get(name) for name in ENDPOINTS):
        return
    try:
        made = import_module("ordergraph.infra.opentelemetry")
    except ImportError as missing:
        raise UntraceableError(
            f"traces are asked for ({missing}); try: pip install 'ordergraph[otel]'"
        ) from None
    _engines.append(made.engine(service))


def close() -> None:
    """Send what has not been sent."""
    while _engines:
        _engines.pop().close()


def is_on() -> bool:
    return bool(_engines)


def adopt(given: str | None) -> None:
    """Let what follows in this context be part of the sender's trace, if it names one."""
    if given and WELL_FORMED.fullmatch(given):
        CURRENT.set(given)


def span(name: str, kind: str = "internal", *, parent: str = "") -> AbstractContextManager[Span]:
    """A piece of work, part of what is going on here, or of `parent` elsewhere."""
    return _traced(_engines[0], name, kind, parent) if _engines else OFF


@contextmanager
def _traced(engine: Engine, name: str, kind: str, parent: str) -> Iterator[Span]:
    """The context is set back by value: a subscription may end in another task than it began in."""
    before = CURRENT.get()
    made = engine.start(name, kind, parent or before)
    made.note(**{"ordergraph.request_id": correlation.current()})
    CURRENT.set(made.traceparent)
    try:
        yield made
    except BaseException as problem:
        made.fail(type(problem).__name__)
        raise
    finally:
        made.end()
        CURRENT.set(before)
