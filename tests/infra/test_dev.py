"""`ordergraph dev`: everything comes up, comes back, and goes."""

import os
import signal
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psutil
import pytest

from ordergraph.dev import _secret
from ordergraph.infra import embedded, running
from ordergraph.settings import load
from tests.infra.plays import Play, is_gone, wait_until

Begin = Callable[..., Play]


@pytest.fixture
def dev(play: Begin, tmp_path: Path) -> Begin:
    """Start the play with a data folder and a port of this test."""

    def begin(**env: str) -> Play:
        defaults = {
            "ORDERGRAPH_DATA_DIR": str(tmp_path / "data"),
            "ORDERGRAPH_PORT": str(embedded.free_port()),
        }
        return play("play_dev.py", **(defaults | env))

    return begin


def pid_of(line: str, name: str) -> int:
    words = line.split()
    return int(words[len(words) - 1 - words[::-1].index(name) + 1])


def postmaster(tmp_path: Path) -> int:
    return int((tmp_path / "data" / "postgres-18" / "lock").read_text())


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_it_says_where_everything_is_and_others_find_it(dev: Begin, tmp_path: Path) -> None:
    running_dev = dev()
    running_dev.read_until("preparing postgres://")
    assert running_dev.read_until("clock").endswith("clock true")
    running_dev.read_until("/graphiql")
    assert running_dev.read_until("Ada").split() == ["Ada", "buyer", "token-of-ada"]
    running_dev.read_until("Ctrl-C")

    found = load({"ORDERGRAPH_DATA_DIR": str(tmp_path / "data")})
    connection = await asyncpg.connect(found.servers().database_url, ssl=False)
    await connection.close()

    assert found.test_clock is True
    assert found.jwt_secret is not None
    assert (tmp_path / "data" / "jwt_secret").stat().st_mode & 0o077 == 0
    assert answers(found.port)


def test_each_installation_draws_secrets_of_its_own(tmp_path: Path) -> None:
    """E3."""
    one, two = (_secret(tmp_path / name) for name in ("one", "two"))

    assert len(urlsafe_b64decode(one.get_secret_value())) == 32
    assert one != two
    assert one.get_secret_value() not in repr(one)
    assert _secret(tmp_path / "one") == one
    assert (tmp_path / "one").stat().st_mode & 0o077 == 0


def test_killed_children_come_back_where_they_were(dev: Begin, tmp_path: Path) -> None:
    running_dev = dev()
    api = pid_of(running_dev.read_until("clock"), "api")
    running_dev.read_until("Ctrl-C")
    found = load({"ORDERGRAPH_DATA_DIR": str(tmp_path / "data")})
    old_postmaster = postmaster(tmp_path)

    os.kill(api, signal.SIGKILL)
    os.kill(old_postmaster, signal.SIGKILL)

    running_dev.read_until("back in 0.2 s")
    assert pid_of(running_dev.read_until("clock"), "api") != api
    wait_until(lambda: answers(found.port))
    database_port = int(found.servers().database_url.rpartition(":")[2].partition("/")[0])
    wait_until(lambda: answers(database_port))
    assert postmaster(tmp_path) != old_postmaster
    assert running_dev.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_within_five_seconds(dev: Begin, number: signal.Signals) -> None:
    running_dev = dev(STUBBORN="yes")
    running_dev.read_until("Ctrl-C")
    wait_until(lambda: len(running_dev.family()) > 8)
    family = running_dev.family()

    begin = time.monotonic()
    exit_code = running_dev.end(number)

    assert time.monotonic() - begin < 5
    assert exit_code == 0
    assert [pid for pid in family if not is_gone(pid)] == []


def test_a_signal_in_the_middle_of_the_start_leaves_nothing(dev: Begin) -> None:
    running_dev = dev()
    running_dev.read_until("preparing")
    family = running_dev.family()

    assert running_dev.end(signal.SIGTERM) == 0
    assert [pid for pid in family if not is_gone(pid)] == []


def test_after_kill_9_the_next_start_just_works(dev: Begin, tmp_path: Path) -> None:
    first = dev(STUBBORN="yes")
    first.read_until("Ctrl-C")
    secret = (tmp_path / "data" / "jwt_secret").read_text()
    worker = pid_of((tmp_path / "data" / "worker.lock").read_text().join(["worker ", ""]), "worker")

    first.process.kill()
    second = dev()
    second.read_until("Ctrl-C")

    assert is_gone(worker)
    assert (tmp_path / "data" / "jwt_secret").read_text() == secret
    assert second.end(signal.SIGTERM) == 0


def test_a_taken_port_is_named_and_another_one_used(dev: Begin, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running_dev = dev(ORDERGRAPH_PORT=str(port))

        assert f"port {port} is taken" in running_dev.read_until("taken")
        running_dev.read_until("Ctrl-C")
        assert load({"ORDERGRAPH_DATA_DIR": str(tmp_path / "data")}).port != port
        assert running_dev.end(signal.SIGTERM) == 0


def test_port_0_is_any_free_one(dev: Begin, tmp_path: Path) -> None:
    running_dev = dev(ORDERGRAPH_PORT="0")
    running_dev.read_until("Ctrl-C")

    assert answers(load({"ORDERGRAPH_DATA_DIR": str(tmp_path / "data")}).port)
    assert running_dev.end(signal.SIGTERM) == 0


def test_given_addresses_keep_the_embedded_servers_off(dev: Begin, tmp_path: Path) -> None:
    with (
        embedded.postgres(tmp_path, durable=False) as database_url,
        embedded.valkey(tmp_path) as redis_url,
    ):
        running_dev = dev(
            ORDERGRAPH_DATABASE_URL=database_url.replace("postgres@", "postgres:hush@"),
            ORDERGRAPH_REDIS_URL=redis_url,
        )
        running_dev.read_until("Ctrl-C")
        names = {psutil.Process(pid).name() for pid in running_dev.family()}
        running_dev.end(signal.SIGTERM)

    assert not names & {"postgres", "valkey-server"}
    assert not any("hush" in line for line in running_dev.lines if "preparing" not in line)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "api.lock",
        running.NOTE,
        "jwt_secret",
        "webhook_secret_key",
        "worker.lock",
    ]


def test_an_api_that_cannot_start_ends_everything_with_its_words(dev: Begin) -> None:
    running_dev = dev(ORDERGRAPH_HOST="192.0.2.1", PYTHONWARNINGS="ignore")  # TEST-NET-1: not ours
    running_dev.read_until("Cannot assign requested address")
    running_dev.read_until("api did not start")

    assert running_dev.process.wait(10) == 1


def test_an_unknown_setting_stops_the_command_with_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ordergraph.cli", "dev"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"ORDERGRAPH_PRT": "1", "COLUMNS": "200"},
    )

    assert done.returncode == 2
    assert (
        done.stderr == "ordergraph: unknown setting ORDERGRAPH_PRT: did you mean ORDERGRAPH_PORT?\n"
    )
    assert list(tmp_path.iterdir()) == []
