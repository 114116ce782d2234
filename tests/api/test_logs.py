"""Logs: what happened, for people and machines, without the words and tokens of anybody (E2, E4)."""

import json
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from ordergraph.infra import logs

PLAY = Path(__file__).with_name("play_logs.py")


async def _logged(form: str) -> str:
    """In a process of its own: logging is configured once for each."""
    process = await create_subprocess_exec(
        sys.executable, str(PLAY), form, stdout=PIPE, stderr=PIPE
    )
    out, log = await process.communicate()
    assert (process.returncode, out) == (1, b"")  # it crashed in the end
    return log.decode()


async def _lines() -> dict[str, dict[str, Any]]:
    lines = [orjson.loads(line) for line in (await _logged("json")).splitlines()]
    return {line["event"]: line for line in lines}


@pytest.mark.parametrize("form", ["json", "text"])
async def test_whatever_is_logged_holds_nobodys_words(form: str) -> None:
    log = await _logged(form)

    assert "private" not in log
    assert "LookupError" in log
    assert "users_email_key" in log
    assert "crashed" in log
    assert "fault_id" in log
    assert "cancel" in log


async def test_a_coroutine_that_nobody_awaited_is_no_news() -> None:
    """graphql-core leaves them beside a field that failed."""
    log = await _logged("json")

    assert log.count('"unraisable"') == 1
    assert log.count('"py.warnings"') == 1  # the one that was given on purpose


async def test_machines_get_one_object_for_each_line() -> None:
    lines = await _lines()

    assert set(lines) == {
        "started",
        "from %s, a library",
        "library",
        '%s - "WebSocket %s" [accepted]',
        "Uvicorn running on http://127.0.0.1:8000",
        "Traceback",
        "unexpected",
        "of a library: %s",
        "thread.crashed",
        "unraisable",
        "crashed",
    }
    started = lines["started"]
    assert (started["port"], started["level"], started["unknown"]) == (8000, "info", "object")
    assert all(line["timestamp"].endswith("Z") for line in lines.values())
    assert {lines[e]["request_id"] for e in ("started", "unexpected", "of a library: %s")} == {
        "r-1"
    }


async def test_a_fault_is_told_by_its_kinds_and_places() -> None:
    fault = (await _lines())["unexpected"]

    first, cause = fault["exception"]
    assert (first["exc_type"], cause["exc_type"]) == ("UniqueViolationError", "LookupError")
    assert (first["sqlstate"], first["constraint_name"]) == ("23505", "users_email_key")
    assert [frame["name"] for frame in cause["frames"]] == ["insert", "cancel"]
    assert set(cause["frames"][0]) == {"filename", "lineno", "name"}


@dataclass
class _Card:
    number: str = "private"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("ä \ud800 \u2028", "ä \ud800 \u2028"),
        (2**70, 2**70),
        (1.5, 1.5),
        (None, None),
        ([{"a": (1, True)}], [{"a": [1, True]}]),
        ({1: 2}, {"1": 2}),
        (_Card(), "_Card"),
        ([_Card(), object()], ["_Card", "object"]),
        (datetime(2026, 1, 2, tzinfo=UTC), "datetime"),
        (b"private", "bytes"),
    ],
)
def test_a_value_is_shown_in_letters_that_every_encoding_has(value: object, shown: object) -> None:
    line = logs._as_json(None, "info", {"event": "e", "value": value})

    assert line.isascii()
    assert json.loads(line) == {"event": "e", "value": shown}
