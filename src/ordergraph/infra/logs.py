"""Logs: one line an event, without bodies, tokens or free text; JSON for machines.

What we log ourselves names its facts. What libraries log is cut: they quote arguments of jobs,
statements with their values, frames of sockets. Exceptions are shown by log_exceptions.py.
"""

import logging
import sys
import threading
import warnings
from datetime import UTC, datetime
from inspect import iscoroutine
from json import JSONEncoder
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.types import EventDict, Processor

from ordergraph.infra.correlation import BEHALF
from ordergraph.infra.log_exceptions import as_object, as_text
from ordergraph.infra.log_lines import plain

NEVER_AWAITED: Final = "coroutine .* was never awaited"
"""So graphql-core leaves what stood beside a field that failed: anybody who asks badly would be heard."""
SERVER: Final = "uvicorn"
OF_THE_SERVER: Final = frozenset({"server", "on", "config"})
"""The modules of uvicorn that say where it listens and what it waits for, and nothing of requests."""
LONGEST: Final = 200
TWICE: Final = "%6.2fs ! %s failed"
"""How arq begins to say that a job failed, which `job.failed` has said with its name."""
PLAINLY: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""What orjson would show of objects is not meant for the log."""

log = structlog.get_logger(__name__)


class Writer:
    """Where our own lines go, past the standard library's records; what cannot be written is lost."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name, self._stream = name, stream

    def _write(self, line: str) -> None:
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = exception = _write


def configure(level: str, *, json: bool) -> None:
    """Send our own logs and those of libraries to standard error, made by one rule."""
    stream, last = sys.stderr, _last(json)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[stamp, cut],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            pass_foreign_args=True,
        )
    )
    structlog.configure(
        processors=[stamp, _shown(last)],
        logger_factory=lambda name="": Writer(name, stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    _listen(handler, level)
    _catch()


def stamp(logger: Any, method: str, event: EventDict) -> EventDict:
    """What every line says: on whose behalf, who says it, how grave it is, and when."""
    record: logging.LogRecord | None = event.get("_record")
    at = datetime.now(UTC).isoformat().removesuffix("+00:00")
    who = {"logger": (record or logger).name, "level": method, "timestamp": f"{at}Z"}
    return {**BEHALF.get(), **event, **who}


def _last(json: bool) -> list[Processor]:
    """What makes the line."""
    if json:
        return [structlog.processors.ExceptionRenderer(as_object), _as_json]
    colors = sys.stderr.isatty()
    rich = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=as_text)
    return [rich if colors else plain(rich)]


def _shown(last: list[Processor]) -> Processor:
    """One that does what these do. A line that cannot be made is lost: it is nobody else's trouble."""

    def show(logger: Any, method: str, event: EventDict) -> Any:
        try:
            for step in last:
                event = step(logger, method, event)  # type: ignore[assignment]  # the last makes text
        except Exception:  # noqa: BLE001  (whoever logs goes on)
            raise structlog.DropEvent from None
        return event

    return show


def _as_json(_: Any, __: str, event: EventDict) -> str:
    """One line of letters that every terminal and every encoding has."""
    try:
        quick = orjson.dumps(event, default=_kind, option=PLAINLY)
    except TypeError:  # such as a number of more than 64 bits
        return ENCODER.encode(event)
    return quick.decode() if quick.isascii() else ENCODER.encode(event)


def _kind(value: object) -> str:
    """What JSON has no form for is told by its kind."""
    return type(value).__name__


ENCODER: Final = JSONEncoder(default=_kind)


def _listen(handler: logging.Handler, level: str) -> None:
    """We are heard from this level on, libraries when something is wrong."""
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    libraries = max(logging.WARNING, root.level)
    server = max(logging.INFO, root.level)
    root.setLevel(libraries)
    logging.getLogger(SERVER).setLevel(server)
    for name in (SERVER, f"{SERVER}.error", f"{SERVER}.access", "arq"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("arq.worker").addFilter(_is_news)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a line that cannot be made is not printed with its arguments


def _is_news(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(TWICE)


def cut(_: Any, __: str, event: EventDict) -> EventDict:
    """Leave of a library's line what was written by its author: the text before anything is put in.

    A text without places to put anything in may have been put together before; of it the place
    remains. Warnings are told by their kind.
    """
    record: logging.LogRecord = event["_record"]
    args = event.pop("positional_args", None)
    said = str(record.msg)
    if _is_of_the_server(record):
        event["event"] = str(event["event"]).strip().partition("\n")[0][:LONGEST]
    elif args and record.name != "py.warnings":
        event["event"] = said[:LONGEST]
    else:
        event["event"] = "library"
    event["at"] = f"{record.module}:{record.lineno}"
    return event


def _is_of_the_server(record: logging.LogRecord) -> bool:
    ours = record.name.partition(".")[0] == SERVER and record.module in OF_THE_SERVER
    return ours and record.levelno >= logging.INFO


def _catch() -> None:
    """Whatever nobody caught ends in the log, too, and not as a traceback with its values."""

    def crashed(kind: type[BaseException], problem: BaseException, _: Any) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("crashed", exc_info=problem)

    sys.excepthook = crashed
    threading.excepthook = lambda args: log.error("thread.crashed", exc_info=args.exc_value)
    sys.unraisablehook = _unraisable
    warnings.filterwarnings("ignore", NEVER_AWAITED, RuntimeWarning)


def _unraisable(args: Any) -> None:
    """What failed where nobody could be told; but that it is hard to say so of a coroutine is no news."""
    if not iscoroutine(args.object):
        log.error("unraisable", exc_info=args.exc_value)
