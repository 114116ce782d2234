"""PostgreSQL and Valkey out of wheels: kept data, unkind ends, root and not."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from ordergraph.infra import embedded
from ordergraph.infra.child import Child, ChildError, Program
from ordergraph.infra.embedded import EmbeddedError
from tests.infra.plays import Play, is_gone, wait_until
from tests.watching import ask

FINDINGS = (embedded._postgres_bin, embedded._valkey_server)


def usable_ways() -> list[tuple[str, ...]]:
    """How this machine lets root start PostgreSQL; for others there is nothing to leave."""
    if os.geteuid() != 0:
        return [()]
    program = embedded._postgres_bin()[0] / "postgres"
    probe = ("test", "-x", program)
    ways = embedded.WAYS_OUT_OF_ROOT
    return [way for way in ways if not subprocess.run([*way, *probe], check=False).returncode]


@pytest.fixture
def afresh() -> Iterator[None]:
    """Let the module look at the machine again, now and afterwards."""
    for finding in FINDINGS:
        finding.cache_clear()
    yield
    for finding in FINDINGS:
        finding.cache_clear()


def keep(url: str, **values: str) -> str | None:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        client.mset({"kind": "valkey"} | values)
        return str(client.get("kept"))


async def test_postgres_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    with embedded.postgres(tmp_path, durable=False) as url:
        await ask(url, "CREATE TABLE kept AS SELECT uuidv7() AS id")
    with embedded.postgres(tmp_path, durable=False) as url:
        count = await ask(url, "SELECT count(*) FROM kept")

    assert count == 1
    assert (tmp_path / "postgres-18" / "data").is_dir()


def test_valkey_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    with embedded.valkey(tmp_path) as url:
        keep(url, kept="yes")
    with embedded.valkey(tmp_path) as url:
        assert keep(url) == "yes"


@pytest.mark.parametrize("kernel", ["helpful", "indifferent"])
async def test_both_start_again_after_kill_9_of_their_parent(
    tmp_path: Path, play: Callable[..., Play], kernel: str
) -> None:
    before = play("play_servers.py", tmp_path, kernel)
    _, database_url, redis_url = before.read_until("URLS").split()
    await ask(database_url, "CREATE TABLE kept AS SELECT 1 AS id")
    keep(redis_url, kept="yes")
    orphans = before.family()

    before.process.kill()
    with embedded.postgres(tmp_path, durable=True) as url, embedded.valkey(tmp_path) as cache:
        assert await ask(url, "SELECT count(*) FROM kept") == 1
        assert keep(cache) == "yes"

    wait_until(lambda: all(is_gone(pid) for pid in orphans), 5)
    assert len(orphans) > 2


async def test_a_stale_process_number_does_not_stop_postgres(tmp_path: Path) -> None:
    with embedded.postgres(tmp_path, durable=False):
        written = (tmp_path / "postgres-18" / "data" / "postmaster.pid").read_text()
    stale = written.replace(written.split()[0], str(os.getpid()), 1)
    (tmp_path / "postgres-18" / "data" / "postmaster.pid").write_text(stale)

    with embedded.postgres(tmp_path, durable=False) as url:
        assert await ask(url, "SELECT 1") == 1


def test_a_cluster_that_was_never_finished_is_made_anew(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres-18" / "initdb-killed"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")

    with embedded.postgres(tmp_path, durable=False):
        assert not unfinished.exists()


def test_a_folder_in_use_is_refused_and_its_server_lives_on(tmp_path: Path) -> None:
    with embedded.valkey(tmp_path) as url:
        with (
            pytest.raises(EmbeddedError, match="another process runs valkey"),
            embedded.valkey(tmp_path),
        ):
            pytest.fail("two at once")

        assert keep(url, kept="yes") == "yes"


@pytest.mark.parametrize("way", usable_ways(), ids=lambda way: " ".join(way[:1] + way[-2:-1]))
async def test_postgres_runs_whoever_we_are(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...]
) -> None:
    with embedded.postgres(open_folder, durable=False):
        pass  # made in the usual way, then run in this one

    monkeypatch.setattr(embedded, "WAYS_OUT_OF_ROOT", (way,))
    with embedded.postgres(open_folder, durable=False) as url:
        assert await ask(url, "SELECT current_user") == "postgres"


def test_root_without_a_way_out_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded, "WAYS_OUT_OF_ROOT", (("false",), ("no-such-command",)))

    with pytest.raises(EmbeddedError, match="refuses to run as root"):
        embedded.postgres_program(tmp_path, port=1, durable=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, afresh: None) -> Path:  # noqa: ARG001 - its order
    """A machine without our wheels, and with only these commands."""
    monkeypatch.setattr(embedded, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def install(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.usefixtures("bare")
def test_a_machine_without_servers_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="ORDERGRAPH_DATABASE_URL"):
        embedded.postgres_program(tmp_path, port=1, durable=True)
    with pytest.raises(EmbeddedError, match="ORDERGRAPH_REDIS_URL"):
        embedded.valkey_program(tmp_path, port=1)


def test_an_old_postgres_is_refused_by_its_version(tmp_path: Path, bare: Path) -> None:
    install(bare, "postgres", "echo 'postgres (PostgreSQL) 15.4 (Debian)'")

    with pytest.raises(EmbeddedError, match="holds PostgreSQL 15, 18 is needed"):
        embedded.postgres_program(tmp_path, port=1, durable=True)


def test_a_server_on_the_path_will_do(tmp_path: Path, bare: Path) -> None:
    install(bare, "redis-server", "exit 0")

    assert embedded.valkey_program(tmp_path, port=1).argv[0] == str(bare / "redis-server")


def test_a_failing_initdb_is_quoted(
    tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    install(bare, "postgres", "echo 'postgres (PostgreSQL) 18.6'")
    install(bare, "initdb", "echo 'disk full' >&2; exit 1")

    with pytest.raises(EmbeddedError, match="disk full"):
        embedded.postgres_program(tmp_path, port=1, durable=True)
    assert not (tmp_path / "postgres-18" / "data").exists()


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    child = Child(
        Program(
            name="valkey",
            argv=("sh", "-c", "echo no luck; exit 3"),
            lock=tmp_path / "lock",
            log=tmp_path / "log",
            is_ready=lambda: False,
        )
    )
    child.start()

    with pytest.raises(ChildError, match=r"(?s)valkey did not start.*no luck"):
        child.wait_ready(5)


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo > up; while :; do sleep 0.1; done"
    program = Program(
        name="x",
        argv=("sh", "-c", script),
        lock=tmp_path / "lock",
        log=tmp_path / "log",
        cwd=tmp_path,
        is_ready=(tmp_path / "up").exists,
    )
    child = Child(program)
    child.start()
    child.wait_ready(5)

    child.stop(timeout_s=0.2)

    assert child.exit_code == -signal.SIGKILL
    assert is_gone(child.pid)
