"""`ordergraph webhooks listen`: a receiver on this machine that checks each message and shows it."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx
import uvicorn
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.outgoing import actions, queries
from ordergraph.outgoing.actions import Wanted
from ordergraph.wiring import Wiring

HOST: Final = "127.0.0.1"
PATH: Final = "/webhooks"
CALLED: Final = "ordergraph webhooks listen"
STAFF: Final = Actor(frozenset({Role.OPERATOR}))
"""Whoever runs commands on the machine acts as an operator."""
FORWARD_WITHIN_S: Final = 10.0
PASSED_ON: Final[tuple[str, ...]] = (
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "content-type",
)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Listener:
    """Checks with this secret; passes on to `forward`, whose answer it gives."""

    secret: str
    forward: str | None
    say: Say

    async def receive(self, request: Request) -> Response:
        body = (await request.body()).decode(errors="replace")
        headers = dict(request.headers)
        try:
            said: Any = Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, ValueError) as wrong:
            self.say(f"NOT VERIFIED ({wrong}): {body[:200]}")
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        self.say(f"verified {headers['webhook-id']} {said['type']} {body}")
        return Response(status_code=await self._passed_on(body, headers))

    async def _passed_on(self, body: str, headers: dict[str, str]) -> int:
        if self.forward is None:
            return HTTPStatus.NO_CONTENT
        kept = {name: headers[name] for name in PASSED_ON if name in headers}
        try:
            async with httpx.AsyncClient(timeout=FORWARD_WITHIN_S) as client:
                answer = await client.post(self.forward, content=body, headers=kept)
        except httpx.HTTPError as problem:
            self.say(f"  {self.forward} did not answer: {type(problem).__name__}")
            return HTTPStatus.BAD_GATEWAY
        self.say(f"  {self.forward} answered {answer.status_code}")
        return answer.status_code


class _Server(uvicorn.Server):
    """Uvicorn would end the process by the signal itself, before the endpoint is deleted."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


def bound(port: int) -> socket.socket:
    """A port of this machine, ours from now on."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((HOST, port))
    return listening


async def serve(listener: Listener, listening: socket.socket) -> None:
    """Receive until a signal."""
    app = Starlette(routes=[Route(PATH, listener.receive, methods=["POST"])])
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
    listener.say(f"listening on {url_of(listening)}")
    await _Server(config).serve(sockets=[listening])


def url_of(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}{PATH}"


@asynccontextmanager
async def temporary(wiring: Wiring, url: str, event_types: list[str] | None) -> AsyncIterator[str]:
    """An endpoint for as long as the block lasts; its secret. One that was left behind goes first."""
    if not wiring.settings.webhook_allow_private:
        raise InvalidInput(
            field="webhooks listen",
            problem="this installation calls no private address: set"
            " ORDERGRAPH_WEBHOOK_ALLOW_PRIVATE=true for it, or give the --secret of an endpoint that"
            " leads here by a tunnel",
        )
    keyring, wanted = (
        wiring.courier.keyring,
        Wanted(url=url, description=CALLED, event_types=event_types),
    )
    async with wiring.edge.transaction(STAFF) as tx:
        for old in await queries.not_deleted(STAFF).filter(url=url, description=CALLED):
            await actions.delete(tx, old.id)
        endpoint = await actions.create(tx, wanted, keyring)
    assert endpoint.secret is not None, "just made"
    try:
        yield keyring.unlock(endpoint.secret)
    finally:
        async with wiring.edge.transaction(STAFF) as tx:
            await actions.delete(tx, endpoint.id)
