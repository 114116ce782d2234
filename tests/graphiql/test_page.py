"""What the routes serve: a guarded page and its files, with nothing from other hosts."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, parse, validate
from starlette.applications import Starlette

from ordergraph.graphiql import build, routes, stories

FETCHED = re.compile(
    r"""(?:\bsrc=|\bhref=|@import\s|\burl\(|\bfrom|\bimport\(|importScripts\()\s*["']?(https?:|//)"""
)


@pytest.fixture
async def client(live_server_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=live_server_url) as client:
        yield client


@pytest.fixture
async def schema(client: httpx.AsyncClient) -> GraphQLSchema:
    query = get_introspection_query()
    persona = (await client.get("/dev/personas")).json()[0]
    answer = await client.post(
        "/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {persona['token']}"},
    )
    return build_client_schema(answer.json()["data"])


async def test_the_page_is_guarded_and_never_stored(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphiql")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "http" not in answer.headers["content-security-policy"]


async def test_the_page_runs_no_inline_script(client: httpx.AsyncClient) -> None:
    html = (await client.get("/graphiql")).text

    scripts = re.findall(r"<script[^>]*>", html)

    assert len(scripts) == 2
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)
    assert not re.search(r"\son\w+=", html)


async def test_what_the_page_carries_cannot_end_its_script_element(
    client: httpx.AsyncClient,
) -> None:
    html = (await client.get("/graphiql")).text

    carried = html.split('id="boot">')[1].split("</script>")[0]

    assert "<" not in carried
    assert json.loads(carried)["graphql"] == "/graphql"


async def test_every_built_file_is_served_for_ever_and_fetches_from_no_other_host(
    client: httpx.AsyncClient,
) -> None:
    """P5."""
    page = (await client.get("/graphiql")).text
    assert not FETCHED.search(page)

    for file in sorted(build.STATIC.glob("*.*")):
        answer = await client.get(f"/graphiql/static/{file.name}")

        assert answer.status_code == 200, file.name
        assert answer.content == file.read_bytes()
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        if file.suffix in {".js", ".css"}:
            assert not FETCHED.search(answer.text), file.name


@pytest.mark.parametrize(
    "path",
    [
        "/graphiql/static/",
        "/graphiql/static/missing.js",
        "/graphiql/static/built-from",
        "/graphiql/static/..%2froutes.py",
        "/graphiql/static/%2e%2e%2f%2e%2e%2f__init__.py",
        "/graphiql/static/a/b.js",
    ],
)
async def test_nothing_but_a_built_file_is_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert "ordergraph" not in answer.text


async def test_before_the_build_the_page_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(routes, "STATIC", tmp_path)
    transport = httpx.ASGITransport(Starlette(routes=routes.routes()))

    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/graphiql")

    assert answer.status_code == 503
    assert "python -m ordergraph.graphiql.build" in answer.text


@pytest.mark.parametrize("story", stories.read(), ids=lambda story: story.title)
def test_a_ready_tab_is_valid_in_the_schema(schema: GraphQLSchema, story: stories.Story) -> None:
    problems = validate(schema, parse(story.query))

    assert [problem.message for problem in problems] == []
    given = set(json.loads(story.variables or "{}"))
    assert given == set(re.findall(r"\$(\w+):", story.query))


def test_every_ready_tab_has_a_name_of_its_own() -> None:
    names = [name for story in stories.read() for name in story.names]

    assert len(names) == len(set(names))
    assert all(story.names for story in stories.read())


def test_the_version_of_the_tabs_changes_with_a_tab() -> None:
    tabs = stories.read()

    assert stories.version(tabs) == stories.version(stories.read())
    assert stories.version(tabs) != stories.version(tabs[1:])
