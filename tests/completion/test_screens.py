"""The market of the seeds, looked at by all its people with and without compiled code: equal to the byte."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ordergraph.api.bounded import BoundedExecutor
from ordergraph.api.completion.executor import CompilingExecutor
from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.app import front_of
from ordergraph.graphiql import stories
from ordergraph.kernel.actor import Actor
from ordergraph.schema import schema
from ordergraph.transports.front import ONCE, Front
from ordergraph.transports.operation import Operation
from ordergraph.wiring import Wiring
from seeds import load
from tests.completion.asking import everything
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, TOKENS, Market
from tests.seeds.conftest import wiring

__all__ = ["wiring"]
TYPES = schema._schema.type_map
ROOMY = Library(Limits(tokens=100_000, aliases=1_000, nodes=10**9, fields=10**9, directives=100))
PEOPLE = (ADA, BEN, LAMPS, PAPER, OLGA)
MAIN = """{ viewer { purchases(first: 20) { edges { cursor node { id number status
    total { amount currencyCode } canCancel cancelableUntil lines { id title quantity unitPrice { amount } }
    refunds { id status amount { amount } dueAt } } } pageInfo { hasNextPage endCursor } } } }"""
WIDE = """{ viewer { purchases(first: 20) { nodes { paymentStatus refunded { amount } refundable { amount }
    cancellation { status reason { label } refund { status dueAt } }
    timeline(first: 3) { nodes { type summary actor } }
    dispute { stage reason { handle label } refund { status amount { amount } } messages { nodes {
      body author { displayName } readByOtherAt attachments { fileName } } } } } } } }"""
TABS = [
    story.query
    for story in stories.read()
    if story.query.strip().startswith("query") and not story.variables
]


def ids(found: Any) -> Iterator[str]:
    """Every id in an answer."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from [value] if name == "id" else ids(value)
    elif isinstance(found, list):
        for each in found:
            yield from ids(each)


def kind_of(id_: str) -> str:
    return base64.b64decode(id_).decode().partition(":")[0]


async def _answered(front: Front, market: Market, actor: Any, document: str) -> bytes:
    operation = Operation(document, {}, None, None)
    result = await front.run(operation, market.context(actor), ONCE)
    errors = [error.formatted for error in result.errors or ()]
    assert all(error["extensions"]["code"] != "INTERNAL" for error in errors), errors
    return orjson.dumps([result.data, errors])


@pytest.fixture
async def opened(wiring: Wiring, market: Market) -> Market:
    await load(wiring, market=True)
    return market


async def test_what_everybody_sees(opened: Market) -> None:
    compiled = Front(schema, opened.desk, TOKENS, library=ROOMY)
    plain = Front(schema.uncompiled(), opened.desk, TOKENS, library=ROOMY)

    async def same(actor: Actor, document: str) -> Any:
        await _answered(compiled, opened, actor, document)  # the first time is graphql-core's
        answer = await _answered(compiled, opened, actor, document)
        assert answer == await _answered(plain, opened, actor, document)
        return orjson.loads(answer)[0]

    seen = set()
    for actor in PEOPLE:
        todo = [MAIN, WIDE, f"{{ viewer {{ {everything(TYPES['Viewer'], 3)} }} }}", *TABS]
        looked_at = set()
        while todo:
            for id_ in ids(await same(actor, todo.pop())):
                kind = kind_of(id_)
                if kind not in looked_at:
                    looked_at.add(kind)
                    body = f"... on {kind} {{ {everything(TYPES[kind], 2)} }}"
                    todo.append(f'{{ node(id: "{id_}") {{ {body} }} }}')
        seen |= looked_at

    assert seen > {"Order", "OrderLine", "Refund", "Dispute", "Message", "Offer", "User", "Event"}


THREADS = """{ viewer { purchases(first: 20) { nodes {
    timeline(first: 2) { nodes { type } }
    dispute { messages(first: 20) { edges { cursor node { id body } } pageInfo { endCursor } } } } } } }"""


async def test_pages_below_an_order_are_never_resolved_by_graphql_core(
    opened: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = Front(schema, opened.desk, TOKENS, library=ROOMY)
    usual = await _answered(front, opened, ADA, THREADS)  # the first time is graphql-core's
    resolved: list[Any] = []
    for kind, name in (("Order", "timeline"), ("Dispute", "messages")):
        monkeypatch.setattr(TYPES[kind].fields[name], "resolve", lambda *a, **_: resolved.append(a))

    answer = await _answered(front, opened, ADA, THREADS)

    assert not resolved
    assert answer == usual
    assert b'"cursor"' in answer


async def test_a_setting_switches_it_off(wiring: Wiring) -> None:
    off = wiring.settings.model_copy(update={"compiled_completion": False})

    assert front_of(wiring, TOKENS).schema.execution_context_class is CompilingExecutor
    assert (
        front_of(replace(wiring, settings=off), TOKENS).schema.execution_context_class
        is BoundedExecutor
    )
