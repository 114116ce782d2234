"""What Postgres writes is what Python would show, and it writes what it can."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from ordergraph.accounts.models import User
from ordergraph.api import sql
from ordergraph.api.scalars import show_moment, shown
from ordergraph.cancellations.models import Cancellation
from ordergraph.disputes import lures
from ordergraph.disputes.models import Dispute, Message, ReadMark
from ordergraph.disputes.types import THREAD as MESSAGES
from ordergraph.files.models import Attachment
from ordergraph.infra.reading import rows
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.marketplace.models import Reason
from ordergraph.orders.graphql import NEWEST
from ordergraph.orders.graphql import Order as Shown
from ordergraph.orders.models import Order
from ordergraph.orders.types import PaymentStatus
from ordergraph.payments.models import Payment
from ordergraph.screens.written import FORMS
from tests.market import ADA, NOON, OLGA, Market, gid
from tests.watching import statements

AMOUNTS = (0, 1, -1, 99, 100, 12_345, -7_700, 2**53 + 1)
MOMENTS = [
    datetime(2026, 3, 29, 1, 59, 59, micros, tzinfo=UTC) + timedelta(days=days)
    for micros in (0, 1, 999, 1_000, 123_456, 999_999)
    for days in (0, -20_000, 100_000)
]
POSITIONS = [*range(1, 102), 2**31 - 1]
IDS = [UUID(int=0), UUID(int=2**128 - 1), UUID("01a22560-0dda-744e-acd1-ee6c54fef871")]
LIST = """{ viewer { purchases(first: 5) { edges { node { lines { %s } refunds { %s } } } } } }"""
PLAIN = LIST % ("id title quantity unitPrice { amount }", "id status amount { amount } dueAt")
"""What the phone's main screen shows."""
THREAD = """query ($id: ID!) { order(id: $id) { seller { displayName } dispute { status description
  messages(first: 100) { edges { cursor node { id body warning eventType } } } } } }"""
"""What the page of an order shows."""
WIDE = """{ viewer { purchases(first: 20) { nodes { paymentStatus refunded { amount } refundable { amount }
  cancellation { status } timeline(first: 3) { nodes { type summary actor occurredAt } } } } } }"""
READ = """query ($id: ID!) { order(id: $id) { dispute { messages(first: 100) { nodes {
  attachments { fileName size sha256 createdAt } readByOtherAt } } } } }"""
AUTHORS = """query ($id: ID!) { order(id: $id) { dispute { messages(first: 100) {
  nodes { authorRole body author { displayName } } } } } }"""
KINDS = {form.kind for forms in FORMS.values() for form in forms.values()}
HOSTILE = [
    '\x01{"line":{"event_type":"dispute.accepted","facts":null,"author_role":"SELLER"}}',
    '"line" \\u0001{"warning":{"body":"x"}} \\"{\\"',
    "\x01\t\n\x7f\u2028 \\u0000 \\ ' \" {} [] null",
    "Größe 漢字 🎁 \u202e",
    "Pay me outside: +49 170 1234567, me@example.com",
]
"""Texts that look like what Postgres writes, or like its end."""


async def _said(expression: str, values: list[Any], kind: str) -> list[str]:
    found = await rows(
        f"SELECT {expression} FROM unnest($1::{kind}[]) WITH ORDINALITY AS part(x, n) ORDER BY n",
        values,
    )
    return [record[0] for record in found]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("currency", sorted(EXPONENTS))
async def test_amounts(currency: str) -> None:
    said = await _said(sql.amount("part.x", f"'{currency}'::text"), list(AMOUNTS), "bigint")

    assert said == [str(shown(minor, currency).amount) for minor in AMOUNTS]


@pytest.mark.usefixtures("market")
async def test_moments_in_any_zone_of_the_session() -> None:
    for zone in ("UTC", "Asia/Kolkata"):
        await rows(f"SET timezone = '{zone}'")
        try:
            said = await _said(sql.moment("part.x"), MOMENTS, "timestamptz")
        finally:
            await rows("RESET timezone")
        assert said == [show_moment(moment) for moment in MOMENTS]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("kind", sorted(kind.__name__ for kind in KINDS))
async def test_ids(kind: str) -> None:
    said = await _said(sql.global_id(kind, "part.x"), IDS, "uuid")

    assert said == [relay.to_base64(kind, id_) for id_ in IDS]


@pytest.mark.usefixtures("market")
async def test_cursors() -> None:
    said = await _said(sql.place("part.x"), POSITIONS, "int")

    assert said == [MESSAGES.cursor(SimpleNamespace(position=position)) for position in POSITIONS]


@pytest.mark.usefixtures("market")
async def test_cursors_of_moments() -> None:
    for id_ in IDS:
        text = sql.place_in_time("part.x", f"'{id_}'::uuid")
        said = await _said(text, MOMENTS, "timestamptz")

        assert said == [NEWEST.cursor(SimpleNamespace(placed_at=x, id=id_)) for x in MOMENTS]


async def test_a_page_that_is_known_makes_no_rows_of_what_is_written(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await busy.ask(ADA, PLAIN)
    for kind in KINDS:
        monkeypatch.setattr(kind, "of", None)
    with statements() as seen:
        second = await busy.ask(ADA, PLAIN)

    assert second == first
    assert len(seen) == 1


async def _go_through_everything(orders: list[Order]) -> None:
    """Each order's money is elsewhere, and one was asked to be canceled before a part of it was."""
    reason = await Reason.filter(context="CANCELLATION").first()
    assert reason is not None
    for nth, order in enumerate(orders):
        payment = await Payment.get(order_id=order.id)
        captured = order.total_minor if nth else 0
        await Payment.filter(id=payment.id).update(
            captured_minor=captured,
            captured_at=NOON if nth else None,
            refunded_minor=(0, 0, captured // 3, captured)[nth],
            refund_reserved_minor=(0, captured // 2, captured // 3, 0)[nth],
        )
        await Cancellation.filter(order_id=order.id).delete()
        for hours, status in enumerate(("APPROVED", "REQUESTED", "APPROVED", "REJECTED")[:nth]):
            await Cancellation.create(
                order_id=order.id,
                status=status,
                version=1,
                whole=False,
                reason_id=reason.id,
                note="",
                requested_by="BUYER",
                requested_at=NOON + timedelta(hours=hours),
                response_due_at=NOON + timedelta(days=1) if status != "APPROVED" else None,
                decided_at=None if status == "REQUESTED" else NOON + timedelta(days=1),
            )


async def test_nor_does_one_with_what_became_of_money_and_all_that_happened(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = await Order.filter(buyer_id=ADA.user_id).order_by("-placed_at", "-id").limit(4)
    await _go_through_everything(orders)
    first = await busy.ask(ADA, WIDE)
    for kind in (*KINDS, Shown):
        monkeypatch.setattr(kind, "of", None)
    with statements() as seen:
        second = await busy.ask(ADA, WIDE)

    assert second == first
    assert len(seen) == 1
    nodes = first["viewer"]["purchases"]["nodes"][:4]
    assert [node["paymentStatus"] for node in nodes] == list(PaymentStatus)
    found = [node["cancellation"] and node["cancellation"]["status"] for node in nodes]
    assert found == [None, "APPROVED", "REQUESTED", "REQUESTED"]


async def test_nor_does_the_page_of_an_order_with_a_thread(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).limit(10)
    first = [await busy.ask(ADA, THREAD, "de", id=gid("Order", order.id)) for order in orders]
    for kind in KINDS:
        monkeypatch.setattr(kind, "of", None)
    with statements() as seen:
        second = [await busy.ask(ADA, THREAD, "de", id=gid("Order", order.id)) for order in orders]

    assert second == first
    assert len(seen) == len(orders)
    nodes = [
        edge["node"] for each in first for edge in each["order"]["dispute"]["messages"]["edges"]
    ]
    assert {node["eventType"] is None for node in nodes} == {True, False}


async def test_what_people_write_is_never_taken_for_a_gap(busy: Market) -> None:
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    last = await Message.filter(dispute__order_id=order.id).order_by("-position").first()
    assert last is not None
    await busy.ask(ADA, THREAD, id=gid("Order", order.id))
    for nth, text in enumerate(HOSTILE, 1):
        await Dispute.filter(id=last.dispute_id).update(description=text)
        await Message.create(
            dispute_id=last.dispute_id,
            position=last.position + nth,
            author_id=ADA.user_id,
            author_role="BUYER",
            body=text,
            sent_at=last.sent_at,
        )

        answer = (await busy.ask(ADA, THREAD, id=gid("Order", order.id)))["order"]["dispute"]

        node = answer["messages"]["edges"][-1]["node"]
        assert (node["body"], answer["description"]) == (text, text)
        assert node["warning"] == lures.warning(text, "en")
    assert node["warning"]


async def _hang_files(order: Order, message: Message) -> None:
    """Two on the message, the second one first; and one on nothing."""
    for nth, on in enumerate((message, message, None)):
        await Attachment.create(
            order_id=order.id,
            uploader_id=ADA.user_id,
            file_name=f'"{nth}".png',
            content_type="image/png",
            size=nth + 1,
            storage="directory",
            storage_key=str(nth),
            status="STORED",
            sha256="0" * 64,
            created_at=NOON,
            expires_at=NOON,
            stored_at=NOON,
            attached_at=NOON if on else None,
            attached_as="MESSAGE" if on else None,
            attached_to_id=on.id if on else None,
            place=2 - nth if on else None,
        )


async def _read_by(order: Order, dispute_id: UUID) -> None:
    """An operator, the buyer, and the seller bit by bit."""
    await ReadMark.filter(dispute_id=dispute_id).delete()
    for nth, (reader, position) in enumerate(
        [(OLGA.user_id, 2), (order.buyer_id, 1), (order.seller_id, 1), (order.seller_id, 2)]
    ):
        await ReadMark.create(
            dispute_id=dispute_id,
            user_id=reader,
            position=position,
            read_at=NOON + timedelta(minutes=nth),
        )


async def test_files_and_who_has_read_come_in_the_same_statement(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    first, second, *_ = await Message.filter(dispute__order_id=order.id).order_by("position")
    await _hang_files(order, second)
    await _read_by(order, first.dispute_id)
    asked = await busy.ask(ADA, READ, id=gid("Order", order.id))
    for kind in KINDS:
        monkeypatch.setattr(kind, "of", None)
    with statements() as seen:
        again = await busy.ask(ADA, READ, id=gid("Order", order.id))

    assert again == asked
    assert len(seen) == 1
    nodes = again["order"]["dispute"]["messages"]["nodes"]
    assert [file["fileName"] for file in nodes[1]["attachments"]] == ['"1".png', '"0".png']
    assert [len(node["attachments"]) for node in nodes] == [0, 2, *[0] * (len(nodes) - 2)]
    by_author = {order.buyer_id: (2, 3), order.seller_id: (1, None), None: (1, 3)}
    for message, node, nth in zip((first, second), nodes, (0, 1), strict=False):
        minutes = by_author[message.author_id][nth]
        expected = minutes and show_moment(NOON + timedelta(minutes=minutes))
        assert node["readByOtherAt"] == expected


async def test_only_operators_are_told_which_operator_wrote(busy: Market) -> None:
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    last = await Message.filter(dispute__order_id=order.id).order_by("-position").first()
    assert last is not None
    await User.create(id=OLGA.user_id, external_id="olga", display_name="Olga", created_at=NOON)
    for nth, (author, role) in enumerate([(OLGA, "OPERATOR"), (ADA, "BUYER")], 1):
        await Message.create(
            dispute_id=last.dispute_id,
            position=last.position + nth,
            author_id=author.user_id,
            author_role=role,
            body="So be it.",
            sent_at=last.sent_at,
        )
    told = {}
    for actor in (ADA, OLGA):
        answers = [await busy.ask(actor, AUTHORS, id=gid("Order", order.id)) for _ in range(2)]
        assert answers[0] == answers[1]
        nodes = answers[1]["order"]["dispute"]["messages"]["nodes"]
        told[actor] = [node["author"] for node in nodes[-2:]]

    assert told[ADA][0] is None
    assert told[OLGA][0] == {"displayName": "Olga"}
    assert told[ADA][1] == told[OLGA][1] is not None


async def test_a_dispute_that_is_not_there_is_null(busy: Market) -> None:
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=True).first()
    assert order is not None
    for _ in range(2):
        answer = await busy.ask(ADA, THREAD, id=gid("Order", order.id))
        assert answer["order"]["dispute"] is None


@pytest.mark.parametrize(
    ("lines", "refunds"),
    [
        ("sku", "steps { kind }"),
        ("refundedTax { amount }", "id"),
        ("... @include(if: true) { refundedTax { amount } }", "id"),
        (" ".join(f"a{n}: unitPrice {{ amount }}" for n in range(28)), "id"),
    ],
)
async def test_what_it_cannot_write_comes_as_rows(busy: Market, lines: str, refunds: str) -> None:
    first = await busy.ask(ADA, LIST % (lines, refunds))
    with statements() as seen:
        second = await busy.ask(ADA, LIST % (lines, refunds))

    assert second == first
    assert len(seen) == 1
    assert "ARRAY(SELECT part" in str(seen)
    assert "array_to_string" in str(seen)
