"""Who is measured: how each is started, and how it is asked the same question."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from bench.market import Case
from bench.stage import Stage

DOCUMENTS: Final = Path(__file__).with_name("documents")
READS: Final = {"A": "purchases", "B": "dispute"}
"""The workloads that read, and their documents."""


def _as_it_is(_workload: str, answer: Any) -> Any:
    return answer


@dataclass(frozen=True, slots=True)
class Contender:
    """One server that is measured.

    `command` starts it on a port; `request` is one whole HTTP request, ready to be sent; `read`
    brings its answer to the names that ordergraph uses, where it cannot use them itself.
    """

    name: str
    about: str
    command: Callable[[Stage, int], tuple[str, ...]]
    environment: Callable[[Stage, int], Mapping[str, str]]
    request: Callable[[Stage, str, Case], bytes]
    read: Callable[[str, Any], Any] = _as_it_is


def document(workload: str) -> str:
    return (DOCUMENTS / f"{READS[workload]}.graphql").read_text()


def _post(path: str, body: bytes, **headers: str) -> bytes:
    head = {
        "host": "localhost",
        "content-type": "application/json",
        "accept": "application/json",
        "content-length": str(len(body)),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def _graphql(workload: str, case: Case, path: str = "/graphql", **headers: str) -> bytes:
    body = orjson.dumps({"query": document(workload), "variables": case.variables})
    return _post(path, body, **headers)


def _uvicorn(app: str) -> Callable[[Stage, int], tuple[str, ...]]:
    options = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error")
    return lambda _, port: (
        *(sys.executable, "-m", "uvicorn", app, *options),
        *("--host", "127.0.0.1", "--port", str(port)),
    )


def _serve(_stage: Stage, _port: int) -> tuple[str, ...]:
    return (sys.executable, "-m", "ordergraph.cli", "serve")


def _ours(stage: Stage, port: int) -> Mapping[str, str]:
    return stage.environment | {"ORDERGRAPH_PORT": str(port)}


def _theirs(stage: Stage, port: int) -> Mapping[str, str]:
    return {"BENCH_DATABASE_URL": stage.database_url, "BENCH_PORT": str(port)}


def _ask_limit(_: Stage, __: str, case: Case) -> bytes:
    path = (
        f"/order/{case.user_id}/{case.order_id}" if case.order_id else f"/purchases/{case.user_id}"
    )
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def _ask_ours(stage: Stage, workload: str, case: Case) -> bytes:
    return _graphql(workload, case, authorization=f"Bearer {stage.token(case.name)}")


def _ask_plain(_: Stage, workload: str, case: Case) -> bytes:
    return _graphql(workload, case, "/graphql/", **{"x-user": str(case.user_id)})


LIMIT: Final = Contender(
    "limit", "a bare ASGI function; Postgres builds the JSON", _uvicorn("bench.servers.limit:app"),
    _theirs, _ask_limit,
)  # fmt: skip
OURS: Final = Contender("ordergraph", "`ordergraph serve`", _serve, _ours, _ask_ours)
PLAIN: Final = Contender(
    "plain", "Strawberry and Tortoise as their guides say", _uvicorn("bench.servers.plain:app"),
    _theirs, _ask_plain,
)  # fmt: skip
CONTENDERS: Final = (LIMIT, OURS, PLAIN)
