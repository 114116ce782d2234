"""Logs: what happened, for people and machines, without the words and tokens of anybody (E2, E4)."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec

import orjson
import pytest

SCRIPT = """
import logging, sys, structlog
from ordergraph.infra import logs

def cancel(note, token):
    raise LookupError("no such row")

logs.configure("INFO", json=sys.argv[1] == "json")
structlog.contextvars.bind_contextvars(request_id="r-1")
log = structlog.get_logger("ours")
log.info("started", port=8000)
logging.getLogger("arq.worker").info("a job with its arguments: private")
logging.getLogger("theirs").warning("from a library")
try:
    cancel(note="private words", token="private token")
except LookupError:
    log.exception("unexpected", fault_id="f-1")
"""


async def _logged(form: str) -> str:
    """In a process of its own: logging is configured once for each."""
    process = await create_subprocess_exec(
        sys.executable, "-c", SCRIPT, form, stdout=PIPE, stderr=PIPE
    )
    out, log = await process.communicate()
    assert (process.returncode, out) == (0, b"")
    return log.decode()


@pytest.mark.parametrize("form", ["json", "text"])
async def test_a_fault_is_logged_with_its_place_and_without_anybodys_words(form: str) -> None:
    log = await _logged(form)

    assert "LookupError" in log
    assert "fault_id" in log
    assert "cancel" in log
    assert "private words" not in log.replace('cancel(note="private words"', "")
    assert "its arguments" not in log


async def test_machines_get_one_object_for_each_line() -> None:
    lines = [orjson.loads(line) for line in (await _logged("json")).splitlines()]

    started, library, fault = lines
    assert (started["event"], started["port"], started["level"]) == ("started", 8000, "info")
    assert {line["request_id"] for line in lines} == {"r-1"}
    assert (library["logger"], library["event"]) == ("theirs", "from a library")
    assert fault["exception"][0]["exc_type"] == "LookupError"
    assert all("locals" not in frame for frame in fault["exception"][0]["frames"])
    assert all(line["timestamp"].endswith("Z") for line in lines)
