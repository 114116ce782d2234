"""An API that cannot start says why, as an object a line (a real process)."""

from pathlib import Path

import orjson

from ordergraph.infra import embedded
from tests.conftest import Servers
from tests.tour.installation import SECRET, environment, ordergraph


def test_what_keeps_the_api_from_starting_is_in_the_log(servers: Servers, tmp_path: Path) -> None:
    """Its kind and its place, as of any exception; nothing of the address."""
    stranger = servers.database_url.replace("//postgres@", "//stranger:hush@")

    env = environment(
        tmp_path,
        database_url=stranger,
        redis_url=servers.redis_url,
        jwt_secret=SECRET,
        log_json="true",
        port=str(embedded.free_port()),
    )

    done = ordergraph("serve", env=env)

    assert done.code == 3
    lines = {line["event"]: line for line in map(orjson.loads, done.err.splitlines())}
    (problem,) = lines["lifespan.failed"]["exception"]
    assert problem["exc_type"] == "InvalidAuthorizationSpecificationError"
    assert problem["sqlstate"] == "28000"
    assert "stranger" not in done.err
    assert "hush" not in done.err
