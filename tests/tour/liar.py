"""A server that is none of ours: it answers whatever a test tells it to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@asynccontextmanager
async def liar(
    body: str, *, path: str = "/graphql", status: int = 200, kind: str = "application/json"
) -> AsyncIterator[str]:
    """Serve one answer to everybody; yields the URL."""

    async def answer(_: Request) -> Response:
        return Response(body, status_code=status, media_type=kind)

    line = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route(path, answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[line]))  # it listens already
    try:
        yield f"http://127.0.0.1:{line.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
