"""What a process is made of: settings in, working parts out. The only place that joins them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from secrets import token_urlsafe
from typing import Final

from arq.connections import ArqRedis

from ordergraph.books.actions import Auditor
from ordergraph.files.keeping import Keeper
from ordergraph.files.links import Links
from ordergraph.files.process import Limits
from ordergraph.files.storages import protocol as storages
from ordergraph.identity.tokens import Tokens
from ordergraph.infra.clock import DatabaseClock
from ordergraph.infra.database import STATEMENT_S, Edge, connected
from ordergraph.infra.hub import Hub
from ordergraph.infra.marks import Marks
from ordergraph.infra.meanwhile import meanwhile
from ordergraph.infra.queue import Bell, connect
from ordergraph.kernel.clock import Clock
from ordergraph.kernel.event import Event
from ordergraph.marking import marking
from ordergraph.notifications.mailing import Mailer
from ordergraph.outgoing.addresses import Fence
from ordergraph.outgoing.keyring import Keyring
from ordergraph.outgoing.posting import Postman
from ordergraph.outgoing.sending import Courier
from ordergraph.payments.gateways import protocol
from ordergraph.payments.gateways.observed import Observed
from ordergraph.payments.gateways.protocol import PaymentGateway, Surroundings
from ordergraph.reactions import Nudge, Wake, follow_ups
from ordergraph.refunds.pace import Pace
from ordergraph.refunds.sending import AT_ONCE, Cashier
from ordergraph.settings import Settings, SettingsError
from ordergraph.settings.kinds import read_spans

LOOK_AGAIN_S: Final = 2
"""After how long a difference with the gateway is looked at again before it counts."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of one running process."""

    settings: Settings
    hub: Hub
    bell: Bell
    cashier: Cashier
    redis: ArqRedis
    keeper: Keeper
    courier: Courier
    mailer: Mailer | None = None
    marks: Marks | None = None
    """None where nothing is read from a replica."""

    @property
    def edge(self) -> Edge:
        return self.cashier.edge

    @property
    def gateway(self) -> PaymentGateway:
        return self.cashier.gateway

    @property
    def auditor(self) -> Auditor:
        """Who looks at the books."""
        return Auditor(self.edge, self.gateway, patience=timedelta(seconds=LOOK_AGAIN_S))


@asynccontextmanager
async def wired(
    settings: Settings, *, application: str, statement_s: float = STATEMENT_S
) -> AsyncIterator[Wiring]:
    """Open everything a process needs; Redis may be away, Postgres may not."""
    servers = settings.servers()
    redis = connect(servers.redis_url)
    hub, bell, clock = Hub(redis), Bell(redis), DatabaseClock()
    gateway, keeper = Observed(gateway_of(settings, clock)), keeper_of(settings)

    async def announce(events: Sequence[Event]) -> None:
        follows = [follow_up for event in events for follow_up in follow_ups(event)]
        hub.publish(one.topic for one in follows if isinstance(one, Nudge))
        for job in {one.job for one in follows if isinstance(one, Wake)}:
            bell.ring(job)

    async with connected(servers.database_url, application=application, statement_s=statement_s):
        marks = Marks(servers.redis_url) if settings.replica_url else None
        edge = Edge(clock, announce, marking(marks) if marks else None)
        courier = courier_of(settings, edge)
        try:
            cashier = _cashier(settings, edge, gateway)
            mailer = mailer_of(settings, edge)
            yield Wiring(settings, hub, bell, cashier, redis, keeper, courier, mailer, marks)
        finally:
            await courier.aclose()
            await bell.aclose()
            await hub.aclose()
            await gateway.aclose()
            await keeper.storage.aclose()
            await redis.aclose(close_connection_pool=True)
            if marks is not None:
                await marks.aclose()


def _cashier(settings: Settings, edge: Edge, gateway: PaymentGateway) -> Cashier:
    """Who sends refunds: one for the whole process, because the gateway counts calls, not jobs."""
    rate = settings.gateway_rate_per_s
    return Cashier(
        edge=edge,
        gateway=gateway,
        timeout=timedelta(seconds=settings.gateway_timeout_s),
        lease=timedelta(seconds=settings.refund_lease_s),
        pace=Pace(rate),
        back_off=read_spans(settings.refund_back_off_s),
        at_once=max(1, min(AT_ONCE, int(rate))) if rate else AT_ONCE,
    )


def mailer_of(settings: Settings, edge: Edge) -> Mailer | None:
    """Who sends mails; None where none are sent. Raises SettingsError without the extra."""
    if settings.smtp_url is None:
        return None
    try:
        smtp = import_module("ordergraph.notifications.smtp")
    except ModuleNotFoundError:
        raise SettingsError("ORDERGRAPH_SMTP_URL needs the extra: ordergraph[smtp]") from None
    postbox = smtp.Smtp(settings.smtp_url.get_secret_value())
    return Mailer(edge, postbox, settings.email_from)


def courier_of(settings: Settings, edge: Edge) -> Courier:
    """Who sends webhooks; none is open before the first."""
    key = settings.webhook_secret_key
    return Courier(
        edge=edge,
        keyring=Keyring.of(key.get_secret_value() if key else None),
        fence=Fence(
            allow_private=settings.webhook_allow_private, allow_http=settings.webhook_allow_private
        ),
        postman=Postman(),
        timeout=timedelta(seconds=settings.webhook_timeout_s),
        lease=timedelta(seconds=settings.webhook_lease_s),
        at_once=settings.webhook_at_once,
    )


def gateway_of(settings: Settings, clock: Clock) -> PaymentGateway:
    """The gateway that is chosen, under this clock; raises UnusableGateway or SettingsError."""
    made = protocol.load(settings.gateway)(Surroundings(clock, settings.told_gateway()))
    if settings.test_clock and made.real_money:
        raise SettingsError(
            f"ORDERGRAPH_TEST_CLOCK is true, but the gateway {made.name!r} moves real money"
        )
    return made


def keeper_of(settings: Settings) -> Keeper:
    """Where files are kept, and who signs their links; raises UnusableStorage."""
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    # Who has no secret signs nothing that another process would believe: workers, for one.
    secret = _secret(settings) if settings.jwt_secret else token_urlsafe()
    links = Links.of(secret, base)
    given = storages.Surroundings(settings.data_dir, links, settings.told_storage())
    limits = Limits(
        file_bytes=settings.file_max_bytes,
        video_bytes=settings.video_max_bytes,
        each=settings.files_each,
        per_order=settings.files_per_order,
    )
    return Keeper(storages.load(settings.storage)(given), links, limits)


async def try_gateway(settings: Settings) -> None:
    """Make gateway and storage, and let go: what is wrong with their options shows before we begin."""
    await gateway_of(settings, DatabaseClock()).aclose()
    await keeper_of(settings).storage.aclose()


@asynccontextmanager
async def relaying(hub: Hub) -> AsyncIterator[None]:
    """Pass on other processes' nudges for as long as the block lasts."""
    async with meanwhile(hub.relay):
        yield


def tokens_of(settings: Settings) -> Tokens:
    """Who issues and checks bearer tokens here; raises SettingsError for a missing secret."""
    return Tokens(
        secret=_secret(settings),
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        leeway=timedelta(seconds=settings.jwt_leeway_s),
    )


def _secret(settings: Settings) -> str:
    if settings.jwt_secret is None:
        raise SettingsError("ORDERGRAPH_JWT_SECRET is not set: no token could be checked")
    return settings.jwt_secret.get_secret_value()
