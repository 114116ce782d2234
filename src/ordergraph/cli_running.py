"""`ordergraph serve`, `worker` and `check`: the processes of an installation, and what they need."""

import asyncio
import gc
import sys
from typing import Any

import typer
import uvicorn
from rich.console import Console

from ordergraph.authentication import refuse_unusable
from ordergraph.infra import logs, tracing
from ordergraph.infra.ending import Server
from ordergraph.infra.http_line import HttpLine
from ordergraph.infra.wire import many_open_files, websockets
from ordergraph.settings import settings as current
from ordergraph.wiring import tokens_of, try_gateway

STARTUP_FAILED = 3  # as uvicorn's own command says it
out = Console(highlight=False, soft_wrap=True)


def serve() -> None:
    """Serve the API: one process."""
    settings = current()
    settings.servers()
    tokens_of(settings)
    refuse_unusable(settings)
    asyncio.run(try_gateway(settings))
    logs.configure(settings.log_level, json=settings.log_json)
    many_open_files()
    server = Server(
        uvicorn.Config(
            by_name("ordergraph.app", "from_environment"),
            factory=True,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http=HttpLine,
            timeout_graceful_shutdown=settings.grace_s,
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            **websockets(
                message_bytes=settings.socket_message_bytes, ping_s=settings.socket_ping_s
            ),
        )
    )
    tracing.begin("ordergraph-api")
    server.run()
    tracing.close()
    if not server.started:
        raise typer.Exit(STARTUP_FAILED)


def worker() -> None:
    """Work: close windows, send refunds, deliver the outbox. The same as arq workers.main.WorkerSettings."""
    settings = current()
    settings.servers()
    asyncio.run(try_gateway(settings))
    logs.configure(settings.log_level, json=settings.log_json)
    by_name("workers.ending", "run")(by_name("workers.main", "WorkerSettings"))


def by_name(module: str, name: str) -> Any:
    """Import by name: what only one command needs, or, as with workers, what lies above us."""
    gc.disable()  # as cli.py does: nothing of what is imported is garbage, now or later
    __import__(module)
    gc.freeze()
    gc.enable()
    return getattr(sys.modules[module], name)


def check() -> None:
    """Say line by line whether everything that this installation needs is there; exit 1 when it is not."""
    found = asyncio.run(by_name("ordergraph.checks", "run")(current()))
    for finding in found:
        out.print(f"{finding.verdict:<4} {finding.what}: {finding.detail}", markup=False)
    raise typer.Exit(0 if all(finding.good for finding in found) else 1)
