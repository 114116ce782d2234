"""Nobody is measured who answers something else than ordergraph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from bench.contenders import OURS, Contender
from bench.market import Case
from bench.running import Running, answer
from bench.stage import Stage

SHOWN: Final = 2_000


class Disagreement(Exception):
    """Two servers answer one question in two ways; the message shows both."""


def agree(stage: Stage, servers: Sequence[Running], questions: Mapping[str, Iterable[Case]]) -> int:
    """Ask every server every question, compare what it says, and return how many there were."""
    asked = 0
    for workload, cases in questions.items():
        for case in cases:
            said = {server.contender: _said(stage, server, workload, case) for server in servers}
            _compare(workload, case, said)
            asked += 1
    return asked


def _said(stage: Stage, server: Running, workload: str, case: Case) -> Any:
    contender = server.contender
    heard = orjson.loads(answer(server.port, contender.request(stage, workload, case)))
    return contender.read(workload, heard)


def _compare(workload: str, case: Case, said: Mapping[Contender, Any]) -> None:
    ours = said[OURS]
    if "errors" in ours or not ours.get("data"):
        raise Disagreement(f"{workload} for {case.name}: {ours}")
    for contender, theirs in said.items():
        if _without(contender.lacks, theirs) != _without(contender.lacks, ours):
            raise Disagreement(
                f"{workload} for {case.name}:\n{OURS.name} says {_text(ours)}\n"
                f"{contender.name} says {_text(theirs)}"
            )


def _without(lacking: frozenset[str], said: Any) -> Any:
    """The same, but of these fields only that they are there."""
    if isinstance(said, list):
        return [_without(lacking, item) for item in said]
    if not isinstance(said, dict):
        return said
    return {
        name: value is not None if name in lacking else _without(lacking, value)
        for name, value in said.items()
    }


def _text(said: Any) -> str:
    return orjson.dumps(said).decode()[:SHOWN]
