"""Applications on a real socket of loopback, in the loop of the tests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp


def loopback() -> socket.socket:
    """A socket that listens on a free port: it may be asked before anybody answers."""
    return socket.create_server(("127.0.0.1", 0))


def url_of(line: socket.socket) -> str:
    return f"http://127.0.0.1:{line.getsockname()[1]}"


@asynccontextmanager
async def served(
    app: ASGIApp, line: socket.socket | None = None, **differently: Any
) -> AsyncIterator[str]:
    """The application's address while the block lasts; `differently`: words of uvicorn's Config."""
    line = line or loopback()
    usual = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
    server = uvicorn.Server(uvicorn.Config(app, **usual | differently))
    task = asyncio.create_task(server.serve(sockets=[line]))
    try:
        yield url_of(line)
    finally:
        server.should_exit = server.force_exit = True
        await task
