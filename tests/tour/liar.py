"""A server that is none of ours: it answers whatever a test tells it to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.serving import served


@asynccontextmanager
async def liar(
    body: str, *, path: str = "/graphql", status: int = 200, kind: str = "application/json"
) -> AsyncIterator[str]:
    """Serve one answer to everybody; yields the URL."""

    async def answer(_: Request) -> Response:
        return Response(body, status_code=status, media_type=kind)

    async with served(_app(path, answer)) as url:
        yield url


@asynccontextmanager
async def twister(honest: str, word: str, other: str) -> AsyncIterator[str]:
    """Pass everything on to an honest server, and change one word in what mutations answer."""
    async with httpx.AsyncClient(trust_env=False) as http:

        async def answer(request: Request) -> Response:
            passed = ("authorization", "accept-language", "idempotency-key")
            headers = {name: request.headers[name] for name in passed if name in request.headers}
            body = await request.json()
            true = await http.post(f"{honest}/graphql", json=body, headers=headers)
            twisted = true.text.replace(word, other) if "mutation" in body["query"] else true.text
            return Response(twisted, true.status_code)

        async with served(_app("/graphql", answer)) as url:
            yield url


def _app(path: str, answer: Callable[[Request], Awaitable[Response]]) -> Starlette:
    return Starlette(routes=[Route(path, answer, methods=["GET", "POST"])])
