"""A process that has something to say in every way, and then crashes."""

import asyncio
import logging
import sys
import threading
import warnings
from types import SimpleNamespace

import asyncpg
import structlog

from ordergraph.infra import logs
from ordergraph.infra.correlation import BEHALF


def cancel(note: str, token: str) -> None:  # noqa: ARG001  (values that a traceback would show)
    raise LookupError("no such row: private")


def insert(row: str) -> None:
    try:
        cancel(row, row)
    except LookupError as problem:
        wrong = asyncpg.UniqueViolationError("private")
        wrong.detail = "Key (email)=(private) already exists."
        wrong.constraint_name = "users_email_key"
        raise wrong from problem


logs.configure("DEBUG", json=sys.argv[1] == "json")
BEHALF.set({"request_id": "r-1"})
log = structlog.get_logger("ordergraph.here")
log.info("started", port=8000, unknown=object())
logging.getLogger("arq.worker").info("a job with its arguments: private")
logging.getLogger("arq.worker").error("%6.2fs ! %s failed, %s: %s", 1.0, "job", "X", "private")
logging.getLogger("theirs").debug("< %s", "private")
logging.getLogger("theirs").warning("from %s, a library", "private")
logging.getLogger("theirs").warning("put together before: private")
logging.getLogger("theirs").warning("%d", "private")  # cannot be made: it is lost, not printed
logging.getLogger("uvicorn.error").debug("< %s", "private")
logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "here", "private")
for level, said, given in (
    (logging.INFO, "Uvicorn running on http://%s:%d", ("127.0.0.1", 8000)),
    (logging.ERROR, "Traceback\n  private", ()),
):
    record = logging.LogRecord("uvicorn.error", level, "uvicorn/server.py", 1, said, given, None)
    logging.getLogger("uvicorn.error").handle(record)
warnings.warn("private", RuntimeWarning, stacklevel=1)
del_me = asyncio.sleep(0)
sys.unraisablehook(SimpleNamespace(object=del_me, exc_value=KeyError("__import__")))
del del_me  # nobody has awaited it
sys.unraisablehook(SimpleNamespace(object=insert, exc_value=KeyError("private")))
try:
    insert("private")
except asyncpg.UniqueViolationError:
    log.exception("unexpected", fault_id="f-1")
    logging.getLogger("theirs").exception("of a library: %s", "private")
thread = threading.Thread(target=insert, args=("private",))
thread.start()
thread.join()


async def group() -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.to_thread(insert, "private"))


asyncio.run(group())
