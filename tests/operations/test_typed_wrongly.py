"""What an operator types wrongly, or has set up only half, is told in a line (real processes)."""

from pathlib import Path
from uuid import uuid4

from tests.conftest import Servers
from tests.tour.installation import SECRET, create_database, environment, ordergraph


def _env(servers: Servers, folder: Path, url: str) -> dict[str, str]:
    return environment(
        folder,
        database_url=url,
        redis_url=servers.redis_url,
        jwt_secret=SECRET,
    )


async def test_a_database_that_is_not_ready_is_told_in_a_line(
    servers: Servers, tmp_path: Path
) -> None:
    url = await create_database(servers.database_url, f"bare_{uuid4().hex}")
    stranger = url.replace("//postgres@", "//stranger:hush@")

    bare = ordergraph("policy", "show", env=_env(servers, tmp_path, url))
    shut = ordergraph("migrate", env=_env(servers, tmp_path, stranger))

    assert (bare.code, bare.err) == (1, 'ordergraph: relation "policies" does not exist\n')
    assert (shut.code, shut.err) == (1, 'ordergraph: role "stranger" does not exist\n')
