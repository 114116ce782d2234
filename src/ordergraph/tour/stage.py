"""Where the story is played: at given URLs, at what runs here, or on servers of its own."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from ordergraph.identity.tokens import Tokens
from ordergraph.infra import running
from ordergraph.infra.child import Child, Program
from ordergraph.settings import PREFIX, Settings, load
from ordergraph.wiring import tokens_of

DEV: Final = (sys.executable, "-m", "ordergraph.cli", "dev", "--port", "0", "--with-parent")
START_S, STOP_S = 120.0, 7.0


@dataclass(frozen=True, slots=True)
class Stage:
    """One installation: its API processes, and how to get tokens for its people."""

    urls: tuple[str, ...]
    tokens: Tokens | None
    given: Mapping[str, str] = field(default_factory=dict)  # name → token


@contextmanager
def stage(
    urls: Sequence[str], given: Mapping[str, str], say: Callable[[str], None]
) -> Iterator[Stage]:
    """Find the installation, or start one of our own and end it afterwards."""
    if urls:
        yield Stage(tuple(map(_base, urls)), _tokens(load(os.environ, join_dev=False)), given)
        return
    here = load(os.environ)
    if here.database_url is not None:
        say(f"Joining what runs at {_url(here)}.")
        yield Stage((_url(here),), _tokens(here), given)
        return
    say("Nothing runs here: starting PostgreSQL, Valkey, an API and a worker for this tour …")
    with _own() as ours:
        yield Stage((_url(ours),), _tokens(ours), given)


@contextmanager
def _own() -> Iterator[Settings]:
    """An `ordergraph dev` in a folder that is gone afterwards, as are its processes."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that we tidy up
    try:
        with tempfile.TemporaryDirectory(prefix="ordergraph-tour-") as folder:
            Path(folder).chmod(0o711)  # PostgreSQL may run as another
            child = Child(_dev(Path(folder)))
            try:
                child.start()
                child.wait_ready(START_S)
                yield _settings(Path(folder) / "data")
            finally:
                child.stop(STOP_S)
    finally:
        signal.signal(signal.SIGTERM, before)


def _dev(folder: Path) -> Program:
    foreign = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    data = folder / "data"
    return Program(
        name="ordergraph dev",
        argv=DEV,
        env=foreign | {f"{PREFIX}DATA_DIR": str(data)},
        lock=folder / "dev.lock",
        log=folder / "dev.log",
        is_ready=lambda: _is_ready(data),
    )


def _is_ready(data: Path) -> bool:
    if not running.read(data):
        return False
    try:
        return httpx.get(f"{_url(_settings(data))}/readyz", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _settings(data: Path) -> Settings:
    return load({f"{PREFIX}DATA_DIR": str(data)})


def _tokens(settings: Settings) -> Tokens | None:
    return tokens_of(settings) if settings.jwt_secret is not None else None


def _url(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def _base(url: str) -> str:
    """Whoever copies the endpoint's own address means the same server."""
    return url.rstrip("/").removesuffix("/graphql")
