"""No stranger learns of anything: neither what it is nor that it is there (A1, A2, A6).

Whatever takes an id is found by introspection, and asked with the id of somebody else's thing and
with that of nothing: the two answers are the same, byte by byte, and take as many statements.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest
from graphql import GraphQLInterfaceType, GraphQLSchema

from ordergraph.kernel.actor import Actor
from tests.access.town import CANARY, EVERYBODYS, ROWS, STRANGERS, Town
from tests.access.walked import Filling, Place, places
from tests.disputes.prying import Doors, as_bytes, named
from tests.market import ADA, LAMPS, OLGA, Market, gid
from tests.watching import snapshot, statements

DEPTH: Final = 2
"""How far the walk goes from each root field. One step more takes twice as long."""
NUMBER_OF_NOTHING: Final = "2222-2222"
each_stranger = pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)


@dataclass(frozen=True)
class Answer:
    """What was said, without the ids that were asked with; and how many statements that took."""

    said: bytes
    statements: int


@pytest.fixture(scope="module")
async def doors(database: str) -> Doors:  # noqa: ARG001  (it needs the database)
    return await Doors.found(Market(), DEPTH)


async def _answer(town: Town, who: Actor | None, document: str, **given: Any) -> Answer:
    with statements() as seen:
        result = await town.market.execute(who, document, **given)
    return Answer(as_bytes(result), len(seen))


def _without(answer: Answer, *ids: str) -> Answer:
    said = answer.said
    for id_ in ids:
        said = said.replace(id_.encode(), b"ID")
    return Answer(said, answer.statements)


def test_the_town_has_one_of_every_kind(town: Town, schema: GraphQLSchema) -> None:
    """A new kind of object is made in town.py, too: add its rows to ROWS, or it to EVERYBODYS."""
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    kinds = {kind.name for kind in schema.get_possible_types(node)}

    assert kinds - EVERYBODYS == set(ROWS), "say in tests/access/town.py what rows are behind it"
    assert {kind for kind, ids in town.theirs.items() if not ids} == set()


@each_stranger
async def test_by_its_id_a_thing_of_others_answers_like_nothing(
    town: Town, doors: Doors, who: Actor
) -> None:
    asked = [document for document in doors.queries if "$" in document.split("{", 1)[0]]
    number = (await town.case.numbers())[0]
    for kind, ids in town.theirs.items():
        nothing, named_nothing = gid(kind, uuid4()), NUMBER_OF_NOTHING
        for document in asked:
            variables = named(document, {"id": nothing, "number": named_nothing})
            expected = _without(await _answer(town, who, document, **variables), nothing)
            for id_ in (gid(kind, ids[0]), gid(kind, ids[-1])):
                variables = named(document, {"id": id_, "number": number})
                found = await _answer(town, who, document, **variables)
                assert CANARY.encode() not in found.said, (kind, document[:80])
                assert _without(found, id_) == expected, (kind, document[:80])


@each_stranger
async def test_no_list_and_no_count_holds_anything_of_others(
    town: Town, doors: Doors, who: Actor
) -> None:
    theirs = {gid(kind, id_).encode() for kind, ids in town.theirs.items() for id_ in ids}
    for document in doors.queries:
        if "$" not in document.split("{", 1)[0]:
            said = (await _answer(town, who, document)).said
            assert CANARY.encode() not in said, document[:80]
            assert not [id_ for id_ in theirs if id_ in said], document[:80]


@each_stranger
async def test_a_subscription_to_a_thing_of_others_ends_like_one_to_nothing(
    town: Town, doors: Doors, who: Actor
) -> None:
    for document in doors.subscriptions:
        if "$" not in document.split("{", 1)[0]:
            continue
        heard = list[list[bytes]]()
        for id_ in (uuid4(), *(ids[0] for ids in town.theirs.values())):
            kind = next((k for k, ids in town.theirs.items() if ids[0] == id_), "Dispute")
            given = named(document, {"dispute": gid(kind, id_), "order": gid(kind, id_)})
            stream = await town.market.listen(who, document, **given)
            heard.append([as_bytes(result) async for result in stream])
        assert heard == heard[:1] * len(heard), document[:80]
        assert [b"NOT_FOUND" in line for line in heard[0]] == [True], document[:80]
    assert not town.market.hub.listeners


@each_stranger
async def test_a_mutation_about_a_thing_of_others_answers_like_one_about_nothing(
    town: Town, doors: Doors, schema: GraphQLSchema, who: Actor
) -> None:
    """Everything else in its input is the stranger's own, so that it comes as far as it can."""
    before = await snapshot()
    for name, takes, document in doors.mutations:
        for place in places(takes, schema):
            asked = list(_asked(town, place))
            given = [Filling(town.own[who], place, id_).of(takes) for id_ in asked]
            said = [await _answer(town, who, document, input=each) for each in given]
            shown = [_without(one, id_) for one, id_ in zip(said, asked, strict=True)]

            assert shown[1:] == shown[:1] * len(shown[1:]), (name, place.name)
            assert b"Success" not in shown[0].said, (name, place.name)
            assert not [one for one in said if CANARY.encode() in one.said], (name, place.name)
    assert await snapshot() == before


def _asked(town: Town, place: Place) -> Iterator[str]:
    """Nothing first, then things of others: two of the kind that is meant."""
    yield gid(place.kind, uuid4())
    yield gid(place.kind, town.theirs[place.kind][0])
    yield gid(place.kind, town.theirs[place.kind][-1])


async def test_whoever_may_see_a_thing_reaches_it_by_the_same_walk(
    town: Town, doors: Doors
) -> None:
    """So that the walk proves something."""
    asked = [document for document in doors.queries if "$" in document.split("{", 1)[0]]
    for kind, ids in town.theirs.items():
        found = list[bytes]()
        for id_ in (ids[0], ids[-1]):
            for who in (ADA, LAMPS, OLGA):
                for document in asked:
                    variables = named(document, {"id": gid(kind, id_), "number": "none"})
                    found.append((await _answer(town, who, document, **variables)).said)
        named_so = [said for said in found if gid(kind, ids[0]).encode() in said]
        assert named_so or kind in {"OrderLine", "Event"}, kind
    assert [said for said in found if said]
