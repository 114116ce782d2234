"""What clients may send, and what they are told about everything else: never a 500 (H3, H6, H8)."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.api.doors import bearer, http
from tests.market import Market
from tests.transports.serving import address, client, code_of, raw

NOW = b'{"query": "{ now }"}'


def _nested(levels: int) -> bytes:
    """A body with so many of them, most in a variable that nobody asks for."""
    lists = b"[" * (levels - 2) + b"]" * (levels - 2)
    return b'{"query": "{ now }", "variables": {"a": ' + lists + b"}}"


DEEP = _nested(5_000)


async def _posted(market: Market, content: bytes, *types: str) -> httpx.Response:
    async with http(market) as line:
        headers = [("content-type", kind) for kind in types]
        return await line.post("/graphql", content=content, headers=headers)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json;odata=verbose",
    ],
)
async def test_json_is_executed(market: Market, kind: str) -> None:
    answer = await _posted(market, NOW, kind)

    assert answer.status_code == 200
    assert answer.json()["data"]["now"]


@pytest.mark.parametrize(
    "kinds",
    [
        (),
        ("",),
        ("text/plain",),
        ("text/plain; application/json",),
        ("application/x-www-form-urlencoded",),
        ("multipart/form-data; boundary=x",),
        ("application/graphql",),
        ("application/json+x",),
        ("application/jsonp",),
        ("application/xml, application/json",),
        ("application/json, text/plain",),
        ("application/json; a=b, text/plain",),
        ("application/json; charset=utf-16",),
        ("application/json", "text/plain"),
        ("application/json", "application/json"),
    ],
)
async def test_any_other_body_is_refused_however_it_is_dressed(
    market: Market, kinds: tuple[str, ...]
) -> None:
    """H3."""
    answer = await _posted(market, NOW, *kinds)

    assert answer.status_code == 415
    assert code_of(answer) == "UNSUPPORTED_MEDIA_TYPE"


async def test_a_multipart_upload_is_refused(market: Market) -> None:
    """H8."""
    async with http(market) as line:
        answer = await line.post("/graphql", data={"operations": NOW}, files={"0": b"file"})

    assert answer.status_code == 415


async def test_a_compressed_body_is_refused(market: Market) -> None:
    """No few bytes become many."""
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    async with http(market) as line:
        answer = await line.post("/graphql", content=NOW, headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"0", b"-1.5", b'"text"', b"true", b"[]", b"[null]", b"[" + NOW + b"]",
        b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000, DEEP, b"\xff\xfe", b'{"query": "\xff"}',
        b"\xef\xbb\xbf" + NOW, NOW.decode().encode("utf-16"), NOW + NOW, b"NaN", b'{"query": NaN}',
        b'{"query": "{ now }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
        b'{"query": "{ now }", "variables": {"a": 1e400}}',
        b'{"query": "{ now }", "variables": {"a": Infinity}}',
        b'{"query": "\\ud800"}', b"{}", b'{"query": null}', b'{"query": ""}', b'{"query": 1}',
        b'{"query": ["{ now }"]}', b'{"query": {"a": 1}}', b'{"query": true}',
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
async def test_what_is_no_operation_is_answered_with_400(market: Market, body: bytes) -> None:
    """H6, Q9."""
    answer = await _posted(market, body, "application/json")

    assert answer.status_code == 400
    assert code_of(answer) == "BAD_REQUEST"
    assert "data" not in answer.json()


async def test_a_hundred_levels_of_json_are_read_and_one_more_is_not(market: Market) -> None:
    """One bound, at every door, below those of whatever is done with it later."""
    read = await _posted(market, _nested(100), "application/json")
    refused = await _posted(market, _nested(101), "application/json")
    by_get = {"query": "{ now }", "variables": '{"a":' * 101 + "1" + "}" * 101}
    async with http(market) as line:
        got = await line.get("/graphql", params=by_get)
        events = {"accept": "text/event-stream", "content-type": "application/json"}
        streamed = await line.post("/graphql/stream", content=_nested(101), headers=events)

    assert read.json()["data"]["now"]
    for answer in (refused, got, streamed):
        assert answer.status_code == 400
        assert code_of(answer) == "BAD_REQUEST"
        assert "100 levels" in answer.json()["errors"][0]["message"]


async def test_brackets_that_nest_nothing_are_no_levels(market: Market) -> None:
    flat = {"query": "{ now }", "variables": {"lists": [[]] * 500, "text": "[{" * 500}}
    async with http(market) as line:
        answer = await line.post("/graphql", json=flat)

    assert answer.json()["data"]["now"]


SCALARS: list[object] = [0, 1.5, True, [], ["a"]]
WRONG = {
    "variables": [*SCALARS, "{}"],
    "extensions": [*SCALARS, "{}"],
    "operationName": [*SCALARS, {}],
}


@pytest.mark.parametrize(
    ("member", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
async def test_a_member_of_another_type_is_refused(
    market: Market, member: str, value: object
) -> None:
    async with http(market) as line:
        answer = await line.post("/graphql", json={"query": "{ now }", member: value})

    assert answer.status_code == 400
    assert code_of(answer) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "query_string",
    [
        "", "query=", "variables=%7B%7D", "query={now}&query={now}", "query={now}&variables={",
        "query={now}&variables=[]", "query={now}&variables=1", "query={now}&extensions=null1",
        "query={now}&variables=%ff", "query=%00%ff%fe", "operationName=a",
    ],
)  # fmt: skip
async def test_a_query_string_that_holds_no_operation_is_answered_with_400(
    market: Market, query_string: str
) -> None:
    async with http(market) as line:
        answer = await line.get(
            f"/graphql?{query_string}", headers={"accept": "application/graphql-response+json"}
        )

    assert answer.status_code == 400
    assert code_of(answer)


async def test_variables_stand_as_json_in_the_query_string(market: Market) -> None:
    query = "query Q($number: String!) { orderByNumber(number: $number) { id } }"
    asked = {"query": query, "variables": '{"number": "none"}', "extensions": "{}"}
    async with http(market) as line:
        answer = await line.get("/graphql", params=asked, headers=bearer("ada"))

    assert answer.json() == {"data": {"orderByNumber": None}}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "QUERY", "BREW"])
async def test_other_methods_are_refused_with_those_that_there_are(
    market: Market, method: str
) -> None:
    async with http(market) as line:
        answer = await line.request(method, "/graphql", content=NOW)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert code_of(answer) == "METHOD_NOT_ALLOWED"


async def test_options_says_what_there_is(market: Market) -> None:
    async with http(market) as line:
        answer = await line.options("/graphql")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_two_tokens_are_none(market: Market) -> None:
    tokens = [("authorization", bearer(name)["authorization"]) for name in ("ada", "ben")]
    async with http(market) as line:
        answer = await line.post("/graphql", json={"query": "{ now }"}, headers=tokens)

    assert answer.status_code == 400
    assert code_of(answer) == "BAD_REQUEST"


def _sized(size: int) -> bytes:
    return NOW[:-1] + b', "x": "' + b"x" * (size - len(NOW) - 9) + b'"}'


async def test_a_body_may_have_so_many_bytes_and_not_one_more(market: Market) -> None:
    """Q8."""
    kind = {"content-type": "application/json"}
    async with client(market, body_max_bytes="1000") as line:
        fits = await line.post("/graphql", content=_sized(1_000), headers=kind)
        over = await line.post("/graphql", content=_sized(1_001), headers=kind)
        long = await line.get("/graphql", params={"query": "{ now }", "x": "x" * 1_000})

    assert (fits.status_code, over.status_code, long.status_code) == (200, 413, 414)
    assert code_of(over) == code_of(long) == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    "announced", [b"Transfer-Encoding: chunked", b"Content-Length: 9999999999"]
)
async def test_a_body_without_an_end_is_cut_off(market: Market, announced: bytes) -> None:
    """Q8: whatever its length is said to be, no more of it is read than we take."""
    head = (b"POST /graphql HTTP/1.1", b"Host: x", b"Content-Type: application/json", announced)
    async with address(market) as url, raw(url) as line:
        await line.say(*head, b"", b"")
        if b"chunked" in announced:
            await line.say(*[b"4000", b"x" * 0x4000] * 8, b"")
        answer = await line.hear_all()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"PAYLOAD_TOO_LARGE" in answer


async def test_a_chunked_body_that_fits_is_read(market: Market) -> None:
    head = (b"POST /graphql HTTP/1.1", b"Host: x", b"Content-Type: application/json",
            b"Transfer-Encoding: chunked", b"Connection: close", b"")  # fmt: skip
    async with address(market) as url, raw(url) as line:
        await line.say(*head, b"a", NOW[:10], b"%x" % len(NOW[10:]), NOW[10:], b"0", b"", b"")
        answer = await line.hear_all()

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_head_is_get_without_the_body(market: Market) -> None:
    async with client(market) as line:
        answer = await line.head("/graphql", params={"query": "{ now }"})

    assert (answer.status_code, answer.content) == (200, b"")


def _is_marked(answer: httpx.Response) -> Any:
    guards = ("x-content-type-options", "referrer-policy", "cache-control", "x-frame-options")
    return {name: answer.headers.get(name) for name in guards}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/graphql/nothing", 404),
        ("POST", "/livez", 405),
        ("GET", "/webhooks/sandbox", 405),
        ("POST", "/graphql", 415),
        ("GET", "/livez", 200),
    ],
)
async def test_every_answer_of_the_process_is_guarded_json(
    market: Market, method: str, path: str, status: int
) -> None:
    """H7."""
    async with client(market) as line:
        answer = await line.request(method, path)

    assert answer.status_code == status
    assert _is_marked(answer) == {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-frame-options": "DENY",
    }
    assert status == 200 or code_of(answer)


async def test_what_asks_for_no_path_at_all_is_nowhere(market: Market) -> None:
    async with address(market) as url, raw(url) as line:
        await line.say(b"OPTIONS * HTTP/1.1", b"Host: x", b"Origin: https://x.example", b"", b"")
        answer = await line.hear(b"}]}")

    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_graphiql_is_there_or_not_by_a_switch(market: Market) -> None:
    async with client(market) as on, client(market, graphiql="false") as off:
        page, none = await on.get("/graphiql"), await off.get("/graphiql")
        root = await off.get("/")

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert (none.status_code, root.status_code) == (404, 404)
    assert code_of(none) == "NOT_FOUND"


async def test_a_fault_outside_of_graphql_is_masked_with_the_id_of_the_log(
    market: Market,
) -> None:
    """E1: this application was given no wiring, so readiness cannot be asked for."""
    with capture_logs() as logs:
        async with client(market) as line:
            answer = await line.get("/readyz")

    assert answer.status_code == 500
    (entry,) = [entry for entry in logs if entry["event"] == "unexpected"]
    (error,) = answer.json()["errors"]
    assert error == {
        "message": "Unexpected error.",
        "extensions": {"code": "INTERNAL", "id": entry["fault_id"]},
    }


@pytest.mark.parametrize(
    "document",
    [
        "{ policy(version: " + "9" * 4_900 + ") { version } }",
        "query Q($v: Int = " + "9" * 4_900 + ") { policy(version: $v) { version } }",
        "{ policy(version: 1e400) { version } }",
        "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
        "query Q($v: " + "[" * 900 + "Int" + "]" * 900 + ") { now }",
        "{" + "a {" * 900 + "a" + "}" * 900 + "}",
        '{ orderByNumber(number: "\\ud800") { id } }',
        '{ orderByNumber(number: "\\u{FFFFFFFF}") { id } }',
    ],
    ids=lambda document: document[:20],
)
async def test_values_that_no_machine_holds_are_bad_input(market: Market, document: str) -> None:
    """H6."""
    async with http(market) as line:
        answer = await line.post("/graphql", json={"query": document}, headers=bearer("ada"))

    assert answer.status_code == 200
    assert code_of(answer) in {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}


@pytest.mark.parametrize("escape", ["\\u0000", "\\u{0}", "\\u{000000}", "\x00"])
async def test_a_text_with_a_nul_is_read_and_found_nowhere(market: Market, escape: str) -> None:
    """PostgreSQL knows no such character."""
    body = {"query": f'{{ orderByNumber(number: "{escape}") {{ id }} }}'}
    async with http(market) as line:
        answer = await line.post("/graphql", json=body, headers=bearer("ada"))

    assert answer.json() == {"data": {"orderByNumber": None}}
