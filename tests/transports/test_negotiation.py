"""Which JSON a client gets, and with which status: GraphQL over HTTP (H1, H2)."""

import pytest

from ordergraph.kernel.actor import Role
from ordergraph.transports.media import JSON, RESPONSE, chosen, ranges, takes_subscriptions
from tests.api.doors import bearer, http
from tests.market import Market
from tests.transports.serving import code_of

URQL = (
    "application/graphql-response+json, application/graphql+json, application/json,"
    " text/event-stream, multipart/mixed"
)
APOLLO = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/graphql-response+json;q=0.8'
APOLLO_IOS = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

NOW = "{ now }"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (BROWSER, JSON),
        (JSON, JSON),
        ("Application/JSON", JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{JSON};q=0.9, {RESPONSE}", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{RESPONSE};q=0.1, {JSON};q=0.2", JSON),
        (f"{JSON};q=0, */*", RESPONSE),
        (f"{JSON};q=0", None),
        (URQL, RESPONSE),
        (APOLLO, RESPONSE),
        (APOLLO_IOS, RESPONSE),
        ("text/html", None),
        ("text/event-stream", None),
        (f"{JSON}; charset=latin-1", None),
        (f'text/plain; note="a, {JSON}"', None),
        (f"{JSON};q=high", JSON),
        (", ,;q", None),
    ],
)
def test_the_client_chooses_by_its_accept_header(accept: str, media: str | None) -> None:
    assert chosen(ranges([accept])) == media


@pytest.mark.parametrize(
    "accept", [["a," * 75_000], ["a,"] * 75_000, ["a;b=c;" * 25_000], [" " * 75_000 + JSON]]
)
def test_of_a_long_header_only_the_beginning_is_read(accept: list[str]) -> None:
    """It is read before anybody is counted: what 150 KB of it took others waited for."""
    read = ranges(accept)

    assert len(read) <= 50
    assert sum(len(each.type) + len(str(each.parameters)) for each in read) <= 4_096


def test_several_accept_headers_are_one_list() -> None:
    assert chosen(ranges(["text/html", RESPONSE])) == RESPONSE


@pytest.mark.parametrize(
    ("accept", "taken"),
    [
        (APOLLO, True),
        ("multipart/mixed;subscriptionSpec=1.0", True),
        ("multipart/mixed; SubscriptionSpec=1.0; boundary=graphql", True),
        (URQL, False),
        (APOLLO_IOS, False),
        ("multipart/mixed;subscriptionSpec=2.0", False),
        ("multipart/mixed;subscriptionSpec=1.0;q=0", False),
    ],
)
def test_a_subscription_over_multipart_is_asked_for_by_its_version(
    accept: str, *, taken: bool
) -> None:
    assert takes_subscriptions(ranges([accept])) is taken


@pytest.mark.parametrize(
    ("document", "variables"),
    [("{", None), ("{ nothing }", None), ("query Q($id: ID!) { now node(id: $id) { id } }", {})],
)
async def test_what_is_no_good_request_has_no_data_under_the_newer_type(
    market: Market, document: str, variables: object
) -> None:
    """GraphQL over HTTP: 400 tells the client that nothing was executed."""
    body = {"query": document, "variables": variables}
    async with http(market) as client:
        newer = await client.post("/graphql", json=body, headers={"accept": RESPONSE})
        older = await client.post("/graphql", json=body, headers={"accept": JSON})

    assert (newer.status_code, older.status_code) == (400, 200)
    assert newer.headers["content-type"] == f"{RESPONSE}; charset=utf-8"
    assert older.headers["content-type"] == JSON
    assert code_of(newer) == code_of(older) == "BAD_USER_INPUT"
    assert "data" not in newer.json()


@pytest.mark.parametrize("media", [JSON, RESPONSE])
async def test_what_was_executed_and_failed_is_answered_with_200(
    market: Market, media: str
) -> None:
    async with http(market) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ viewer { user { id } } }"}, headers={"accept": media}
        )

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["path"]
    assert answer.json()["data"] is None


async def test_a_client_that_takes_nothing_we_have_is_told_where_streams_are(
    market: Market,
) -> None:
    async with http(market) as client:
        answer = await client.post("/graphql", json={"query": NOW}, headers={"accept": "image/png"})

    assert answer.status_code == 406
    assert code_of(answer) == "NOT_ACCEPTABLE"
    assert "/graphql/stream" in answer.text


@pytest.mark.parametrize("accept", ["text/event-stream", "text/event-stream, multipart/mixed"])
async def test_a_client_that_takes_events_alone_gets_them_at_any_path(
    market: Market, accept: str
) -> None:
    """As graphql-sse asks, and urql for subscriptions."""
    async with http(market) as client:
        answer = await client.post("/graphql", json={"query": NOW}, headers={"accept": accept})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("event: next") == answer.text.count("event: complete") == 1


async def test_urql_s_plain_queries_get_json(market: Market) -> None:
    """Its Accept merely mentions text/event-stream."""
    async with http(market) as client:
        answer = await client.post("/graphql", json={"query": NOW}, headers={"accept": URQL})

    assert answer.status_code == 200
    assert answer.json()["data"]["now"]


MUTATION = 'mutation M { testClockAdvance(input: {by: "1h"}) { __typename } }'


@pytest.mark.parametrize(
    "asked",
    [
        {"query": MUTATION},
        {"query": f"query Q {{ now }} {MUTATION}", "operationName": "M"},
    ],
)
async def test_a_mutation_by_get_is_never_run(market: Market, asked: dict[str, str]) -> None:
    """H2: also when only its name picks it."""
    before = market.clock.at
    async with http(market) as client:
        answer = await client.get("/graphql", params=asked, headers=bearer("olga", Role.OPERATOR))

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert code_of(answer) == "METHOD_NOT_ALLOWED"
    assert market.clock.at == before


async def test_the_query_of_a_document_with_a_mutation_runs_by_get(market: Market) -> None:
    asked = {"query": f"query Q {{ now }} {MUTATION}", "operationName": "Q"}
    async with http(market) as client:
        answer = await client.get("/graphql", params=asked, headers=bearer("ada"))

    assert answer.json()["data"]["now"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription_by_plain_http_is_told_where_to_go(
    market: Market, method: str
) -> None:
    asked = {"query": "subscription { notificationAdded { id } }"}
    given = {"params": asked} if method == "GET" else {"json": asked}
    async with http(market) as client:
        answer = await client.request(method, "/graphql", headers=bearer("ada"), **given)

    assert answer.status_code == 400
    assert code_of(answer) == "BAD_REQUEST"
    assert "/graphql/stream" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "query A { now }", "operationName": "B"},
        {"query": "query A { now } query B { now }"},
        {"query": "query A { now } query B { now }", "operationName": ""},
        {"query": "fragment F on Query { now }"},
    ],
)
async def test_an_operation_that_nobody_can_pick_is_not_run(
    market: Market, asked: dict[str, str]
) -> None:
    async with http(market) as client:
        answer = await client.post("/graphql", json=asked)

    assert answer.status_code == 400
    assert code_of(answer) == "OPERATION_RESOLUTION_FAILURE"


@pytest.mark.parametrize(
    "document",
    [
        f"{MUTATION} query A {{ now }}",
        f"query A {{ now }} {MUTATION}",
        "subscription S { notificationAdded { id } } query A { now }",
    ],
)
@pytest.mark.parametrize("accept", [JSON, RESPONSE, APOLLO])
async def test_nor_is_one_by_get_whichever_stands_first(
    market: Market, document: str, accept: str
) -> None:
    """Nobody can say that a mutation was meant, nor a query."""
    before = market.clock.at
    headers = {"accept": accept, **bearer("olga", Role.OPERATOR)}
    async with http(market) as client:
        answer = await client.get("/graphql", params={"query": document}, headers=headers)

    assert answer.status_code == 400
    assert code_of(answer) == "OPERATION_RESOLUTION_FAILURE"
    assert market.clock.at == before


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
async def test_an_empty_name_in_the_query_string_is_none(market: Market, path: str) -> None:
    """Unlike in a body (GraphQL over HTTP, of GET)."""
    asked = {"query": "query A { now }", "operationName": ""}
    accept = "text/event-stream" if path.endswith("stream") else RESPONSE
    async with http(market) as client:
        answer = await client.get(path, params=asked, headers={"accept": accept})

    assert answer.status_code == 200
    assert '"now":' in answer.text


async def test_an_empty_name_picks_none_of_several(market: Market) -> None:
    asked = {"query": "query A { now } query B { now }", "operationName": ""}
    async with http(market) as client:
        answer = await client.get("/graphql", params=asked)

    assert answer.status_code == 400
    assert code_of(answer) == "OPERATION_RESOLUTION_FAILURE"


async def test_the_name_picks_one_of_several_operations(market: Market) -> None:
    asked = {"query": "query A { a: now } query B { b: now }", "operationName": "B"}
    async with http(market) as client:
        answer = await client.post("/graphql", json=asked)

    assert list(answer.json()["data"]) == ["b"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a,", '",', ";q=,", '"a",'])
def test_a_long_header_costs_no_more_than_its_length(piece: str) -> None:
    """A pattern that looks ahead at each comma took a minute for this one (Q10, Q13)."""
    accept = piece * 60_000 + '"'

    assert len(ranges([accept])) <= 60_001
