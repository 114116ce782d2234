"""Random questions to a real market: as text, alone and with others, equal to plain graphql-core.

RANDOM_SCREENS=100 asks more of them for each seed.
"""

import asyncio
import os
import re
from ast import literal_eval
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.schema import schema
from ordergraph.transports.front import ONCE, Front
from ordergraph.transports.operation import Operation
from tests.completion.dropping import DROPS, dropped_here  # noqa: F401  (a fixture)
from tests.market import ADA, BEN, LAMPS, OLGA, TOKENS, Market, gid

COUNT: Final = int(os.environ.get("RANDOM_SCREENS", "8"))
PEOPLE: Final = (ADA, BEN, LAMPS, OLGA)
TYPES: Final = schema._schema.type_map
ROOMY: Final = Library(
    Limits(tokens=100_000, aliases=1_000, nodes=10**9, fields=10**9, directives=1_000)
)
ROOTS: Final = (
    ("order(id: $order)", "Order"),
    ("node(id: $order) {{ ... on Dispute {{ id }} ... on Order {} }}", "Order"),
    ("nodes(ids: [$order, $dispute]) {{ id ... on Order {} }}", "Order"),
    ("dispute(id: $dispute)", "Dispute"),
    ("viewer {{ purchases(first: 3) {} }}", "OrderConnection"),
    ("viewer {{ sales(first: $size) {} }}", "OrderConnection"),
    ("viewer {{ disputes(last: $size) {} }}", "DisputeConnection"),
    ("viewer {{ notifications(first: $size) {} }}", "NotificationConnection"),
    ("viewer {{ purchases(first: 3) @skip(if: $c) {} }}", "OrderConnection"),
    ("viewer {{ ... @include(if: $c) {{ user {} }} }}", "User"),
    ("viewer @include(if: $a) {{ user @skip(if: $c) {} }}", "User"),
)
TAKES: Final = {
    "messages": ("", "(first: 2)", "(last: $size)", "(first: 101)"),
    "timeline": ("", "(first: $size)"),
}
LEFT_OUT: Final = {"evidencePack"}  # a link of its own each time
DECLARED: Final = {
    "order": "ID!", "dispute": "ID!", "size": "Int!", "a": "Boolean!", "b": "Boolean!", "c": "Boolean = true",
}  # fmt: skip
BESIDE: Final = (
    " p: now @skip(if: $a) q: now @skip(if: $b) d: node(id: $dispute) { id }"
    " o: node(id: $order) { id @skip(if: $c) }"
    " v: viewer { purchases(first: $size) { __typename } }"
)
ALONE: Final = ""
"""Then the document is a chain of fields."""
ITEM: Final = re.compile(r"(?<=, )\d+(?=[,\]])")
"""In the path of an error: which item of a list."""
pytestmark = [DROPS, pytest.mark.timeout(120 + 5 * COUNT)]
Answer = tuple[bytes, set[str]]


class Asking:
    """Makes one document."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._fragments: list[str] = []
        self._aliases = 0

    def document(self) -> str:
        root, kind = self._random.choice(ROOTS)
        below = self._selected(TYPES[kind], 5)
        asked = root.format(below) if "{}" in root else f"{root} {below}"
        said = f"{{ {asked} {self._random.choice((BESIDE, BESIDE, ALONE))} }} {' '.join(self._fragments)}"
        used = [f"${name}: {kind}" for name, kind in DECLARED.items() if f"${name}" in said]
        return f"query Q({' '.join(used)}) {said}" if used else f"query Q {said}"

    def _selected(self, kind: Any, depth: int) -> str:
        parts = [self._part(kind, depth) for _ in range(self._random.randint(1, 5))]
        return f"{{ {' '.join(parts)} }}"

    def _part(self, kind: Any, depth: int) -> str:
        chance = self._random.random()
        if chance < 0.1:
            condition = self._random.choice(("", f"on {kind.name}"))
            return f"... {condition} {self._steer()} {self._selected(kind, depth)}"
        if chance < 0.2:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")  # its name is taken
            self._fragments[int(name[1:])] = (
                f"fragment {name} on {kind.name} {self._selected(kind, depth)}"
            )
            return f"...{name} {self._steer()} ...{name}"
        return self._field(kind, depth)

    def _field(self, kind: Any, depth: int) -> str:
        name, below = self._random.choice([*_fields(kind, deep=depth > 0), ("__typename", None)])
        given = self._random.choice(TAKES.get(name, ("",)))
        alias = ""
        if given or self._random.random() < 0.2:
            self._aliases += 1
            alias = f"x{self._aliases}: "
        selected = self._selected(below, depth - 1) if below is not None else ""
        return f"{alias}{name}{given} {self._steer()} {selected}"

    def _steer(self) -> str:
        if self._random.random() < 0.75:
            return ""
        condition = self._random.choice(("true", "false", "$a", "$b", "$c"))
        return f"@{self._random.choice(('include', 'skip'))}(if: {condition})"


def _fields(kind: Any, *, deep: bool) -> Iterator[tuple[str, Any]]:
    """Names of fields that need no argument, with the type of what has fields of its own."""
    for name, field in kind.fields.items():
        needs = any(map(is_required_argument, field.args.values()))
        below = get_named_type(field.type)
        if needs or name in LEFT_OUT:
            continue
        if is_leaf_type(below):
            yield name, None
        elif deep and isinstance(below, GraphQLObjectType):
            yield name, below


def _alike(some: Answer, others: Answer) -> bool:
    """Of several errors, those below what became null for another one need not be told."""
    told = [some[1], others[1]]
    one_each = all(len(each) == 1 for each in told)
    return some[0] == others[0] and (
        told[0] == told[1] or _of_other_items(orjson.loads(some[0]), *map(min, told))
        if one_each
        else bool(told[0]) is bool(told[1])
    )


def _of_other_items(data: Any, one: str, other: str) -> bool:
    """Whether the same was told of another item of a list that is gone: any of them may be the first."""
    paths = [literal_eval(error)["path"] for error in (one, other)]
    if ITEM.sub("*", one) != ITEM.sub("*", other):
        return False
    for step, its in zip(*paths, strict=True):
        if data is None or step != its:
            break
        data = data[step]
    return data is None


def _variables(random: Random, orders: list[str], disputes: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "order": random.choice(orders), "dispute": random.choice(disputes), "size": random.choice((0, 2, 5)),
        "a": random.random() < 0.5, "b": random.random() < 0.5,
    }  # fmt: skip
    return made | random.choice(({}, {"c": True}, {"c": False}, {"c": False}, {"c": None}))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_asked_the_answer_is_graphql_cores(busy: Market, seed: int) -> None:
    random = Random(seed)  # noqa: S311  (not a secret: it must repeat)
    fast = Front(schema, busy.desk, TOKENS, library=ROOMY)
    plain = Front(schema.uncompiled(), busy.desk, TOKENS, library=ROOMY)
    orders = [gid("Order", row.id) for row in await Order.all().order_by("id")]
    disputes = [gid("Dispute", row.id) for row in await Dispute.all().order_by("id")]

    async def said(front: Front, actor: Actor, text: str, given: dict[str, Any]) -> Answer:
        result = await front.run(Operation(text, given, "Q", None), busy.context(actor), ONCE)
        errors = [error.formatted for error in result.errors or ()]
        assert all(error["extensions"]["code"] != "INTERNAL" for error in errors), (text, errors)
        return orjson.dumps(result.data), set(map(str, errors))

    answered = 0
    for _ in range(COUNT):
        text = Asking(random).document()
        looks = [(random.choice(PEOPLE), _variables(random, orders, disputes)) for _ in range(8)]
        await said(fast, *looks[0][:1], text, looks[0][1])  # the first time is graphql-core's
        alone = [await said(plain, actor, text, given) for actor, given in looks]
        for (actor, given), expected in zip(looks[:3], alone, strict=False):
            assert _alike(await said(fast, actor, text, given), expected), text
        at_once = await asyncio.gather(*(said(fast, actor, text, given) for actor, given in looks))
        assert all(map(_alike, at_once, alone)), text
        answered += sum(data != b"null" for data, _ in alone)

    assert answered > COUNT * 4
