"""What an operator types wrongly, or has set up only half, is told in a line (real processes)."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import Servers
from tests.tour.installation import SECRET, create_database, environment, ordergraph


def _env(servers: Servers, folder: Path, url: str) -> dict[str, str]:
    return environment(
        folder,
        database_url=url,
        redis_url=servers.redis_url,
        jwt_secret=SECRET,
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("--lifetime", "999999999d"), "lifetime: more than nothing, at most 36500d."),
        (("--lifetime", "0s"), "lifetime: more than nothing, at most 36500d."),
        (("--role", "SYSTEM"), "role: no token grants SYSTEM."),
        (("--role", "BUYER", "--role", "GATEWAY"), "role: no token grants GATEWAY."),
    ],
)
def test_a_token_that_would_be_good_for_nothing_is_not_made(
    given: tuple[str, ...], problem: str, servers: Servers, tmp_path: Path
) -> None:
    done = ordergraph("token", "ada", *given, env=_env(servers, tmp_path, servers.database_url))

    assert (done.code, done.out, done.err) == (1, "", f"ordergraph: {problem}\n")


async def test_a_database_that_is_not_ready_is_told_in_a_line(
    servers: Servers, tmp_path: Path
) -> None:
    url = await create_database(servers.database_url, f"bare_{uuid4().hex}")
    stranger = url.replace("//postgres@", "//stranger:hush@")

    bare = ordergraph("policy", "show", env=_env(servers, tmp_path, url))
    shut = ordergraph("migrate", env=_env(servers, tmp_path, stranger))

    assert (bare.code, bare.err) == (1, 'ordergraph: relation "policies" does not exist\n')
    assert (shut.code, shut.err) == (1, 'ordergraph: role "stranger" does not exist\n')
