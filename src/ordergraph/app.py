"""The ASGI application: routes and lifespan."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from http import HTTPStatus
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ordergraph import downloads, probes
from ordergraph.api.context import Desk
from ordergraph.authentication import authenticating, refuse_unusable
from ordergraph.graphiql.routes import routes as graphiql_routes
from ordergraph.identity.authenticator import Authenticator
from ordergraph.identity.tokens import Tokens
from ordergraph.infra.replica import Replica, following
from ordergraph.loaders import Loaders
from ordergraph.notifications.acquaintances import Acquaintances
from ordergraph.personas import PERSONAS
from ordergraph.protection import library_of, quotas_of, trusted_of
from ordergraph.schema import schema
from ordergraph.settings import Settings
from ordergraph.settings import settings as current
from ordergraph.settings.kinds import read_origins
from ordergraph.transports.answers import NOT_STORED
from ordergraph.transports.browsers import Origins
from ordergraph.transports.cors import Cors
from ordergraph.transports.endpoint import PATH, STREAM_PATH, Endpoint
from ordergraph.transports.entrance import Entrance
from ordergraph.transports.envelope import Envelope, no_route
from ordergraph.transports.front import Front
from ordergraph.transports.pace import Pace
from ordergraph.transports.places import Places
from ordergraph.transports.rates import Rates
from ordergraph.transports.requests import is_from_here
from ordergraph.transports.running import STATEMENT_SHARE, Runner
from ordergraph.transports.sockets.door import nowhere
from ordergraph.transports.sockets.limits import SocketLimits
from ordergraph.webhooks import receive
from ordergraph.wiring import Wiring, relaying, tokens_of, wired
from ordergraph.withdrawals import download

log = structlog.get_logger(__name__)


def build(settings: Settings) -> Starlette:
    """Make the application of one process; raises SettingsError for a missing secret."""
    tokens = tokens_of(settings)
    refuse_unusable(settings)
    trusted_of(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            why_not(),
            wired(
                settings, application="ordergraph-api", statement_s=_statement_s(settings)
            ) as wiring,
            relaying(wiring.hub),
            authenticating(settings, wiring.hub) as authenticator,
            replicated(wiring) as replica,
        ):
            app.state.wiring = wiring
            app.state.front = front_of(wiring, authenticator, replica)
            app.state.graphql = Endpoint(app.state.front)
            yield
            await app.state.front.runner.finish()
            await app.state.front.rates.aclose()

    origins = read_origins(settings.origins)
    return App(
        routes=_routes(settings, tokens),
        lifespan=lifespan,
        middleware=[Middleware(Entrance), Middleware(Cors, origins=origins), Middleware(Envelope)],
        exception_handlers={HTTPException: no_route},
    )


@asynccontextmanager
async def why_not() -> AsyncIterator[None]:
    """What keeps the process from starting is in the log: of what the server says only the first line is."""
    try:
        yield
    except Exception:
        log.exception("lifespan.failed")
        raise


SHORT: Final = {("http", PATH), ("http", STREAM_PATH), ("websocket", PATH)}


class App(Starlette):
    """Starlette's own. What nearly all requests are for passes its router, and what is around that."""

    def build_middleware_stack(self) -> ASGIApp:
        short: ASGIApp = _Late()
        for layer in reversed(self.user_middleware):
            short = layer.cls(short, *layer.args, **layer.kwargs)
        usual = super().build_middleware_stack()

        async def stack(scope: Scope, receive: Receive, send: Send) -> None:
            is_short = (scope["type"], scope.get("path")) in SHORT and not scope.get("root_path")
            await (short if is_short else usual)(scope, receive, send)

        return stack


def replicated(wiring: Wiring) -> AbstractAsyncContextManager[Replica | None]:
    """The replica that this process reads from, if there is to be one."""
    url, marks = wiring.settings.replica_url, wiring.marks
    if url is None or marks is None:
        return nullcontext()
    statement_s = _statement_s(wiring.settings)
    return following(url, marks, application="ordergraph-api", statement_s=statement_s)


def front_of(wiring: Wiring, authenticator: Authenticator, replica: Replica | None = None) -> Front:
    chosen = wiring.settings
    limits = SocketLimits(
        init_s=chosen.socket_init_s,
        write_s=chosen.socket_write_s,
        operations=chosen.socket_operations,
        message_bytes=chosen.socket_message_bytes,
    )
    return Front(
        schema if chosen.compiled_completion else schema.uncompiled(),
        desk_of(wiring),
        authenticator,
        body_limit=chosen.body_max_bytes,
        origins=Origins(read_origins(chosen.origins), chosen.public_url or ""),
        places=Places(chosen.lines_per_user, chosen.lines_per_address),
        sockets=limits,
        library=library_of(chosen),
        runner=Runner(chosen.operation_timeout_s),
        rates=Rates(quotas_of(chosen), chosen.servers().redis_url),
        trusted=trusted_of(chosen),
        pace=Pace(chosen.rate_deliveries),
        replica=replica,
    )


def desk_of(wiring: Wiring) -> Desk:
    return Desk(
        edge=wiring.edge,
        hub=wiring.hub,
        cashier=wiring.cashier,
        courier=wiring.courier,
        acquaintances=Acquaintances(wiring.edge.clock, emails=wiring.settings.smtp_url is not None),
        keeper=wiring.keeper,
        loaders=Loaders,
        test_clock=wiring.settings.test_clock,
        second_operator_over=wiring.settings.limits(),
    )


def _statement_s(settings: Settings) -> float:
    """How long a statement of the API's may take."""
    return settings.operation_timeout_s * STATEMENT_SHARE


def _routes(settings: Settings, tokens: Tokens) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        Route(PATH, _Late()),
        Route(STREAM_PATH, _Late()),
        WebSocketRoute(PATH, _Late()),
        Route("/webhooks/{gateway}", receive, methods=["POST"]),
        *downloads.routes(),
        download.ROUTE,
        *probes.routes(settings),
    ]
    if settings.graphiql and settings.trusted_documents is None:  # it writes documents of its own
        routes += graphiql_routes()
        routes.append(Route("/", lambda _: RedirectResponse("/graphiql")))
    if settings.test_clock:
        routes.append(Route("/dev/personas", _personas(tokens)))
    return [*routes, WebSocketRoute("/{path:path}", nowhere)]


class _Late:
    """The endpoint that the lifespan makes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint: ASGIApp = scope["app"].state.graphql
        await endpoint(scope, receive, send)


def _personas(tokens: Tokens) -> Callable[[Request], Awaitable[Response]]:
    people = [
        {
            "name": someone.name,
            "displayName": someone.display_name,
            "role": someone.role.value,
            "token": someone.token(tokens),
        }
        for someone in PERSONAS
    ]

    async def personas(request: Request) -> Response:
        """For whoever works on this machine: one of the tokens is an operator's."""
        if not is_from_here(request):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return JSONResponse(people, headers=NOT_STORED)

    return personas


def from_environment() -> Starlette:
    """For uvicorn and other servers: `uvicorn --factory ordergraph.app:from_environment`."""
    return build(current())
