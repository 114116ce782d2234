"""What is asked of the schema alone is worked out once, and is what graphql-core says."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query, graphql_sync
from strawberry.types import ExecutionResult

from ordergraph.api import execution
from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.api.introspection import Answers
from ordergraph.schema import schema
from tests.api.doors import bearer, http
from tests.market import Market

STANDARD = get_introspection_query()
TYPE = "query ($name: String!) { __typename it: __type(name: $name) { name kind } }"
SOME = """query Some($with: Boolean = true) { ...S }
fragment S on Query { __schema { queryType { name fields @include(if: $with) { name } } } }"""
ONE_OF = "{ __schema { types { kind isOneOf fields { type { isOneOf ofType { isOneOf } } } } } }"
BESIDE = "{ __schema { queryType { name } } now }"
WRONG = "{ __type { name } }"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    fresh = Answers(most=3)
    monkeypatch.setattr(execution, "KNOWN", fresh)
    return fresh


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The documents that were not answered by what is known."""
    found: list[str] = []
    really = execution._executed

    async def counted(schema: Any, document: Any, *rest: Any) -> ExecutionResult:
        found.append(str(document))
        return await really(schema, document, *rest)

    monkeypatch.setattr(execution, "_executed", counted)
    return found


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (STANDARD, {}),
        (TYPE, {"name": "Order"}),
        (TYPE, {"name": "Nothing"}),
        (SOME, {}),
        (SOME, {"with": False}),
    ],
)
@pytest.mark.usefixtures("answers")
async def test_each_answer_is_graphql_cores_and_everybody_has_the_same(
    market: Market, executed: list[str], document: str, variables: dict[str, Any]
) -> None:
    body = {"query": document, "variables": variables}
    async with http(market) as line:
        said = [
            (await line.post("/graphql", json=body, headers=headers)).content
            for headers in (bearer("ada"), bearer("sam"), {})
        ]

    by_core = graphql_sync(schema._schema, document, variable_values=variables)
    assert orjson.loads(said[0]) == {"data": by_core.data}
    assert said[0] == said[1] == said[2]
    assert executed == [document]


@pytest.mark.usefixtures("answers")
async def test_other_variables_have_another_answer(market: Market, executed: list[str]) -> None:
    async with http(market) as line:
        names = [
            (await line.post("/graphql", json={"query": TYPE, "variables": {"name": name}})).json()
            for name in ("Order", "Refund", "Order")
        ]

    assert [each["data"]["it"]["name"] for each in names] == ["Order", "Refund", "Order"]
    assert len(executed) == 2


@pytest.mark.parametrize("document", [BESIDE, "{ __typename }", "{ now }"])
async def test_what_asks_for_more_is_executed_each_time(
    market: Market, answers: Answers, executed: list[str], document: str
) -> None:
    async with http(market) as line:
        for _ in range(2):
            assert "errors" not in (await line.post("/graphql", json={"query": document})).json()

    assert executed == [document] * 2
    assert len(answers) == 0


async def test_errors_are_not_kept(market: Market, answers: Answers) -> None:
    async with http(market) as line:
        for query, variables in ((WRONG, {}), (TYPE, {"name": 7}), (TYPE, {})):
            said = await line.post("/graphql", json={"query": query, "variables": variables})
            assert said.json()["errors"]

    assert len(answers) == 0


def test_those_asked_for_last_are_kept() -> None:
    answers, library = Answers(most=2), Library(Limits())
    document = library.open(schema._schema, TYPE, None, {})

    def key(name: str) -> Any:
        return answers.key(schema, document, None, {"name": name})

    for name in ("A", "B", "A", "C"):
        if answers.get(key(name)) is None:
            answers.keep(key(name), ExecutionResult(data={"it": name}, errors=None))

    assert len(answers) == 2
    assert answers.get(key("B")) is None
    assert orjson.dumps(answers.get(key("A")).data) == b'{"it":"A"}'  # type: ignore[union-attr]


async def test_only_input_objects_say_whether_they_take_one_of_their_fields(
    market: Market,
) -> None:
    """Lists and what is not null are asked by legal queries, too; each failed, thousands in an answer."""
    schema._extend_introspection()  # the type is the process's, and tests have schemas of Strawberry's
    async with http(market) as line:
        said = (await line.post("/graphql", json={"query": ONE_OF})).json()

    assert "errors" not in said
    types = said["data"]["__schema"]["types"]
    assert {(each["kind"] == "INPUT_OBJECT", each["isOneOf"]) for each in types} == {
        (True, False),
        (False, None),
    }
