"""A small installation of real processes, as an operator runs it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from ordergraph.identity.tokens import Tokens
from ordergraph.infra import embedded
from ordergraph.infra.child import Child, Program
from ordergraph.personas import persona
from tests.nursery import Nursery

SECRET = "a secret that is only as long as the tests run"
ORDERGRAPH = (sys.executable, "-m", "ordergraph.cli")
UP_WITHIN_S, ENDED_WITHIN_S = 30.0, 20.0


@dataclass(frozen=True)
class Installation:
    """Where its API processes listen, and what its commands need in their environment."""

    urls: tuple[str, ...]
    env: Mapping[str, str]

    @property
    def tokens(self) -> Tokens:
        return Tokens(SECRET, "ordergraph", "ordergraph")

    def token(self, name: str) -> str:
        someone = persona(name)
        assert someone is not None
        return someone.token(self.tokens)


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Of a shell in which no other ordergraph is set or found."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("ORDERGRAPH_")}
    given = {f"ORDERGRAPH_{name.upper()}": text for name, text in settings.items()}
    return clean | {"COLUMNS": "100", "ORDERGRAPH_DATA_DIR": str(folder / "none")} | given


def ordergraph(*args: str, env: Mapping[str, str], within_s: float = 90.0) -> Outcome:
    done = subprocess.run(
        [*ORDERGRAPH, *args], env=env, capture_output=True, text=True, timeout=within_s, check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


async def create_database(server_url: str, name: str) -> str:
    """A database of its own beside the one of the other tests; return its URL."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return server_url.rpartition("/")[0] + f"/{name}"


@contextmanager
def running(
    nursery: Nursery, env: Mapping[str, str], folder: Path, *, each: int = 2, market: bool = False
) -> Iterator[Installation]:
    """Migrate and seed, then so many API processes and as many workers until the block ends."""
    log = folder / "log"

    def begin(name: str, *command: str, **more: str) -> Child:
        program = Program(
            name=name,
            argv=(*ORDERGRAPH, *command),
            env={**env, **more, "PYTHONUNBUFFERED": "1"},
            lock=folder / f"{name}.lock",
            log=log,
        )
        child = nursery.child(program)
        assert child.start()
        return child

    for command in (("migrate",), ("seed",) if market else ("seed", "--no-market")):
        assert _exit_code(begin(command[0], *command)) == 0, log.read_text()
    ports = [str(embedded.free_port()) for _ in range(each)]
    crew = [begin(f"serve-{port}", "serve", ORDERGRAPH_PORT=port) for port in ports]
    crew += [begin(f"worker-{number}", "worker") for number in range(each)]
    try:
        urls = tuple(f"http://127.0.0.1:{port}" for port in ports)
        for url in urls:
            _wait_for(url, log)
        yield Installation(urls, env)
    finally:
        for child in crew:
            child.ask_to_end()
        for child in crew:
            child.stop(ENDED_WITHIN_S)


def _exit_code(child: Child) -> int | None:
    while child.is_alive:
        time.sleep(0.02)
    return child.exit_code


def _wait_for(url: str, log: Path) -> None:
    end = time.monotonic() + UP_WITHIN_S
    while not _answers(url):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).is_success
    except httpx.HTTPError:
        return False
