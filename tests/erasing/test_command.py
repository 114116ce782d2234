"""`ordergraph user erase`, as an operator runs it, over the small market (E6)."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ordergraph.kernel.actor import user_id_of
from tests.conftest import Servers
from tests.tour.installation import SECRET, Outcome, create_database, environment, ordergraph


@pytest.fixture(scope="module")
async def env(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("erasing")
    url = await create_database(servers.database_url, "erasing")
    given = environment(
        folder,
        database_url=url,
        redis_url=servers.redis_url,
        jwt_secret=SECRET,
        operation_timeout_s="1",
    )
    for command in ("migrate", "seed"):
        done = await _run(command, env=given)
        assert done.code == 0, done.err
    return given


async def _run(*args: str, env: dict[str, str]) -> Outcome:
    return await asyncio.to_thread(ordergraph, *args, env=env)


async def _read(env: dict[str, str], statement: str) -> list[Any]:
    connection: Any = await asyncpg.connect(env["ORDERGRAPH_DATABASE_URL"])
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_who_is_still_waited_for_is_named_and_kept(env: dict[str, str]) -> None:
    done = await _run("user", "erase", "ben", "--yes", env=env)

    assert done.code == 1
    assert "is PROCESSING" in done.err
    assert await _read(env, "SELECT display_name FROM users WHERE external_id = 'ben'")
    assert await _read(env, f"SELECT id FROM revoked_users WHERE id = '{user_id_of('ben')}'") == []


async def test_it_asks_first(env: dict[str, str]) -> None:
    done = await _run("user", "erase", "ben", "--force", env=env)

    assert done.code == 1
    assert await _read(env, "SELECT display_name FROM users WHERE external_id = 'ben'")


async def test_the_books_and_every_timeline_are_as_valid_as_before(env: dict[str, str]) -> None:
    orders = (
        "SELECT number FROM orders JOIN users ON users.id = buyer_id WHERE external_id {} 'ada%'"
    )
    (order, *_) = await _read(env, orders.format("LIKE") + " ORDER BY placed_at")

    done = await _run("user", "erase", "ada", "--yes", "--force", env=env)

    assert done.code == 0, done.err
    assert "users: 1" in done.out
    assert await _read(env, orders.format("LIKE")) == []
    assert (await _run("reconcile", env=env)).code == 0
    verified = await _run("verify-timeline", order, env=env)
    assert verified.code == 0
    assert "intact" in verified.out


FILE = """
INSERT INTO attachments (id, order_id, uploader_id, file_name, content_type, size, storage, storage_key,
  status, created_at, expires_at)
SELECT gen_random_uuid(), o.id, u.id, 'ink.png', 'image/png', 3, 'local', 'ab/ink',
  'AWAITING_UPLOAD', now(), now()
FROM users u JOIN orders o ON o.seller_id = u.id WHERE u.external_id = 'paper-and-ink' LIMIT 1
RETURNING uploader_id"""
FIRST = """
SELECT r.xmin::text::bigint < u.xmin::text::bigint
FROM revoked_users r JOIN users u USING (id) WHERE id = '{}'"""


async def test_tokens_go_first_so_that_who_is_forgotten_writes_nothing_anew(
    env: dict[str, str], tmp_path: Path
) -> None:
    """Nor does a crash in the middle leave somebody who goes on as if nothing had been."""
    (seller,) = await _read(env, FILE)
    storage = tmp_path / "files"
    storage.write_text("in the way")
    kept = env | {"ORDERGRAPH_STORAGE_OPTIONS__PATH": str(storage)}

    broken = await _run("user", "erase", "paper-and-ink", "--yes", "--force", env=kept)

    assert broken.code == 1
    assert await _read(env, FIRST.format(seller)) == [True]
    storage.unlink()
    (storage / "ab").mkdir(parents=True)
    (storage / "ab" / "ink").write_bytes(b"png")
    again = await _run("user", "erase", "paper-and-ink", "--yes", "--force", env=kept)
    assert again.code == 0, again.err
    assert not (storage / "ab" / "ink").exists()


KEPT = """
INSERT INTO attachments (id, order_id, uploader_id, file_name, content_type, size, storage, storage_key,
  status, created_at, expires_at, sha256, stored_at, attached_at, attached_as, attached_to_id, place)
SELECT gen_random_uuid(), o.id, u.id, 'lamp.png', 'image/png', 3, '{storage}', 'ab/{storage}',
  'STORED', now(), now(), repeat('0', 64), now(), now(), 'MESSAGE', gen_random_uuid(), 0
FROM users u JOIN orders o ON o.seller_id = u.id WHERE u.external_id = 'nordic-lamps' LIMIT 1 RETURNING id"""


async def test_what_is_left_of_files_is_said_and_no_success(
    env: dict[str, str], tmp_path: Path
) -> None:
    """What is kept where nobody looked; and what a link that is still good could bring back."""
    for storage in ("local", "s3"):
        await _read(env, KEPT.format(storage=storage))
    (tmp_path / "ab").mkdir()
    for storage in ("local", "s3"):
        (tmp_path / "ab" / storage).write_bytes(b"png")
    kept = env | {"ORDERGRAPH_STORAGE_OPTIONS__PATH": str(tmp_path)}

    done = await _run("user", "erase", "nordic-lamps", "--yes", "--force", env=kept)

    assert done.code == 1
    assert "files: 1" in done.out
    assert "once more with ORDERGRAPH_STORAGE=s3" in done.err
    assert "once more in a quarter of an hour" in done.err
    assert [path.name for path in (tmp_path / "ab").iterdir()] == ["s3"]
