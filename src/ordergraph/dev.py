"""`ordergraph dev`: everything on one machine, from nothing, until Ctrl-C."""

import base64
import os
import secrets
import shlex
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ordergraph.infra import embedded, running
from ordergraph.infra.child import Program
from ordergraph.infra.supervisor import Supervisor
from ordergraph.settings import PREFIX, SECRET_BYTES, Settings

GRACE_S = "2"  # the supervisor kills what takes longer
COLORS = {"postgres": "blue", "valkey": "red", "api": "green", "worker": "magenta"}
SECRET_FILE = "jwt_secret"  # noqa: S105 - the name of a file
WEBHOOK_FILE = "webhook_secret_key"


class Persona(NamedTuple):
    """Somebody to play in the sandbox."""

    name: str
    role: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `ordergraph dev` runs once its servers stand."""

    serve: tuple[str, ...]
    worker: tuple[str, ...]
    steps: tuple[tuple[str, Callable[[Settings], None]], ...]  # (what it says, what it does)
    personas: Callable[[Settings], Sequence[Persona]]
    postgres_port: int | None = None
    valkey_port: int | None = None


def run(given: Settings, plan: Plan, console: Console) -> None:
    """Start everything and keep it running until a signal; nothing is left behind."""

    def say(who: str, line: str) -> None:
        prefix = Text(f"{who:>8} ", style=COLORS.get(who, ""))
        console.print(prefix + Text.from_ansi(line), soft_wrap=True)

    with running.sole(given.data_dir) as note, Supervisor(say) as crew:
        try:
            settings = _start(given, plan, crew, note, say)
            show(settings, plan.personas(settings), console)
            crew.watch()
        except KeyboardInterrupt:
            say("dev", "ending")


def _start(
    given: Settings,
    plan: Plan,
    crew: Supervisor,
    note: running.Note,
    say: Callable[[str, str], None],
) -> Settings:
    settings = _start_servers(given, plan, crew)
    settings = settings.model_copy(update={"port": _port(given, say)})
    for title, step in plan.steps:
        say("dev", title)
        step(settings)
    env = as_env(settings)
    note.write(env)
    crew.start(*_programs(settings, plan, os.environ | env))
    return settings


def _start_servers(given: Settings, plan: Plan, crew: Supervisor) -> Settings:
    """Start the servers whose addresses are not given, and fill the gaps of the settings."""
    folder = given.data_dir
    found: dict[str, object] = {
        "jwt_secret": given.jwt_secret or _secret(folder / SECRET_FILE),
        "webhook_secret_key": given.webhook_secret_key or _secret(folder / WEBHOOK_FILE),
    }
    if "test_clock" not in given.model_fields_set:
        found["test_clock"] = given.gateway == "sandbox"
    programs = []
    if given.database_url is None:
        port = plan.postgres_port or embedded.free_port()
        programs.append(embedded.postgres_program(given.data_dir, port=port, durable=True))
        found["database_url"] = embedded.postgres_url(port)
    if given.redis_url is None:
        port = plan.valkey_port or embedded.free_port()
        programs.append(embedded.valkey_program(given.data_dir, port=port))
        found["redis_url"] = embedded.valkey_url(port)
    crew.start(*programs)
    return given.model_copy(update=found)


def _programs(settings: Settings, plan: Plan, env: dict[str, str]) -> tuple[Program, Program]:
    env = env | {"PYTHONUNBUFFERED": "1", f"{PREFIX}GRACE_S": GRACE_S}
    folder = settings.data_dir.resolve()

    def listens() -> bool:
        return not _is_free(settings.host, settings.port)

    return (
        Program(name="api", argv=plan.serve, env=env, lock=folder / "api.lock", is_ready=listens),
        Program(name="worker", argv=plan.worker, env=env, lock=folder / "worker.lock"),
    )


def as_env(settings: Settings) -> dict[str, str]:
    """What another process needs in its environment to work with these servers."""
    servers = settings.servers()
    assert settings.jwt_secret is not None, "made at the first start"
    assert settings.webhook_secret_key is not None, "made at the first start"
    values = {
        "database_url": servers.database_url,
        "redis_url": servers.redis_url,
        "jwt_secret": settings.jwt_secret.get_secret_value(),
        "webhook_secret_key": settings.webhook_secret_key.get_secret_value(),
        "webhook_allow_private": str(settings.webhook_allow_private).lower(),
        "test_clock": str(settings.test_clock).lower(),
        "host": settings.host,
        "port": str(settings.port),
        "data_dir": str(settings.data_dir.resolve()),
    }
    return {PREFIX + name.upper(): text for name, text in values.items()}


def _secret(path: Path) -> SecretStr:
    """A key made once, so that what was made with it outlives a restart."""
    if not path.exists() or path.stat().st_size < SECRET_BYTES:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).decode())
    return SecretStr(path.read_text().strip())


def _port(given: Settings, say: Callable[[str, str], None]) -> int:
    if given.port and _is_free(given.host, given.port):
        return given.port
    port = embedded.free_port()
    if given.port:
        say("dev", f"port {given.port} is taken: the API listens on {port}")
    return port


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return True
    return False


def show(settings: Settings, personas: Sequence[Persona], console: Console) -> None:
    """Print where everything is, who one can be, and what to try."""
    base = f"http://{settings.host}:{settings.port}"
    servers = settings.servers()
    table = Table(title="ordergraph is running", title_justify="left", show_header=False)
    for what, where in (
        ("GraphiQL", f"{base}/graphiql"),
        ("GraphQL", f"{base}/graphql"),
        ("PostgreSQL", _without_password(servers.database_url)),
        ("Redis", _without_password(servers.redis_url)),
    ):
        table.add_row(what, Text(where, overflow="fold"))
    console.print(table)
    for persona in personas:  # lines, not cells: a token is copied whole
        console.print(
            Text.assemble((f"{persona.name:<15}", "bold"), f"{persona.role:<10}", persona.token),
            soft_wrap=True,
        )
    here = _elsewhere(settings.data_dir)
    for command, effect in HINTS:
        console.print(Text.assemble((f"{here}{command:<42}", "cyan"), effect), soft_wrap=True)
    console.print(Text.assemble((f"{'Ctrl-C':<42}", "cyan"), ENDING), soft_wrap=True)


HINTS = (
    (".venv/bin/ordergraph tour", "the whole story, as a client sees it"),
    (".venv/bin/ordergraph clock advance 24h", "a day later: what was due has happened"),
    (".venv/bin/ordergraph token NAME", "a fresh token for one of these people"),
)
ENDING = "end everything; the data stays for the next start"


def _elsewhere(data_dir: Path) -> str:
    """What a command has to be told to find us, where we are not in the usual folder."""
    usual = Settings.model_fields["data_dir"].default
    return "" if data_dir == usual else f"ORDERGRAPH_DATA_DIR={shlex.quote(str(data_dir))} "


def _without_password(url: str) -> str:
    """A URL as it may stand on a screen."""
    scheme, _, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host.partition('?')[0]}"
