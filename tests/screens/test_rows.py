"""Rows that are made without the ORM are what the ORM would have made of them."""

from enum import Enum

import pytest
from tortoise.models import Model

from ordergraph.disputes.models import Dispute, Message
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.reading import found_by
from ordergraph.marketplace.models import Reason
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds.models import Refund
from tests.market import Market

MODELS: list[type[Model]] = [Order, OrderLine, EventRow, Dispute, Message, Refund, Reason]


@pytest.mark.parametrize("model", MODELS, ids=[model.__name__ for model in MODELS])
async def test_a_query_finds_the_same_either_way(busy: Market, model: type[Model]) -> None:
    del busy
    by_the_orm = await model.all().order_by("-id").limit(50)

    found = await found_by(model.all().order_by("-id").limit(50))

    assert by_the_orm
    assert [_said(row) for row in found] == [_said(row) for row in by_the_orm]
    assert [type(row) for row in found] == [model] * len(found)


def _said(row: Model) -> dict[str, object]:
    """Each column's value; that a word is one of its enumeration's, its repr tells."""
    values = {name: getattr(row, name) for name in row._meta.fields_db_projection}
    return {name: repr(v) if isinstance(v, Enum) else v for name, v in values.items()}


async def test_such_a_row_can_be_saved(busy: Market) -> None:
    del busy
    row, *_ = await found_by(Refund.all().limit(1))
    row.note = "Changed."
    await row.save(update_fields=["note"])

    assert (await Refund.get(id=row.id)).note == "Changed."


async def test_of_other_queries_it_wants_to_know_nothing(busy: Market) -> None:
    del busy
    for query in (OrderLine.all().select_related("order"), Order.all().only("id")):
        with pytest.raises(AssertionError, match="whole rows"):
            await found_by(query)
