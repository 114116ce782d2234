"""Every field of every object is known to somebody who thought of who may see it (A5)."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import GraphQLObjectType, GraphQLSchema

from ordergraph.kernel.actor import Role
from tests.access.objects import FIELDS, NOT_FOR_ALL
from tests.access.town import Town
from tests.disputes.prying import Doors, named
from tests.market import ADA, LAMPS, OLGA, Market, gid

WRAPPING: Final = ("Error", "Success", "Edge", "Connection", "PageInfo")
VIEWERS: Final = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}
EMPTY: Final = (None, [], 0, "", False)
ENTER: Final = "enter it in tests/access/objects.py, and in NOT_FOR_ALL if not all may see it"


def _objects(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for kind in schema.type_map.values():
        named_so = kind.name.startswith("__") or kind.name.endswith(WRAPPING)
        if isinstance(kind, GraphQLObjectType) and kind not in roots and not named_so:
            yield kind


def test_every_field_of_every_object_is_entered(schema: GraphQLSchema) -> None:
    there = {f"{kind.name}.{name}" for kind in _objects(schema) for name in kind.fields}
    entered = {f"{kind}.{name}" for kind, names in FIELDS.items() for name in names.split()}

    assert there - entered == set(), ENTER
    assert entered - there == set(), "what is gone is taken out"


def test_what_is_not_for_all_is_there_at_all() -> None:
    entered = {f"{kind}.{name}" for kind, names in FIELDS.items() for name in names.split()}

    assert {name for name in NOT_FOR_ALL if name not in entered | set(FIELDS)} == set()


def _shown(said: Any) -> Iterator[str]:
    """Each field that has a value, however deep: the walk calls fields by type and name."""
    if isinstance(said, list):
        for each in said:
            yield from _shown(each)
    elif isinstance(said, dict):
        kind = said.get("__typename")
        for name, value in said.items():
            if name.startswith(f"{kind}_") and value not in EMPTY:
                yield f"{kind}.{name.removeprefix(f'{kind}_')}"
            yield from _shown(value)


async def _seen(town: Town, doors: Doors, role: Role) -> set[str]:
    """What this side sees of all that is Ada's, Nordic Lamps' and the operators'."""
    found = set[str]()
    for document in doors.queries:
        by_id = "$" in document.split("{", 1)[0]
        ids = [gid(kind, id_) for kind, ids in town.theirs.items() for id_ in ids[:3]]
        for id_ in ids if by_id else [""]:
            given = named(document, {"id": id_, "number": "none"})
            result = await town.market.execute(VIEWERS[role], document, **given)
            found |= set(_shown(result.data))
    return found


@pytest.mark.parametrize("role", VIEWERS)
async def test_nobody_sees_what_is_not_for_them(town: Town, role: Role) -> None:
    doors = await Doors.found(Market(), 2)
    seen = await _seen(town, doors, role)
    closed = {name for name, roles in NOT_FOR_ALL.items() if role not in roles}
    open_ = {name for name, roles in NOT_FOR_ALL.items() if role in roles}

    assert {name for name in seen if name in closed or name.split(".")[0] in closed} == set()
    assert len(open_ & (seen | {name.split(".")[0] for name in seen})) > len(open_) / 2
