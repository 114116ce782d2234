"""Who is measured: how each is started, and how it is asked the same question."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson

from bench.market import Case
from bench.peers import node_command
from bench.servers.sql import ODD
from bench.servers.views import VIEWS
from bench.stage import Stage
from bench.workloads import WORKLOADS, A, B, C, Workload
from ordergraph.kernel.actor import Role

DOCUMENTS: Final = Path(__file__).with_name("documents")


def _as_it_is(_workload: Workload, answer: Any) -> Any:
    return answer


@dataclass(frozen=True, slots=True)
class Contender:
    """One server that is measured.

    `command` starts it on a port; `request` is one whole HTTP request, ready to be sent; `read`
    brings its answer to the names that ordergraph uses, where it cannot use them itself; what it
    `lacks` are fields whose values are its own, and are not compared. `statements` prepare the
    database. It takes part in these `workloads`.
    """

    name: str
    about: str
    command: Callable[[Stage, int], tuple[str, ...]]
    environment: Callable[[Stage, int], Mapping[str, str]]
    request: Callable[[Stage, Workload, Case], bytes]
    read: Callable[[Workload, Any], Any] = _as_it_is
    lacks: frozenset[str] = frozenset()
    statements: str = ""
    workloads: frozenset[Workload] = frozenset({A, B})


def document(workload: Workload, dialect: str = "") -> str:
    return document_of(f"{dialect}{workload.document}")


def document_of(name: str) -> str:
    return (DOCUMENTS / f"{name}.graphql").read_text()


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


def _graphql(
    text: str, variables: Mapping[str, str], path: str = "/graphql", **headers: str
) -> bytes:
    return _post(path, orjson.dumps({"query": text, "variables": variables}), **headers)


def _uvicorn(app: str) -> Callable[[Stage, int], tuple[str, ...]]:
    options = (
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"),
        *("--ws", "websockets-sansio", "--ws-per-message-deflate", "false"),
    )
    return lambda _, port: (
        *(sys.executable, "-m", "uvicorn", app, *options),
        *("--host", "127.0.0.1", "--port", str(port)),
    )


def _serve(_stage: Stage, _port: int) -> tuple[str, ...]:
    return (sys.executable, "-m", "ordergraph.cli", "serve")


def _ours(stage: Stage, port: int) -> Mapping[str, str]:
    return stage.environment | {"ORDERGRAPH_PORT": str(port)}


def _theirs(stage: Stage, port: int) -> Mapping[str, str]:
    return {
        "BENCH_DATABASE_URL": stage.database_url,
        "BENCH_REDIS_URL": stage.redis_url,
        "BENCH_PORT": str(port),
        "BENCH_JWT_SECRET": stage.secret,
        "BENCH_DECIMALS": orjson.dumps(ODD).decode(),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }


def _guarded(stage: Stage, port: int) -> Mapping[str, str]:
    return {**_theirs(stage, port), "BENCH_GUARDED": "yes"}


def _node(script: str) -> Callable[[Stage, int], tuple[str, ...]]:
    return lambda _stage, _port: node_command(script)


def _ask_limit(_: Stage, workload: Workload, case: Case) -> bytes:
    ids = [case.user_id, case.order_id] if case.order_id else [case.user_id]
    path = "/".join(["", workload.document, *map(str, ids)])
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def ask_ours(stage: Stage, workload: Workload, case: Case, role: Role = Role.BUYER) -> bytes:
    headers = {"authorization": f"Bearer {stage.token(case.name, role)}"}
    if workload.once:
        headers["idempotency-key"] = str(uuid4())
    return _graphql(document(workload), case.variables, **headers)


def _ask_plain(_: Stage, workload: Workload, case: Case) -> bytes:
    user = {"x-user": str(case.user_id)}
    return _graphql(document(workload), case.variables, "/graphql/", **user)


def _ask_mercurius(_: Stage, workload: Workload, case: Case) -> bytes:
    return _graphql(document(workload), case.variables, **{"x-user": str(case.user_id)})


def _ask_postgraphile(_: Stage, workload: Workload, case: Case) -> bytes:
    variables = {"user": str(case.user_id)}
    if case.order_id:
        variables["order"] = str(case.order_id)
    return _graphql(document(workload, "postgraphile-"), variables)


def _read_postgraphile(workload: Workload, answer: Any) -> Any:
    """Its lists of one are our single objects, and its names for whole tables our viewer's."""
    found = answer["data"]
    if workload is A:
        return {"data": {"viewer": {"purchases": found["allPurchases"]}}}
    [order] = found["allPurchasesList"]
    [order["dispute"]] = order.pop("disputes")
    order["dispute"]["messages"] = order["dispute"].pop("messagesConnection")
    return {"data": {"order": order}}


LIMIT: Final = Contender(
    "limit", "a bare ASGI function; Postgres builds the JSON", _uvicorn("bench.servers.limit:app"),
    _theirs, _ask_limit, workloads=frozenset(WORKLOADS),
)  # fmt: skip
LIMIT_LIVE: Final = Contender(
    "limit", "a bare ASGI WebSocket; one statement for each change", _uvicorn("bench.servers.telling:app"),
    _theirs, lambda *_: b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", workloads=frozenset(),
)  # fmt: skip
SAME: Final = Contender(
    "same", "the same statements, by bare asyncpg", _uvicorn("bench.servers.same:app"),
    _theirs, _ask_limit, workloads=frozenset({C}),
)  # fmt: skip
OURS: Final = Contender(
    "ordergraph", "`ordergraph serve`", _serve, _ours, ask_ours, workloads=frozenset(WORKLOADS)
)
PLAIN: Final = Contender(
    "plain", "Strawberry and Tortoise as their guides say", _uvicorn("bench.servers.plain:app"),
    _theirs, _ask_plain,
)  # fmt: skip
MERCURIUS: Final = Contender(
    "mercurius", "Fastify, mercurius, graphql-jit, node-postgres", _node("mercurius.mjs"),
    _theirs, _ask_mercurius,
)  # fmt: skip
GUARDED: Final = Contender(
    "mercurius+", "mercurius that checks tokens, counts rates in Valkey, and logs, by Fastify's plugins",
    _node("mercurius.mjs"), _guarded, ask_ours,
)  # fmt: skip
POSTGRAPHILE: Final = Contender(
    "postgraphile", "PostGraphile 5 over views", _node("postgraphile.mjs"),
    _theirs, _ask_postgraphile, _read_postgraphile, frozenset({"cursor", "endCursor"}), VIEWS,
)  # fmt: skip
PEERS: Final = (MERCURIUS, GUARDED, POSTGRAPHILE)
CONTENDERS: Final = (LIMIT, SAME, OURS, MERCURIUS, GUARDED, POSTGRAPHILE, PLAIN)
