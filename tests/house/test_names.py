"""Names and first lines: what a newcomer sees before any code."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.walk import definitions, files, name

CODE = files("src", "workers", "seeds")
EMPTY = {"utils", "util", "helpers", "helper", "managers", "manager", "services", "service"}
UVICORNS = {
    "handle_ping",
    "handle_cont",
    "handle_parser_exception",
    "handle_exit",
    "handle_websocket_upgrade",
}
ARQS = {"handle_sig_wait_for_completion"}
"""What infra/wire.py, infra/ending.py and workers/ending.py say otherwise: the names are not ours."""
VAGUE = re.compile(r"^_?(handle_|process_data|do_stuff)")
TWO_LS = re.compile(r"(?<!\.)(?<!\._is_)cancell(ed|ing)\b", re.IGNORECASE)  # theirs
BARE_IGNORE = re.compile(r"#\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[\w-]+\])?)\s*$")


def _called(path: Path) -> Iterator[str]:
    yield from path.relative_to(path.parents[2]).parts
    yield from (each.name for each in definitions(path))


def _lines(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name(path)}:{number}"
        for path in CODE
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_module_says_in_one_sentence_what_it_is_for() -> None:
    first = {name(path): definitions(path)[0].docstring.split("\n\n")[0] for path in CODE}

    assert {path: said for path, said in first.items() if not 0 < len(said) <= 200} == {}


def test_nothing_is_called_by_a_word_that_says_nothing() -> None:
    words = {
        (word.lower(), name(path))
        for path in CODE
        for called in _called(path)
        for word in re.findall(r"[A-Z]?[a-z]+", called)
    }

    assert {(word, path) for word, path in words if word in EMPTY} == set()


def test_no_function_merely_handles_or_processes() -> None:
    vague = [(name(p), called) for p in CODE for called in _called(p) if VAGUE.match(called)]

    assert [found for found in vague if found[1] not in UVICORNS | ARQS] == []


def test_canceled_is_written_with_one_l() -> None:
    assert _lines(TWO_LS) == []


def test_every_ignore_carries_its_reason_on_the_line() -> None:
    assert _lines(BARE_IGNORE) == []
