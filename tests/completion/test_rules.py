"""One rule each: when plans are made, kept, dropped, passed over; and what nobody is to notice."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest
from graphql import parse, subscribe
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Plain

from ordergraph.api.bounded import BoundedExecutor
from ordergraph.api.completion.executor import CompilingExecutor
from ordergraph.api.completion.plans import EACH, FAILURES, REST, Plan
from ordergraph.api.completion.shelf import TOGETHER, Shelf
from ordergraph.schema import schema
from tests.completion import small
from tests.completion.small import Cat, Color, Dog, House, hasty, run, shelved

HOUSE = "{ house { number color plate } }"


@pytest.fixture
def shelf() -> Shelf:
    return hasty()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each try of a plan, whether it answered everything."""
    seen: list[bool] = []
    tried = Plan.run

    def noted(plan: Plan, *given: Any) -> Any:
        if not plan._resting:
            answered = tried(plan, *given)
            seen.append(answered is not None and not answered[1])
            return answered
        return tried(plan, *given)

    monkeypatch.setattr(Plan, "run", noted)
    return seen


async def test_a_place_is_written_once_for_a_document(shelf: Shelf, runs: list[bool]) -> None:
    document = parse(HOUSE)

    for number in (1, 2, 3):
        result = await run(document, [House(number=number, color=Color.RED)], shelved(shelf))
        assert result.data == {
            "house": {"number": number, "color": "RED", "plate": f"no. {number}"}
        }

    assert runs == [True, True, True]
    assert (len(shelf), shelf.used) == (1, 6)  # no chain, a step, the place, and its three fields


async def test_a_document_has_to_come_twice(runs: list[bool]) -> None:
    document, by = parse(HOUSE), shelved(Shelf())

    for tries in (0, 1, 2):
        await run(document, [House(number=1)], by)
        assert len(runs) == tries


async def test_what_was_written_goes_with_its_document(shelf: Shelf) -> None:
    document = parse(HOUSE)
    await run(document, [House(number=1)], shelved(shelf))
    assert len(shelf) == 1

    del document
    gc.collect()

    assert len(shelf) == 0


async def test_the_least_used_goes_first_when_there_is_no_more_room() -> None:
    shelf = hasty(together=8)
    documents = [parse(HOUSE) for _ in range(4)]

    for n in (0, 1, 0, 2):
        await run(documents[n], [House(number=1)], shelved(shelf))
    kept = set(shelf._kept)

    assert kept == {id(documents[n].definitions[0]) for n in (0, 2)}


async def test_a_plan_that_fails_again_and_again_rests(shelf: Shelf, runs: list[bool]) -> None:
    document = parse("{ house { number } }")

    for _ in range(FAILURES + REST):
        result = await run(document, [House(number="seven")], shelved(shelf))  # type: ignore[arg-type]
        assert result.errors
    assert runs == [False] * FAILURES

    await run(document, [House(number=7)], shelved(shelf))
    await run(document, [House(number=7)], shelved(shelf))
    assert runs == [False] * FAILURES + [True] * 2


async def test_who_wants_to_see_every_field_sees_it(shelf: Shelf) -> None:
    seen = []

    def watch(next_: Any, source: Any, info: Any, **given: Any) -> Any:
        seen.append(info.field_name)
        return next_(source, info, **given)

    await run(HOUSE, [House(number=1)], shelved(shelf), middleware=[watch])

    assert seen == ["house", "number", "color", "plate"]
    assert len(shelf) == 0


async def test_who_wants_to_know_more_than_the_context_is_told_by_graphql_core(
    shelf: Shelf,
) -> None:
    result = await run("{ street { number path } }", [House(number=1)] * 2, shelved(shelf))

    assert result.data == {
        "street": [{"number": 1, "path": f"['street', {n}, 'path']"} for n in range(2)]
    }


async def test_a_coroutine_that_nobody_awaits_is_closed(shelf: Shelf) -> None:
    """A warning that it was never awaited would fail this test."""
    result = await run("{ street { later number } }", [House(number=1)] * 5, shelved(shelf))
    gc.collect()

    assert result.data == {"street": [{"later": "later", "number": 1}] * 5}


async def test_what_is_ready_is_asked_once_and_no_more(shelf: Shelf) -> None:
    house = House(number=1)

    result = await run("{ house { guest } }", [house], shelved(shelf))

    assert result.data == {"house": {"guest": "ready"}}
    assert house.heard == ["guest"]


async def test_what_is_not_ready_is_waited_for_and_the_rest_is_not_asked_again(
    shelf: Shelf,
) -> None:
    answer = asyncio.get_running_loop().create_future()
    house = House(number=1, answer=answer)
    asyncio.get_running_loop().call_later(0.01, answer.set_result, "came")

    result = await run("{ house { guest plate } }", [house], shelved(shelf))

    assert list(result.data["house"].items()) == [("guest", "came"), ("plate", "no. 1")]  # type: ignore[index]
    assert house.heard == ["guest", "plate", "guest"]


STREET = "{ street { guest plate } }"


def street(*answers: object) -> list[House]:
    """A house for each; an awaited one is still to come."""
    houses = []
    for number, answer in enumerate(answers):
        future = asyncio.get_running_loop().create_future()
        set_ = future.set_exception if isinstance(answer, Exception) else future.set_result
        asyncio.get_running_loop().call_later(0.01 + number / 1000, set_, answer)
        houses.append(House(number=number, answer=future))
    return houses


async def test_in_a_list_all_ask_before_anybody_waits_and_compiled_code_goes_on(
    shelf: Shelf, runs: list[bool]
) -> None:
    houses = street("ann", None, "bob")
    houses.insert(1, House(number=9, answer="here"))

    result = await run(STREET, houses, shelved(shelf))

    guests = [(each["guest"], each["plate"]) for each in result.data["street"]]  # type: ignore[index]
    assert guests == [("ann", "no. 0"), ("here", "no. 9"), (None, "no. 1"), ("bob", "no. 2")]
    assert runs == [True]
    assert [house.heard for house in houses] == [["guest", "plate"] * 2] * 4


async def test_what_comes_late_is_waited_for_and_nothing_is_done_twice(
    shelf: Shelf, runs: list[bool]
) -> None:
    """A database that is slow for all must not make the work for each of them more."""
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    house = House(number=1, answer=answer)
    asyncio.get_running_loop().call_later(1.5, answer.set_result, "at last")

    result = await run(STREET, [house], shelved(shelf))

    assert result.data == {"street": [{"guest": "at last", "plate": "no. 1"}]}
    assert runs == [True]
    assert house.heard == ["guest", "plate"] * 2


async def test_what_fails_in_a_list_that_waited_is_told_by_graphql_core(shelf: Shelf) -> None:
    answers = ("ann", ValueError("nobody"), 7)
    plain = await run(STREET, street(*answers), Plain)

    fast = await run(STREET, street(*answers), shelved(shelf))

    assert fast.data == plain.data
    assert fast.errors
    assert [str(error) for error in fast.errors] == [str(error) for error in plain.errors or ()]


class Anew:
    """Each look at it waits for something new."""

    def __init__(self, begin: Callable[[], Awaitable[str]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, None, str]:
        return self._begin().__await__()


def soon() -> asyncio.Future[str]:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.001, future.set_result, "late")
    return future


async def slept() -> str:
    return await asyncio.sleep(0.001, "late")  # whoever closes this puts off its alarm


@pytest.mark.parametrize("begin", [soon, slept])
async def test_what_is_never_ready_is_left_to_graphql_core(
    shelf: Shelf, begin: Callable[[], Awaitable[str]]
) -> None:
    result = await run(STREET, [House(number=1, answer=Anew(begin))], shelved(shelf))

    assert result.data == {"street": [{"guest": "late", "plate": "no. 1"}]}


ARGUMENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("", "painted", {}),
    ("", "painted(color: RED, coats: 3)", {}),
    ("", 'painted(names: "one", until: "2026-11-23T12:00:00Z")', {}),
    ("", "painted(names: null, until: null)", {}),
    ("", "painted a: painted(coats: 1) b: painted(coats: -1, names: [])", {}),
    ("", "painted(coats: 1) painted(coats: 1)", {}),
    ("$n: Int!", "painted(coats: $n) number a: painted(coats: 7)", {"n": 5}),
    ("$n: Int", "painted(coats: $n)", {}),
    ("$n: Int = 9", "painted(coats: $n)", {}),
    ("$c: Color!, $s: [String!]", "painted(color: $c, names: $s)", {"c": "RED", "s": ["x", "y"]}),
    ("$s: String!", "painted(names: [$s, $s])", {"s": "x"}),
    ("", "cleaned(windows: {floor: 1})", {}),
    ("", 'cleaned(windows: [{floor: 1, panes: [2]}, {floor: 0}], of: "SG91c2U6Nw==")', {}),
    ("$w: [Window!]!", "cleaned(windows: $w)", {"w": [{"floor": 1, "panes": None}]}),
    ("$f: Int!, $p: Int", "cleaned(windows: [{floor: $f, panes: [1, $p]}])", {"f": 1, "p": 2}),
)
WRONG_ARGUMENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("$n: Int = 9", "number painted(coats: $n)", {"n": None}),
    ("$s: String", "painted(names: [$s])", {}),
    ("", 'painted(coats: "many")', {}),
    ("", "painted(color: GREEN)", {}),
    ("", 'cleaned(windows: [], of: "nobody")', {}),
    ("", "cleaned(windows: [{}])", {}),
    ("", "cleaned", {}),
)
"""Documents are not validated here."""


def asking(declared: str, selected: str) -> str:
    return f"query {f'({declared})' if declared else ''} {{ house {{ {selected} }} }}"


@pytest.mark.parametrize(("declared", "selected", "values"), ARGUMENTS)
async def test_arguments_are_what_they_are_to_graphql_core(
    shelf: Shelf, runs: list[bool], declared: str, selected: str, values: dict[str, Any]
) -> None:
    document, house = parse(asking(declared, selected)), House(number=7)
    plain = await run(document, [house], Plain, **values)
    house.given.clear()

    for _ in range(2):
        assert await run(document, [house], shelved(shelf), **values) == plain

    assert plain.errors is None
    assert runs == [True, True]
    assert len(house.given) == 2 * len((plain.data or {})["house"].keys() - {"number", "cleaned"})


@pytest.mark.parametrize(("declared", "selected", "values"), WRONG_ARGUMENTS)
async def test_what_is_wrong_with_arguments_is_told_by_graphql_core(
    shelf: Shelf, declared: str, selected: str, values: dict[str, Any]
) -> None:
    document, houses = parse(asking(declared, selected)), [House(number=7)]
    plain = await run(document, houses, Plain, **values)

    answer = await run(document, houses, shelved(shelf), **values)

    assert plain.errors
    assert answer.data == plain.data
    assert [e.formatted for e in answer.errors or ()] == [e.formatted for e in plain.errors]


async def test_variables_are_those_of_each_request(shelf: Shelf) -> None:
    document, house = parse(asking("$n: Int", "painted(coats: $n)")), House(number=7)

    for values in ({"n": 1}, {"n": 2}, {}, {"n": 1}):
        await run(document, [house], shelved(shelf), **values)

    assert [coats for _, coats, *_ in house.given] == [1, 2, 2, 1]


async def test_arguments_that_nobody_can_change_are_made_once_for_a_document(shelf: Shelf) -> None:
    document = parse('{ street { painted(until: "2026-11-23T12:00:00Z") } }')
    street = [House(number=1), House(number=2)]

    for _ in range(2):
        await run(document, street, shelved(shelf))

    moments = [until for house in street for *_, until in house.given]
    assert len(moments) == 4
    assert len(set(map(id, moments))) == 1


async def test_lists_are_made_for_each_answer_anew(shelf: Shelf) -> None:
    """Whoever changed one would change all answers to come."""
    document = parse('{ street { painted(names: ["x"]) } }')
    street = [House(number=1), House(number=2)]

    for _ in range(2):
        await run(document, street, shelved(shelf))

    (first, second), (same_first, same_second) = [[g[2] for g in house.given] for house in street]
    assert first is same_first
    assert second is same_second
    assert first is not second


async def test_each_event_of_a_subscription_is_completed_so(runs: list[bool], shelf: Shelf) -> None:
    document = parse("subscription { moves { number plate } }")
    events = await subscribe(
        small.schema, document, context_value="no. ", executor_class=shelved(shelf)
    )

    numbers = [event.data async for event in events]  # type: ignore[union-attr]  # no error

    assert numbers == [{"moves": {"number": n, "plate": f"no. {n}"}} for n in (1, 2, 3)]
    assert runs == [True] * 3


async def test_an_answer_leaves_no_circle_behind(shelf: Shelf) -> None:
    """What a request has read is let go at once, and not when garbage is collected."""
    house = House(number=1)
    asked = weakref.ref(house)
    gc.disable()
    try:
        await run("{ house { number guest later } street { plate } }", [house], shelved(shelf))
        del house
        assert asked() is None
    finally:
        gc.enable()


async def test_a_member_of_an_interface_is_written_when_it_is_met(shelf: Shelf) -> None:
    document = parse(
        "{ house { pets { __typename name ... on Dog { barks } ... on Cat { lives } } } }"
    )

    await run(document, [House(number=1, pets=[Dog(name="Rex", barks=True)])], shelved(shelf))
    used = shelf.used
    both = House(number=1, pets=[Cat(name="Tom", lives=7), Dog(name="Rex", barks=True)])
    result = await run(document, [both], shelved(shelf))

    assert shelf.used == used + 2
    assert result.data == {
        "house": {
            "pets": [
                {"__typename": "Cat", "name": "Tom", "lives": 7},
                {"__typename": "Dog", "name": "Rex", "barks": True},
            ]
        }
    }


def test_the_schema_compiles_unless_told_otherwise() -> None:
    assert schema.execution_context_class is CompilingExecutor
    assert schema.uncompiled().execution_context_class is BoundedExecutor
    assert schema.execution_context_class is CompilingExecutor
    assert schema.uncompiled()._schema is schema._schema
    assert EACH < TOGETHER
