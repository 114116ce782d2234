"""Documents beyond a limit are refused, with the limit, what it is and what was found."""

import asyncio
import time

import pytest
from graphql import GraphQLError, get_introspection_query

from ordergraph.api.documents.library import Library, Unfit
from ordergraph.api.documents.limits import Limits
from ordergraph.api.faults import presentable
from ordergraph.api.pages import LARGEST_PAGE
from ordergraph.schema import schema
from tests.api.doors import http
from tests.limits.hostile import aliased, circling, nested, spreading, unused, wide
from tests.market import ADA, Market

SCHEMA = schema._schema
DEEP = "{ " + "viewer { user { " * 6 + "id" + " } }" * 6 + " }"
PAGES = "{ viewer { purchases(first: 100) { nodes { timeline(first: 100) { nodes { id } } } } } }"
DIRECTED = "{ now " + "@include(if: true) " * 21 + "}"
KINDS = "name type { name kind ofType { name kind ofType { name kind } } }"
TENFOLD = (
    "{ "
    + " ".join(f"a{n}: __schema {{ types {{ fields {{ {KINDS} }} }} }}" for n in range(10))
    + " }"
)
SPREAD = (
    "{ "
    + "__schema { types { ...T } } " * 10
    + f"}} fragment T on __Type {{ fields {{ {KINDS} }} }}"
)

# fmt: off
BEYOND = [
    ("{ viewer { " + "a " * 2_000 + "} }",   "tokens",     2_000, 2_001),
    ("{ viewer {" + "\n# a comment" * 50 + "\n x" * 2_000, "tokens", 2_000, 2_001),
    (DEEP,                                   "depth",         12, 13),
    (nested("[", 900),                       "depth",         12, 65),
    (nested("[]", 60),                       "depth",         12, 59),
    (nested("{", 400),                       "depth",         12, 65),
    (nested("type", 900),                    "depth",         12, 65),
    (nested("fields", 900),                  "depth",         12, 65),
    (nested("inline", 900),                  "depth",         12, 65),
    ("{ viewer { " + aliased(31)[1:] + " }", "aliases",       30, 31),
    ("{ " + "now " * 21 + "}",               "rootFields",    20, 21),
    (spreading(11),                          "rootFields",    20, 4**11),
    (spreading(40),                          "rootFields",    20, 2**31 - 1),
    (DIRECTED,                               "directives",    20, 21),
    (PAGES,                                  "nodes",      5_000, 10_100),
    ("{ viewer " + spreading(9, leaf="unreadNotificationCount", on="Viewer").replace("}", "} }", 1), "fields", 50_000, 4**9 + 1),
    (wide(600),                              "comparisons", 30_000, 30_001),
    ("{ __schema { types { fields { type { fields { name } } } } } }", "introspectionNesting", 2, 3),
    ("{ __schema { " + " ".join(f"a{n}: types {{ name }}" for n in range(21)) + " } }", "introspectionLists", 20, 21),
    ("{ __schema { types { " + "ofType { " * 20 + "name" + " }" * 23, "introspectionDepth", 20, 22),
]
# fmt: on


def _told(text: str) -> list[GraphQLError]:
    """What is said against a document."""
    try:
        document = Library(Limits()).open(SCHEMA, text, None, {})
    except Unfit as unfit:
        return unfit.errors
    return [presentable(error) for error in document.problems]


@pytest.mark.parametrize(("text", "limit", "maximum", "found"), BEYOND)
def test_a_refusal_names_the_limit_its_value_and_how_much_was_found(
    text: str, limit: str, maximum: int, found: int
) -> None:
    """Q1 to Q6."""
    told = _told(text)

    refusal = {"code": "LIMIT_EXCEEDED", "limit": limit, "maximum": maximum, "found": found}
    assert refusal in [error.extensions for error in told]
    assert f"{maximum} " in told[0].message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (circling(5), "Cannot spread fragment"),
        ("{ ...F } fragment F on Query { ...F }", "Cannot spread fragment 'F' within itself"),
        ("{ ...Nowhere }", "Unknown fragment 'Nowhere'"),
        (unused(100), "is never used"),
        (
            "{ viewer { " + " ".join(f"nothing{n}" for n in range(900)) + " } }",
            "Cannot query field",
        ),
        ("subscription { now", "Syntax Error"),
        ("{}", "Syntax Error: Expected Name"),
        ("{ viewer {} }", "Syntax Error: Expected Name"),
        ("{ now }" + "\n# a comment" * 2_001, "Syntax Error"),
    ],
)
def test_other_mistakes_are_told_as_ever_and_never_more_than_ten(text: str, says: str) -> None:
    """Q15."""
    told = _told(text)

    assert 1 <= len(told) <= 10
    assert says in told[0].message
    assert {error.extensions["code"] for error in told} == {"BAD_USER_INPUT"}


STANDARD = get_introspection_query(
    descriptions=True,
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
)
WHOLE, FRAGMENTS = STANDARD.split("{", 1)[1].split("fragment", 1)
TWICE = f"{{ a: {WHOLE.rstrip().removesuffix('}')} b: {WHOLE} fragment {FRAGMENTS}"
INTROSPECTIONS = [
    get_introspection_query(),
    STANDARD,
    TWICE,
    '{ __type(name: "Order") { name fields { name type { name kind ofType { name kind } } } } }',
]


@pytest.mark.parametrize("text", INTROSPECTIONS)
def test_what_tools_ask_of_a_schema_is_within_the_limits(text: str) -> None:
    assert _told(text) == []


@pytest.mark.parametrize("text", [TENFOLD, SPREAD], ids=["aliased", "spread"])
def test_of_the_schema_no_more_is_told_than_a_few_times_what_tools_ask(text: str) -> None:
    """Q5: 750 bytes of it kept a process for seconds."""
    (refusal,) = _told(text)

    assert refusal.extensions is not None
    assert refusal.extensions["limit"] == "introspectionFields"
    assert refusal.extensions["found"] > refusal.extensions["maximum"] >= 50_000


def test_a_limit_that_is_set_otherwise_holds_otherwise() -> None:
    library = Library(Limits(depth=2))

    assert library.open(SCHEMA, "{ viewer { unreadNotificationCount } }", None, {}).problems == []
    with pytest.raises(Unfit, match="1 errors"):
        library.open(SCHEMA, "{ viewer { user { id } } }", None, {})


async def test_the_same_is_refused_over_get_post_and_for_mutations(market: Market) -> None:
    """Q11."""
    mutations = (
        "mutation { "
        + " ".join(f"m{n}: notificationsMarkRead(input: {{}}) {{ __typename }}" for n in range(31))
        + " }"
    )
    async with http(market) as client:
        posted = await client.post("/graphql", json={"query": DEEP})
        got = await client.get("/graphql", params={"query": DEEP})
        changing = await client.post("/graphql", json={"query": mutations})

    limits = [
        {error["extensions"].get("limit") for error in answer.json()["errors"]}
        for answer in (posted, got, changing)
    ]
    assert limits == [{"depth"}, {"depth"}, {"aliases", "rootFields"}]


async def test_a_stream_that_is_refused_says_so_and_ends(market: Market) -> None:
    """Q11."""
    text = "subscription { orderUpdated(orderId: 1) { buyer { " + "id " * 600 + "} } }"

    results = [result async for result in await market.listen(ADA, text)]

    assert [error.extensions["code"] for result in results for error in result.errors] == [
        "LIMIT_EXCEEDED"
    ]


async def test_a_page_has_a_hundred_items_at_most(market: Market) -> None:
    """Q7."""
    text = "query ($n: Int!) { viewer { purchases(first: $n) { nodes { id } } } }"

    told = [await market.execute(ADA, text, n=n) for n in (LARGEST_PAGE, LARGEST_PAGE + 1)]

    assert told[0].errors is None
    assert told[1].errors[0].extensions["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", [text for text, *_ in BEYOND])
async def test_nobody_waits_long_for_a_hostile_document(market: Market, text: str) -> None:
    """Q13: whoever asks for the time behind four of them is told within a second."""
    async with http(market) as client:
        hostile = [
            asyncio.create_task(client.post("/graphql", json={"query": f"{text}#{n}"}))
            for n in range(4)
        ]
        await asyncio.sleep(0)
        began = time.monotonic()
        plain = await client.post("/graphql", json={"query": "{ now }"})
        took_s = time.monotonic() - began
        refused = await asyncio.gather(*hostile)

    assert "now" in plain.json()["data"]
    assert took_s < 1
    assert all(answer.json()["errors"] for answer in refused)
