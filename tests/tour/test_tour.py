"""The tour keeps its promises on every kind of installation, and tidies up after itself."""

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from ordergraph.tour.quarrel.story import QUARREL
from ordergraph.tour.story import STORY
from tests.tour.installation import ORDERGRAPH, Installation, environment, ordergraph

LAST = "comes back with last year's token"


def processes_with(words: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if words in " ".join(process.info["cmdline"] or ())
    ]


def on_a_stage(tmp_path: Path) -> tuple[dict[str, str], Path]:
    """An environment without servers, and the folder in which the tour puts its own."""
    stage = tmp_path / "stage"
    stage.mkdir()
    return environment(tmp_path) | {"TMPDIR": str(stage)}, stage


def test_without_any_server_it_plays_on_its_own_and_leaves_nothing(tmp_path: Path) -> None:
    env, stage = on_a_stage(tmp_path)

    played = ordergraph("tour", env=env)

    assert played.code == 0, played.out + played.err
    assert all(title in played.out for title, _ in STORY)
    assert LAST in played.out
    assert "promises kept" in played.out.splitlines()[-1]
    assert list(stage.iterdir()) == []
    assert processes_with(str(stage)) == []


def test_two_apis_and_two_workers_keep_their_promises(installation: Installation) -> None:
    first, second = installation.urls
    alternating = ("--url", first, "--url", f"{second}/graphql")

    played = ordergraph("tour", *alternating, env=installation.env)

    assert played.code == 0, played.out + played.err
    assert LAST in played.out
    assert "mutation" not in played.out


def test_the_long_dispute_keeps_its_promises_across_processes(fresh: Installation) -> None:
    """At the first try, too, where nobody has sold anything yet."""
    urls = [part for url in fresh.urls for part in ("--url", url)]

    played = ordergraph("tour", "--dispute", *urls, env=fresh.env)

    assert played.code == 0, played.out + played.err
    assert all(title in played.out for title, _ in QUARREL)
    assert STORY[0][0] not in played.out
    assert "promises kept" in played.out.splitlines()[-1]


def test_it_joins_what_the_environment_names_and_shows_what_it_sends(
    installation: Installation,
) -> None:
    url = installation.urls[1]
    env = {**installation.env, "ORDERGRAPH_PORT": url.rpartition(":")[2]}

    played = ordergraph("tour", "--verbose", env=env)

    assert played.code == 0, played.out + played.err
    assert f"Joining what runs at {url}." in played.out
    assert "mutation Cancel($input: OrderCancelInput!)" in played.out
    assert "subscription RefundUpdated($orderId: ID!)" in played.out


def test_without_the_secret_the_server_gives_out_the_tokens(
    installation: Installation, tmp_path: Path
) -> None:
    played = ordergraph("tour", "--url", installation.urls[0], env=environment(tmp_path))

    assert played.code == 0, played.out + played.err
    assert "no expired token could be made" in played.out
    assert "brings a forged token" in played.out


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle_it_leaves_nothing(ending: signal.Signals, tmp_path: Path) -> None:
    env, stage = on_a_stage(tmp_path)
    command = [*ORDERGRAPH, "tour"]
    playing = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert playing.stdout is not None
    assert any("Playing at" in line for line in playing.stdout)

    playing.send_signal(ending)
    playing.communicate(timeout=20)

    assert playing.returncode != 0
    assert list(stage.iterdir()) == []
    assert processes_with(str(stage)) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "http://127.0.0.1:1 does not answer: All connection attempts"),
        ("localhost", "localhost does not answer: Request URL is missing"),
        ("http://127.0.0.1:port", "http://127.0.0.1:port does not answer: Invalid port"),
    ],
)
def test_a_server_that_is_not_there_is_one_line(url: str, said: str, tmp_path: Path) -> None:
    played = ordergraph("tour", "--url", url, env=environment(tmp_path))

    assert played.code == 1
    assert played.err.startswith(f"ordergraph: {said}")
    assert len(played.err.splitlines()) == 1
