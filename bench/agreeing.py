"""Nobody is measured who answers something else than ordergraph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from bench.contenders import OURS
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
            said = {
                server.contender.name: _said(stage, server, workload, case) for server in servers
            }
            _compare(workload, case, said)
            asked += 1
    return asked


def _said(stage: Stage, server: Running, workload: str, case: Case) -> Any:
    contender = server.contender
    heard = orjson.loads(answer(server.port, contender.request(stage, workload, case)))
    return contender.read(workload, heard)


def _compare(workload: str, case: Case, said: Mapping[str, Any]) -> None:
    ours = said[OURS.name]
    if "errors" in ours or not ours.get("data"):
        raise Disagreement(f"{workload} for {case.name}: {ours}")
    for name, theirs in said.items():
        if theirs != ours:
            raise Disagreement(
                f"{workload} for {case.name}:\n{OURS.name} says {_text(ours)}\n"
                f"{name} says {_text(theirs)}"
            )


def _text(said: Any) -> str:
    return orjson.dumps(said).decode()[:SHOWN]
