"""A page of orders that Postgres writes to the last item, or one order, but for what Python decides."""

from datetime import timedelta
from typing import Any

import pytest

from ordergraph import judging
from ordergraph.accounts.models import User
from ordergraph.api.completion.executor import CompilingExecutor
from ordergraph.cancellations.models import Cancellation
from ordergraph.disputes.models import Message
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.marketplace.models import Reason
from ordergraph.orders import models
from ordergraph.orders.graphql import Order
from ordergraph.screens import deciding, reading
from ordergraph.screens.deciding import Facts
from ordergraph.screens.reading import Screens
from tests.market import ADA, BEN, LAMPS, NOON, OLGA, Market, gid
from tests.watching import statements

SCREEN = """{ viewer { purchases(first: 90) { pageInfo { hasNextPage endCursor } edges { cursor node {
  id status canCancel lines { id title } } } } } }"""


async def test_of_a_list_of_orders_only_what_decides_comes_along_and_only_where_it_does(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await busy.ask(ADA, SCREEN)
    monkeypatch.setattr(Screens, "_of_rows", None)
    monkeypatch.setattr(Order, "of", None)
    makes = Facts.of
    made: list[Facts] = []

    def of(read: tuple[Any, ...]) -> Facts:
        made.append(makes(read))
        return made[-1]

    monkeypatch.setattr(Facts, "of", of)
    with statements() as seen:
        second = await busy.ask(ADA, SCREEN)

    assert second == first
    assert len(seen) == 1
    nodes = [edge["node"] for edge in first["viewer"]["purchases"]["edges"]]
    open_ = [node["id"] for node in nodes if node["status"] in ("PENDING_PAYMENT", "PROCESSING")]
    assert [gid("Order", facts.id) for facts in made] == open_
    assert {node["canCancel"] for node in nodes} == {True, False}


async def test_who_asks_a_written_page_for_its_orders_gets_them(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is whatever compiled code passes on to graphql-core."""
    first = await busy.ask(ADA, SCREEN)
    monkeypatch.setattr(CompilingExecutor, "_answered", lambda *_: None)
    with statements() as seen:
        second = await busy.ask(ADA, SCREEN)

    assert second == first
    assert len(seen) == 2


async def test_what_goes_wrong_where_something_is_decided_is_told_at_its_field(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    await busy.ask(ADA, SCREEN)

    def fail(*_: object) -> bool:
        raise NotFound(what="order")

    for place in (deciding, judging):
        monkeypatch.setattr(place, "can_cancel", fail)
    result = await busy.execute(ADA, SCREEN)

    assert result.errors
    assert {(error.path or [])[-1] for error in result.errors} == {"canCancel"}
    open_ = await models.Order.filter(buyer_id=ADA.user_id, status="PROCESSING").first()
    assert open_ is not None
    alone = [await busy.execute(ADA, ALONE, id=gid("Order", open_.id)) for _ in range(2)]
    assert [error.path for each in alone for error in each.errors] == [["order", "canCancel"]] * 2


SAID = """{ viewer { %s(first: 90) { nodes { number dispute { messages(last: 3) { nodes {
  body author { displayName } } } } } } } }"""
ADA_OF_STAFF = Actor(ADA.roles | OLGA.roles, ADA.user_id)
"""A party is always a party."""


async def _operator_writes() -> str:
    """To the newest of Ada's disputes; returns the order's number."""
    order = await models.Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    last = await Message.filter(dispute__order_id=order.id).order_by("-position").first()
    assert last is not None
    await User.create(id=OLGA.user_id, external_id="olga", display_name="Olga", created_at=NOON)
    await Message.create(
        dispute_id=last.dispute_id,
        position=last.position + 1,
        author_id=OLGA.user_id,
        author_role="OPERATOR",
        body="So be it.",
        sent_at=last.sent_at,
    )
    return order.number


@pytest.mark.parametrize(
    ("side", "actor", "count"),
    [("purchases", ADA, 1), ("sales", LAMPS, 1), ("purchases", ADA_OF_STAFF, 2)],
    ids=["buyer", "seller", "buyer with an office"],
)
async def test_an_operators_word_does_not_have_a_page_read_twice(
    busy: Market, side: str, actor: Actor, count: int
) -> None:
    """Nor does it say whose it is; only of who might be told, a page says nothing by itself."""
    number = await _operator_writes()
    await models.Order.filter(number=number).update(seller_id=LAMPS.user_id)
    first = await busy.ask(actor, SAID % side)
    with statements() as seen:
        second = await busy.ask(actor, SAID % side)

    assert second == first
    assert len(seen) == count
    (said,) = [node for node in second["viewer"][side]["nodes"] if node["number"] == number]
    assert said["dispute"]["messages"]["nodes"][-1] == {"body": "So be it.", "author": None}


ALONE = """query ($id: ID!) { order(id: $id) { id status canCancel total { amount } lines { id title }
  seller { displayName }
  dispute { status messages(first: 90) { nodes { body author { displayName } } } } } }"""
BY_NODE = ALONE.replace("order(id: $id) {", "node(id: $id) { ... on Order {") + "}"


@pytest.mark.parametrize("document", [ALONE, BY_NODE])
async def test_nobody_makes_an_order_that_is_shown_alone(
    busy: Market, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [gid("Order", order.id) for order in await models.Order.all()]
    for actor in (ADA, LAMPS, OLGA):
        first = [await busy.ask(actor, document, id=id_) for id_ in orders]
        with monkeypatch.context() as patch:
            patch.setattr(Screens, "one", None)
            patch.setattr(Order, "of", None)
            with statements() as seen:
                second = [await busy.ask(actor, document, id=id_) for id_ in orders]

        assert second == first
        assert len(seen) == len(orders)


async def test_a_stranger_is_shown_no_text(busy: Market) -> None:
    """A1."""
    order = await models.Order.exclude(buyer_id=BEN.user_id).first()
    assert order is not None
    answers = [await busy.ask(BEN, ALONE, id=gid("Order", order.id)) for _ in range(3)]

    assert answers == [{"order": None}] * 3


async def test_whose_text_cannot_be_ended_is_asked_again_and_answered(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await models.Order.filter(disputed_at__isnull=False).first()
    assert order is not None
    actor = Actor(frozenset({Role.BUYER}), order.buyer_id)
    first = await busy.ask(actor, ALONE, id=gid("Order", order.id))

    def fail(*_: object) -> str:
        raise LookupError

    monkeypatch.setattr(reading, "filled", fail)
    second = await busy.ask(actor, ALONE, id=gid("Order", order.id))

    assert second == first
    assert first["order"]["dispute"]


async def test_late_requests_decide_too(busy: Market) -> None:
    """Where a policy allows them, the buyer may ask, but not twice."""
    orders = await models.Order.filter(buyer_id=ADA.user_id, status="PROCESSING").limit(4)
    reason = await Reason.filter(context="CANCELLATION").first()
    assert reason is not None
    for nth, order in enumerate(orders):
        await models.Order.filter(id=order.id).update(
            policy_numbers={**order.policy_numbers, "late_cancellation": nth != 3},
            cancelable_until=NOON - timedelta(hours=1),
        )
        if nth:
            await Cancellation.create(
                order_id=order.id,
                status=("REQUESTED", "REJECTED")[nth % 2],
                version=1,
                whole=True,
                reason_id=reason.id,
                note="",
                requested_by="BUYER",
                requested_at=NOON,
                response_due_at=NOON + timedelta(days=1),
                decided_at=NOON if nth % 2 else None,
            )
    answers = [(await busy.ask(ADA, SCREEN))["viewer"]["purchases"]["edges"] for _ in range(2)]

    assert answers[0] == answers[1]
    said = {edge["node"]["id"]: edge["node"]["canCancel"] for edge in answers[1]}
    assert [said[gid("Order", order.id)] for order in orders] == [True, False, False, False]
