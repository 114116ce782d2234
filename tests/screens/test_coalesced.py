"""Orders that many look at in the same moment: one statement for several, and to each their own."""

import asyncio
from random import Random
from typing import Any

import pytest

from ordergraph.disputes.models import Dispute
from ordergraph.infra.coalescing import Coalescer, Question
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid
from tests.screens.test_items import ALONE, BY_NODE
from tests.screens.test_plans import DISPUTED, PAGE, SMALL
from tests.watching import dear_pages, plan_of, read_whole, statements

BY_NUMBER = ALONE.replace("$id: ID!", "$number: String!").replace(
    "order(id: $id)", "orderByNumber(number: $number)"
)
BY_DISPUTE = DISPUTED % "node(id: $id)"
DOCUMENTS = [ALONE, BY_NODE, BY_NUMBER, PAGE, BY_DISPUTE]
IDS = ["order", "node", "number", "rows", "dispute"]
LOOKS = 120


async def _looks(document: str) -> list[tuple[Actor, dict[str, Any]]]:
    """Somebody at something, again and again: at their own, at others' and at what is not there."""
    random = Random(7)  # noqa: S311  (the same looks each time)
    orders, disputes = await Order.all().order_by("id"), await Dispute.all().order_by("id")
    told = [{"id": gid("Order", order.id)} for order in orders]
    if document == BY_NUMBER:
        told = [{"number": order.number} for order in orders]
    elif document == BY_DISPUTE:
        told = [{"id": gid("Dispute", dispute.id)} for dispute in disputes]
    nothing = {"number": "OG-1"} if document == BY_NUMBER else {"id": gid("Order", ADA.user_id)}
    return [
        (random.choice((ADA, BEN, LAMPS, OLGA)), random.choice((*told, *told[:9], nothing)))
        for _ in range(LOOKS)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
async def test_who_looks_together_sees_what_they_see_alone(busy: Market, document: str) -> None:
    """A1: an order is shown to nobody else, whoever asks in the same moment."""
    busy.tick()  # as in production, the statement reads the clock along
    looks = await _looks(document)
    one_by_one = [await busy.ask(actor, document, **asked) for actor, asked in looks]
    with statements() as seen:
        at_once = await asyncio.gather(
            *(busy.ask(actor, document, **asked) for actor, asked in looks)
        )

    assert at_once == one_by_one
    assert {next(iter(answer.values())) is None for answer in at_once} == {True, False}
    assert len([sql for sql in seen if "asked.nth" in sql]) < LOOKS / 4
    assert len([sql for sql in seen if "asked.nth" not in sql and "FROM orders WHERE" in sql]) < 9


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
async def test_their_statement_reads_no_table_whole(
    busy: Market, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Question, tuple[Any, ...]]] = []
    rows = Coalescer.rows

    async def listen(self: Coalescer, what: Question, *arguments: Any) -> Any:
        asked.append((what, arguments))
        return await rows(self, what, *arguments)

    monkeypatch.setattr(Coalescer, "rows", listen)
    for actor, wanted in (await _looks(document))[:5]:
        await busy.ask(actor, document, **wanted)

    assert asked
    for question, arguments in asked:
        async with dear_pages(bitmaps=True):
            plan = await plan_of(question.together, *([each] * 3 for each in arguments))
        assert read_whole(plan) <= SMALL, plan


async def test_the_same_person_may_ask_for_several_at_once(busy: Market) -> None:
    orders = await Order.filter(buyer_id=ADA.user_id).limit(12)
    fields = "".join(
        f'o{n}: order(id: "{gid("Order", o.id)}") {{ number }} ' for n, o in enumerate(orders)
    )
    for _ in range(2):
        answer = await busy.ask(ADA, f"{{ {fields} }}")

        assert [each["number"] for each in answer.values()] == [order.number for order in orders]
