"""What the tests of servers and processes share."""

from collections.abc import Callable, Iterator

import pytest

from tests.infra.plays import Play


@pytest.fixture
def play() -> Iterator[Callable[..., Play]]:
    plays: list[Play] = []

    def begin(script: str, *args: object, **env: str) -> Play:
        plays.append(Play(script, *args, **env))
        return plays[-1]

    yield begin
    for one in plays:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()
