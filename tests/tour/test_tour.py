"""The tour keeps its promises on every kind of installation, and tidies up after itself."""

from pathlib import Path

import psutil

from ordergraph.tour.story import STORY
from tests.tour.installation import Installation, environment, ordergraph

LAST = "comes back with last year's token"


def processes_with(words: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if words in " ".join(process.info["cmdline"] or ())
    ]


def test_without_any_server_it_plays_on_its_own_and_leaves_nothing(tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    stage.mkdir()
    stage.chmod(0o755)
    env = environment(tmp_path) | {"TMPDIR": str(stage)}

    played = ordergraph("tour", env=env)

    assert played.code == 0, played.out + played.err
    assert all(title in played.out for title, _ in STORY)
    assert LAST in played.out
    assert "promises kept" in played.out.splitlines()[-1]
    assert list(stage.iterdir()) == []
    assert processes_with(str(stage)) == []


def test_two_apis_and_two_workers_keep_the_same_promises_twice(installation: Installation) -> None:
    first, second = installation.urls
    alternating = ("--url", first, "--url", f"{second}/graphql")

    played = ordergraph("tour", *alternating, env=installation.env)
    again = ordergraph("tour", *alternating, "--verbose", env=installation.env)

    assert played.code == 0, played.out + played.err
    assert again.code == 0, again.out + again.err
    assert LAST in played.out
    assert "mutation Cancel($input: OrderCancelInput!)" in again.out
    assert "mutation" not in played.out


def test_without_the_secret_the_server_gives_out_the_tokens(
    installation: Installation, tmp_path: Path
) -> None:
    played = ordergraph("tour", "--url", installation.urls[0], env=environment(tmp_path))

    assert played.code == 0, played.out + played.err
    assert "no expired token could be made" in played.out
    assert "brings a forged token" in played.out


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    played = ordergraph("tour", "--url", "http://127.0.0.1:1", env=environment(tmp_path))

    assert played.code == 1
    assert played.err.startswith("ordergraph: http://127.0.0.1:1 does not answer: ")
    assert len(played.err.splitlines()) == 1
