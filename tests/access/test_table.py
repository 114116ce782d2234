"""Every root field answers every role as the table says; one without an entry fails the build (A1, A3)."""

import asyncio
from typing import Any, Final
from uuid import uuid4

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
)

from ordergraph.kernel.actor import Actor, Role
from tests.access.table import READS, WRITES
from tests.access.town import Town
from tests.access.walked import Filling, Place
from tests.disputes.prying import ASK, VARIABLES, named
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, gid, person
from tests.walking import Document
from tests.watching import snapshot

ASKERS: Final[dict[str, Actor | None]] = {
    "nobody": None, "buyer": ADA, "seller": LAMPS, "operator": OLGA,
    "other_buyer": BEN, "other_seller": PAPER,
}  # fmt: skip
SIDE: Final = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}
SILENCE_S: Final = 0.3
REFUSED: Final = {"NotAllowedError", "NotFoundError", "FORBIDDEN", "UNAUTHENTICATED"}
ITS_AUTHORS: Final = {"attachmentConfirm"}
"""About what is its author's alone: Ada's draft, here."""
THEIR_OWN: Final = {"notificationsMarkRead", "emailNotificationsSet"}
"""About nothing but the asker: no role is needed."""
each_asker = pytest.mark.parametrize("asker", ASKERS)
ENTER: Final = "enter it in tests/access/table.py: who is to be answered what"


def _fields(root: GraphQLObjectType | None) -> dict[str, Any]:
    assert root is not None
    return dict(root.fields)


def test_every_root_field_is_in_the_table(schema: GraphQLSchema) -> None:
    reads = {f"Query.{name}" for name in _fields(schema.query_type)}
    reads |= {f"Subscription.{name}" for name in _fields(schema.subscription_type)}

    assert reads ^ set(READS) == set(), ENTER
    assert set(_fields(schema.mutation_type)) ^ set(WRITES) == set(), ENTER


@each_asker
async def test_whoever_reads_is_answered_as_the_table_says(
    town: Town, schema: GraphQLSchema, asker: str
) -> None:
    answered = {}
    for called in READS:
        kind, name = called.split(".")
        root = _fields(schema.query_type if kind == "Query" else schema.subscription_type)
        document = Document(schema, ASK, VARIABLES)
        document.ask(name, root[name], 0)
        asked = document.text(kind.lower())
        given = named(asked, await _about(town, name))
        told = _told if kind == "Query" else _heard
        answered[called] = await told(town, ASKERS[asker], asked, given)

    assert answered == {called: getattr(door, asker) for called, door in READS.items()}


async def test_whoever_may_never_do_it_is_refused_and_nothing_changes(
    town: Town, schema: GraphQLSchema
) -> None:
    before, wrong = await snapshot(), []
    for name, takes, document in _mutations(schema):
        for asker, who in ASKERS.items():
            stranger = asker.startswith("other_")
            if who is None or stranger or not (who.roles & WRITES[name]):
                if stranger and not _takes_ids(takes) and who and who.roles & WRITES[name]:
                    continue  # nobody's thing is meant: it is their own then
                said = await _done(town, who, document, takes)
                if said.endswith("Success") or (said == "UNAUTHENTICATED") is not (who is None):
                    wrong.append((name, asker, said))
    assert not wrong, wrong
    assert await snapshot() == before


async def test_whoever_may_do_it_is_not_refused_for_who_they_are(
    town: Town, schema: GraphQLSchema
) -> None:
    """What they ask for may be impossible just now."""
    wrong = []
    for name, takes, document in _mutations(schema):
        for role in WRITES[name]:
            said = await _done(town, SIDE[role], document, takes)
            if said in REFUSED - ({"NotFoundError"} if name in ITS_AUTHORS else set()):
                wrong.append((name, role, said))
    assert not wrong, wrong


async def test_who_has_no_role_is_answered_nothing(town: Town, schema: GraphQLSchema) -> None:
    """A good token that grants nothing: its bearer sees as much as a stranger does."""
    who = person("roleless")
    for name, takes, document in _mutations(schema):
        said = await _done(town, who, document, takes)
        assert not said.endswith("Success") or name in THEIR_OWN, name


def _mutations(schema: GraphQLSchema) -> list[tuple[str, Any, str]]:
    found = []
    for name, definition in _fields(schema.mutation_type).items():
        takes = get_named_type(definition.args["input"].type)
        asked = f"mutation M($input: {takes.name}!) {{ {name}(input: $input) {{ __typename }} }}"
        found.append((name, takes, asked))
    return found


def _takes_ids(takes: Any) -> bool:
    asked_for = [field.type for field in takes.fields.values() if is_required_input_field(field)]
    return any(get_named_type(kind).name == "ID" for kind in asked_for)


async def _about(town: Town, name: str) -> dict[str, str]:
    """Ada's order and its dispute, by whichever of its ids the field takes."""
    dispute, order = town.case.id, town.case.order_ids[0]
    id_ = dispute if name == "dispute" else order
    number = (await town.case.numbers())[0]
    return {"id": id_, "order": order, "dispute": dispute, "number": number}


async def _told(town: Town, who: Actor | None, asked: str, given: dict[str, str]) -> str:
    result = await town.market.execute(who, asked, **given)
    return _class(result)


async def _heard(town: Town, who: Actor | None, asked: str, given: dict[str, str]) -> str:
    """What comes first; to wait in silence is to be served."""
    stream = await town.market.listen(who, asked, **given)
    try:
        return _class(await asyncio.wait_for(anext(stream), SILENCE_S))
    except TimeoutError:
        return "SERVES"
    finally:
        await stream.aclose()


def _class(result: Any) -> str:
    if result.errors:
        return str(result.errors[0].extensions["code"])
    shown = list(result.data.values())
    return "NULL" if all(value in (None, [None]) for value in shown) else "SERVES"


async def _done(town: Town, who: Actor | None, document: str, takes: Any) -> str:
    """The type that was answered, or the code of the error. All ids are of Ada's things."""
    theirs = {kind: gid(kind, ids[0]) for kind, ids in town.theirs.items()}
    ours = theirs | {"Dispute": town.case.id, "Order": town.case.order_ids[1]}
    nothing = gid("Nothing", uuid4())
    given = Filling(ours, Place((), ""), nothing).of(takes)
    if who is OLGA and "buyerExternalId" in takes.fields:
        given["buyerExternalId"] = "ada"  # staff order for somebody
    result = await town.market.execute(who, document, input=given)
    if result.errors:
        return str(result.errors[0].extensions["code"])
    return str(next(iter(result.data.values()))["__typename"])
