"""Handshakes that open no socket are answered as every other request is, by a real server."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from ordergraph import app as application
from tests.transports.lines import served
from tests.transports.serving import raw, settings

LINES = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "graphql-transport-ws",
}


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with served(application.build(settings())) as address:
        yield address.replace("ws:", "http:").removesuffix("/graphql")


@pytest.mark.parametrize(
    ("path", "differently", "status", "code"),
    [
        ("/nowhere", {}, 404, "NOT_FOUND"),
        ("/graphql/", {}, 404, "NOT_FOUND"),
        ("/graphql/stream", {}, 404, "NOT_FOUND"),
        ("/readyz", {}, 404, "NOT_FOUND"),
        ("/graphql", {"Sec-WebSocket-Version": "12"}, 400, "BAD_REQUEST"),
        ("/graphql", {"Sec-WebSocket-Key": "short"}, 400, "BAD_REQUEST"),
        ("/graphql", {f"X-{number}": "a" for number in range(200)}, 431, "PAYLOAD_TOO_LARGE"),
        ("/graphql", {"X-Long": "a" * 9_000}, 431, "PAYLOAD_TOO_LARGE"),
        ("/graphql", {"Content-Length": "5"}, 400, "BAD_REQUEST"),
        ("/graphql", {"Transfer-Encoding": "chunked"}, 400, "BAD_REQUEST"),
    ],
)
async def test_what_opens_no_socket_is_told_so_in_json(
    url: str, path: str, differently: dict[str, str], status: int, code: str
) -> None:
    headers = {"Host": urlsplit(url).netloc, **LINES, **differently}
    async with raw(url) as line:
        head = [f"{name}: {value}".encode() for name, value in headers.items()]
        await line.say(f"GET {path} HTTP/1.1".encode(), *head, b"", b"")
        answer = await line.hear_all()

    said, _, body = answer.partition(b"\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/json" in said.lower()
    assert b"content-length: %d" % len(body) in said.lower()
    (error,) = json.loads(body)["errors"]
    assert error["extensions"] == {"code": code}
    assert error["message"]
