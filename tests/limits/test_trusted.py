"""Trusted documents: while there are any, no others run, whichever way one asks."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from ordergraph.api.documents.trusted import Trusted, UnusableManifest, load
from ordergraph.app import build
from ordergraph.checks import Verdict, run
from ordergraph.settings import SettingsError
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import ALL
from ordergraph.transports.operation import Operation
from tests.market import ADA, Market
from tests.transports.serving import settings

BODY = "query Now {\n  now\n}"
ID = sha256(BODY.encode()).hexdigest()
APOLLOS = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ID}}}
MANIFEST = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": ID, "body": BODY, "name": "Now", "type": "query"}],
}


def written(folder: Path, manifest: Any) -> Path:
    path = folder / "manifest.json"
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    return path


@pytest.fixture
def trusted(tmp_path: Path) -> Trusted:
    return load(written(tmp_path, MANIFEST))


async def _code(market: Market, trusted: Trusted | None, body: Any) -> str | None:
    """What is told over HTTP: a code, or nothing."""
    transport = httpx.ASGITransport(Endpoint(replace(market.front, trusted=trusted)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = (await client.post("/graphql", json=body)).json()
    errors: list[Any] = answer.get("errors", [])
    assert errors or answer["data"]["now"]
    return errors[0]["extensions"]["code"] if errors else None


@pytest.mark.parametrize(
    "body",
    [
        APOLLOS,
        {**APOLLOS, "operationName": "Now"},
        {"documentId": ID},
        {"documentId": f"sha256:{ID}"},
        {"query": BODY},
        {"query": BODY, **APOLLOS},
    ],
)
async def test_a_trusted_document_runs_by_id_and_by_text(
    market: Market, trusted: Trusted, body: Any
) -> None:
    assert await _code(market, trusted, body) is None


@pytest.mark.parametrize("registered", [ID, f"sha256:{ID}"])
@pytest.mark.parametrize("sent", [ID, f"sha256:{ID}"])
async def test_an_id_is_the_same_with_its_algorithm_and_without(
    market: Market, tmp_path: Path, registered: str, sent: str
) -> None:
    path = written(tmp_path, {**MANIFEST, "operations": [{"id": registered, "body": BODY}]})

    for body in ({"documentId": sent}, {"extensions": {"persistedQuery": {"sha256Hash": sent}}}):
        assert await _code(market, load(path), body) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{ now }"}, "TRUSTED_DOCUMENTS_ONLY"),
        ({"query": "{ __schema { queryType { name } } }"}, "TRUSTED_DOCUMENTS_ONLY"),
        ({"query": "{ now }", **APOLLOS}, "TRUSTED_DOCUMENTS_ONLY"),
        ({"documentId": "unknown"}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"extensions": {"persistedQuery": {"sha256Hash": "x"}}}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"extensions": {"persistedQuery": "x"}}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
    ],
)
async def test_nothing_else_does(market: Market, trusted: Trusted, body: Any, code: str) -> None:
    assert await _code(market, trusted, body) == code


async def test_an_id_that_nobody_registered_is_answered_as_apollos_clients_know_it(
    market: Market,
) -> None:
    front = market.front
    asked = Operation(None, None, None, APOLLOS["extensions"])

    (told,) = [result async for result in front.stream(asked, market.context(ADA), ALL)]

    assert [error.message for error in told.errors or ()] == ["PersistedQueryNotSupported"]
    assert await _code(market, None, APOLLOS) == "PERSISTED_QUERY_NOT_SUPPORTED"
    assert await _code(market, None, {"query": "{ now }", **APOLLOS}) is None


async def test_it_holds_for_streams_and_sockets_too(market: Market, trusted: Trusted) -> None:
    """Q11: they all come through the same front."""
    front = replace(market.front, trusted=trusted)
    told = [
        [result async for result in front.stream(asked, market.context(ADA), ALL)]
        for asked in (
            Operation(None, None, None, None, ID),
            Operation("subscription { notificationAdded { id } }", None, None, None),
        )
    ]

    assert told[0][0].data
    assert told[1][0].errors
    assert told[1][0].errors[0].extensions == {"code": "TRUSTED_DOCUMENTS_ONLY"}


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[]",
        {**MANIFEST, "format": "another"},
        {**MANIFEST, "version": 2},
        {**MANIFEST, "operations": []},
        {**MANIFEST, "operations": [{"id": "a"}]},
        {**MANIFEST, "operations": MANIFEST["operations"] * 2},
        {**MANIFEST, "operations": [{"id": id_, "body": BODY} for id_ in (ID, f"sha256:{ID}")]},
    ],
)
def test_a_broken_manifest_stops_the_start(tmp_path: Path, manifest: Any) -> None:
    path = written(tmp_path, manifest)

    with pytest.raises(UnusableManifest):
        load(path)
    with pytest.raises(SettingsError, match="ORDERGRAPH_TRUSTED_DOCUMENTS"):
        build(settings(trusted_documents=str(path)))


def test_a_manifest_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        build(settings(trusted_documents=str(tmp_path / "nowhere.json")))


@pytest.mark.parametrize(
    ("body", "verdict"), [(BODY, Verdict.OK), ("{ gone }", Verdict.FAIL), ("{", Verdict.FAIL)]
)
async def test_check_reads_every_document_of_the_manifest(
    tmp_path: Path, body: str, verdict: Verdict
) -> None:
    operations = [{"id": "one", "body": body}]
    path = written(tmp_path, {**MANIFEST, "operations": operations})

    found = await run(settings(trusted_documents=str(path)))

    (documents,) = [each for each in found if each.what == "documents"]
    assert documents.verdict is verdict
