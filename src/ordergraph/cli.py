"""The `ordergraph` command: one function a subcommand, each a few lines over what it calls."""

import gc

gc.disable()  # nothing of what is imported is garbage, and looking takes a fifth of the time

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import asyncpg
import typer
from redis.exceptions import RedisError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from tortoise.exceptions import BaseORMException

from ordergraph import auditing, cli_clock, cli_revoke, cli_running, cli_user, verifying
from ordergraph import dev as development
from ordergraph.cli_policy import policy_app
from ordergraph.cli_running import by_name
from ordergraph.cli_webhooks import webhooks_app
from ordergraph.dev import Persona, Plan
from ordergraph.erasing import Busy, MayNotErase, NobodyKnown, StillInvolved
from ordergraph.files.storages.protocol import UnusableStorage
from ordergraph.infra.child import ChildError, die_with_our_parent
from ordergraph.infra.embedded import EmbeddedError
from ordergraph.infra.grants import AppRoleRefused, grant
from ordergraph.infra.migrate import MayNotMigrate, NoSuchMigration
from ordergraph.infra.migrate import migrate as run_migrations
from ordergraph.infra.running import AlreadyRunningError
from ordergraph.infra.tracing import UntraceableError
from ordergraph.kernel.actor import Role
from ordergraph.kernel.duration import read_duration
from ordergraph.kernel.refusal import InvalidInput, Refusal
from ordergraph.kernel.roles import HELD
from ordergraph.payments.gateways.protocol import UnusableGateway
from ordergraph.personas import PERSONAS, persona
from ordergraph.settings import Settings, SettingsError, load
from ordergraph.settings import settings as current
from ordergraph.testclock.actions import TestClockRefused
from ordergraph.tour import run as touring
from ordergraph.tour.quarrel.story import QUARREL
from ordergraph.tour.seen import BrokenPromise
from ordergraph.tour.story import STORY
from ordergraph.wiring import tokens_of, wired

gc.freeze()  # nor will it be: the first look through it took a twentieth of each start
gc.enable()
OURSELVES = (sys.executable, "-m", "ordergraph.cli")
LONGEST_TOKEN = timedelta(days=36_500)
GARBAGE = 50_000  # so many new objects later it is looked for; of a request nearly all goes without
READABLE = (
    Busy,
    UntraceableError,
    MayNotErase,
    MayNotMigrate,
    NobodyKnown,
    NoSuchMigration,
    StillInvolved,
    SettingsError,
    EmbeddedError,
    AlreadyRunningError,
    AppRoleRefused,
    ChildError,
    UnusableGateway,
    UnusableStorage,
    TestClockRefused,
    BrokenPromise,
    Refusal,
    OSError,
    BaseORMException,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    RedisError,
)
"""What whoever types can mend: an environment, an argument, a server that is away or wants a password."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they would show secrets
    help="Cancellations, promised refunds and disputes over GraphQL.",
)
app.add_typer(cli_clock.app, name="clock")
app.add_typer(policy_app, name="policy")
app.add_typer(webhooks_app, name="webhooks")
app.add_typer(cli_revoke.app, name="revoke")
app.add_typer(cli_user.app, name="user")
out = Console(highlight=False, soft_wrap=True)


@app.command()
def dev(
    *,
    port: Annotated[int | None, typer.Option(help="The API's port; 0: any free one.")] = None,
    postgres_port: Annotated[int | None, typer.Option(help="Default: a free one.")] = None,
    valkey_port: Annotated[int | None, typer.Option(help="Default: a free one.")] = None,
    with_parent: Annotated[
        bool, typer.Option(help="End when the process that started this one is gone.")
    ] = False,
) -> None:
    """Run everything on this machine: servers, migrations, sandbox data, API and worker."""
    if with_parent:
        die_with_our_parent()
    given = load(os.environ, join_dev=False)
    if port is not None:
        given = given.model_copy(update={"port": port})
    plan = Plan(
        serve=(*OURSELVES, "serve"),
        worker=(*OURSELVES, "worker"),
        steps=(
            ("bringing the schema up to date", _migrate),
            ("seeding reasons, policy and a small market", _seed),
        ),
        personas=_personas,
        postgres_port=postgres_port,
        valkey_port=valkey_port,
    )
    development.run(given, plan, Console(highlight=False))


def _personas(settings: Settings) -> Sequence[Persona]:
    tokens = tokens_of(settings)
    return [Persona(p.name, p.role.value, p.token(tokens)) for p in PERSONAS]


app.command()(cli_running.serve)
app.command()(cli_running.worker)


@app.command()
def migrate(
    target: Annotated[
        str | None, typer.Option(help="Go to this migration, such as models.0001_initial.")
    ] = None,
    app_role: Annotated[
        str | None, typer.Option(help="Then let this role of the database do what processes need.")
    ] = None,
) -> None:
    """Bring the database's schema up to date."""
    _migrate(current(), target)
    if app_role is not None:
        books = asyncio.run(grant(current().servers().database_url, app_role))
        out.print(f"{app_role} only adds to {', '.join(books)}", markup=False)


def _migrate(settings: Settings, target: str | None = None) -> None:
    done = asyncio.run(run_migrations(settings.servers().database_url, target=target))
    out.print("\n".join(done) or "nothing to migrate")


@app.command()
def seed(
    *,
    market: Annotated[
        bool, typer.Option(help="With a small market of orders in different states.")
    ] = True,
    orders: Annotated[int, typer.Option(help="Add a big market of so many orders.", min=0)] = 0,
) -> None:
    """Load reasons and policy; with the sandbox gateway also a market to play in."""
    settings = current()
    _seed(settings, market=market)
    if orders:
        asyncio.run(_big(settings, orders))


def _seed(settings: Settings, *, market: bool = True) -> None:
    out.print(asyncio.run(_seeded(settings, market=market and settings.gateway == "sandbox")))


async def _seeded(settings: Settings, *, market: bool) -> str:
    async with wired(settings, application="ordergraph-seed") as wiring:
        said: str = await by_name("seeds", "load")(wiring, market=market)
        return said


async def _big(settings: Settings, orders: int) -> None:
    fill = by_name("seeds.big", "fill")
    columns = (BarColumn(), MofNCompleteColumn(), "orders,", TimeRemainingColumn(), "left")
    async with wired(settings, application="ordergraph-seed") as wiring:
        with Progress(*columns, console=out) as bar:
            task = bar.add_task("", total=orders)
            async for loaded in fill(wiring, orders):
                bar.advance(task, loaded)


app.command()(cli_running.check)


@app.command()
def reconcile(
    *,
    since: Annotated[
        str | None, typer.Option(help="Only what moved within that time: 30d, 12h, … Default: all.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="An object a line, the summary last.")
    ] = False,
) -> None:
    """Compare ledger, payments, refunds, timelines and gateway; exit 1 for differences, 2 when it cannot."""
    raise typer.Exit(auditing.run(current, since, typer.echo, json=json))


@app.command()
def verify_timeline(
    order: Annotated[str, typer.Argument(help="The order's number, such as K7Q4-9XWM, or its id.")],
) -> None:
    """Check an order's timeline event by event; exit 1 where it breaks, 2 when it cannot look."""
    raise typer.Exit(verifying.run(current, order, typer.echo))


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="A persona, or any id of your identity provider.")],
    role: Annotated[
        list[Role] | None, typer.Option(help="For others than personas; may be repeated.")
    ] = None,
    lifetime: Annotated[str, typer.Option(help="How long it is good: 30d, 12h, …")] = "30d",
) -> None:
    """Make a bearer token, for development and for service accounts."""
    tokens = tokens_of(current())
    span = read_duration(lifetime, field="lifetime")
    if not timedelta() < span <= LONGEST_TOKEN:
        raise InvalidInput(field="lifetime", problem="more than nothing, at most 36500d")
    if nobodys := sorted(role.value for role in role or () if role.value not in HELD):
        raise InvalidInput(field="role", problem=f"no token grants {', '.join(nobodys)}")
    someone = persona(name)
    roles = frozenset(role) if role else frozenset({someone.role}) if someone else None
    if roles is None:
        raise typer.BadParameter(f"{name} is no persona: give --role")
    display_name = someone.display_name if someone else name
    typer.echo(tokens.issue(name, roles, display_name, span))


@app.command()
def tour(
    *,
    url: Annotated[
        list[str] | None, typer.Option(help="Where the API is; repeated: several processes of it.")
    ] = None,
    token: Annotated[
        list[str] | None,
        typer.Option(help="NAME=TOKEN of a persona, where no secret is here.", envvar="TOUR_TOKEN"),
    ] = None,
    dispute: Annotated[
        bool, typer.Option("--dispute", help="Play the long story of a dispute instead.")
    ] = False,
    verbose: Annotated[bool, typer.Option(help="Print the GraphQL that is sent.")] = False,
) -> None:
    """Play the whole story as its clients see it; exit 1 at the first broken promise."""
    tokens = dict(text.partition("=")[::2] for text in token or ())
    if not all(tokens.values()):
        raise typer.BadParameter("write --token NAME=TOKEN")
    story = QUARREL if dispute else STORY
    touring.run(url or (), tokens, out, verbose=verbose, story=story)


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    typer.echo(by_name("ordergraph.schema", "schema").as_str())


def main() -> None:
    """Run a subcommand; what the user can mend is one line, not a traceback."""
    gc.set_threshold(GARBAGE)
    try:
        app()
    except READABLE as wrong:
        said = "; ".join(str(wrong).splitlines()) or type(wrong).__name__
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"ordergraph: {said}", markup=False
        )
        raise SystemExit(2 if isinstance(wrong, SettingsError) else 1) from None


if __name__ == "__main__":
    main()
