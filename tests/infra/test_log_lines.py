"""The plain lines of the log are structlog's own, character for character."""

from typing import Any, Final
from uuid import UUID

import pytest
from structlog.dev import ConsoleRenderer

from ordergraph.infra.log_exceptions import as_text
from ordergraph.infra.log_lines import plain

ALWAYS: Final = {"timestamp": "2026-11-29T04:42:39.304054Z", "level": "info", "logger": "a.b"}
RICH: Final = ConsoleRenderer(colors=False, exception_formatter=as_text)


@pytest.mark.parametrize(
    "said",
    [
        {"event": "request", "method": "POST", "status": 200, "ms": 18.8, "route": "graphql"},
        {"event": "nothing more"},
        {"event": "of more than thirty characters, all of them", "none": None},
        {"event": 5, "level": "exception", "words": "two words", "sign": "a=b", "empty": ""},
        {"event": "%s", "quotes": "it's", "break": "a\nb", "id": UUID(int=1), "many": ["a b"]},
        {"event": "failed", "exc_info": LookupError("private"), "ms": 1.0},
        {"event": "failed", "exception": "LookupError", "stack": "here"},
    ],
    ids=lambda said: f"{said['event']}, {len(said)}",
)
def test_a_plain_line_is_the_one_that_structlog_would_make(said: dict[str, Any]) -> None:
    event = {**ALWAYS, **said}

    line = plain(RICH)(None, "info", dict(event))

    assert line == RICH(None, "info", dict(event))
    assert str(said["event"]) in line
