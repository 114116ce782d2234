"""The note that a running `ordergraph dev` leaves, so that other commands find its servers."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ordergraph.infra import locks

NOTE = "dev.env"
PATIENCE_S = 7.0  # a supervisor told to end is gone after 5


class AlreadyRunningError(Exception):
    """Another `ordergraph dev` uses this data folder."""


@dataclass(frozen=True, slots=True)
class Note:
    """The right to use a data folder, and the place to say where its servers listen."""

    lock: int

    def write(self, env: Mapping[str, str]) -> None:
        lines = [f"# process {os.getpid()}", *(f"{name}={text}" for name, text in env.items())]
        locks.write(self.lock, "\n".join(lines) + "\n")


@contextmanager
def sole(data_dir: Path) -> Iterator[Note]:
    """Be the only `ordergraph dev` of this folder; its note counts only while we live."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)  # PostgreSQL may run as another
    path = data_dir / NOTE
    lock = locks.lock_within(path, PATIENCE_S)
    if lock is None:
        first = path.read_text().partition("\n")[0].removeprefix("# ")
        raise AlreadyRunningError(f"`ordergraph dev` already runs in {data_dir} ({first})")
    try:
        yield Note(lock)
    finally:
        locks.write(lock, "")
        os.close(lock)


def read(data_dir: Path) -> dict[str, str]:
    """What the running `ordergraph dev` says, or nothing: a note without a holder is stale."""
    path = data_dir / NOTE
    if not path.exists() or not locks.is_held(path):
        return {}
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {name: text for name, _, text in (line.partition("=") for line in lines) if text}
