"""What must be so after every step, whatever anybody did (M, J, L, S)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from tortoise import connections
from tortoise.queryset import QuerySet

from ordergraph.appeals.models import Appeal
from ordergraph.appeals.process import APPEAL
from ordergraph.books.actions import Auditor
from ordergraph.books.process import Difference
from ordergraph.cancellations.models import Cancellation
from ordergraph.cancellations.process import CANCELLATION
from ordergraph.deadlines import DEADLINES, ERRANDS
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.process import DISPUTE
from ordergraph.infra.database import Edge
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.process import Process
from ordergraph.orders.models import Order
from ordergraph.orders.process import ORDER
from ordergraph.payments.gateways.protocol import Standing
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import REFUND, RefundMethod, RefundStatus
from tests.faults.books import OURS
from tests.market import DAY
from tests.proof import timeline
from tests.proof.bank import Bank

R = RefundStatus
NOT_SENT: Final = frozenset({R.SCHEDULED, R.ON_HOLD, R.REQUIRES_ACTION, R.FAILED, R.CANCELED})
LIVES: Final[Sequence[tuple[Callable[[], QuerySet[Any]], Process[Any, Any]]]] = (
    (Order.all, ORDER),
    (Refund.all, REFUND),
    (Dispute.all, DISPUTE),
    (Appeal.all, APPEAL),
    (
        lambda: Cancellation.filter(response_due_at__isnull=False),
        CANCELLATION,
    ),  # the others never waited
)
FAR: Final = 1000 * DAY

# Each finds what must not be there, as rows of one column.
# fmt: off
FORBIDDEN: Final = OURS | {
    "more is promised and given back than was captured": """
        SELECT id FROM payments WHERE refund_reserved_minor < 0 OR refunded_minor < 0
            OR refund_reserved_minor + refunded_minor > captured_minor""",
    "an order is canceled, and some of its money stays, though no refund was called off": """
        SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE o.status = 'CANCELED' AND p.refund_reserved_minor + p.refunded_minor <> p.captured_minor
          AND NOT EXISTS (
              SELECT FROM refunds r WHERE r.order_id = o.id AND r.status IN ('FAILED', 'CANCELED'))""",
    "more of lines and shipping counts as given back than was, or than a return cost": """
        SELECT p.order_id FROM payments p JOIN refunds r ON r.order_id = p.order_id
        GROUP BY p.id HAVING every(r.status NOT IN ('FAILED', 'CANCELED'))
          AND (SELECT sum(refunded_minor) FROM order_lines l WHERE l.order_id = p.order_id)
              + sum(r.shipping_minor)
            > p.refund_reserved_minor + p.refunded_minor
              - coalesce(sum(r.adjustment_minor) FILTER (WHERE r.cause IN ('DISPUTE', 'RETURN')), 0)""",
    "a cause has more than one refund": """
        SELECT cause_id FROM refunds GROUP BY cause, cause_id HAVING count(*) > 1""",
    "an order is both canceled and shipped": """
        SELECT id FROM orders WHERE canceled_at IS NOT NULL AND shipped_at IS NOT NULL""",
    "an order ended unpaid, and nobody looks, or looked, for money that may come": """
        SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id
        WHERE o.status IN ('CANCELED', 'EXPIRED') AND p.captured_at IS NULL AND p.decline_reason IS NULL
            AND o.payment_look_at IS NULL AND o.payment_given_up_at IS NULL""",
    "more of a line is undone than was bought, or paid": """
        SELECT id FROM order_lines WHERE canceled_quantity + returned_quantity > quantity
            OR canceled_quantity < 0 OR returned_quantity < 0
            OR refunded_minor < 0 OR refunded_minor > paid_minor""",
    "an order has more than one open dispute": """
        SELECT order_id FROM disputes WHERE status <> 'RESOLVED' GROUP BY order_id HAVING count(*) > 1""",
    "an order has more than one open cancellation": """
        SELECT order_id FROM cancellations WHERE status = 'REQUESTED'
        GROUP BY order_id HAVING count(*) > 1""",
    "an order is not the sum of its lines and shipping": """
        SELECT o.id FROM orders o WHERE o.total_minor <> o.shipping_minor
            + (SELECT sum(paid_minor) FROM order_lines WHERE order_id = o.id)""",
    "an order says that it is disputed, and is not, or the other way round": """
        SELECT o.id FROM orders o WHERE (o.disputed_at IS NOT NULL)
            <> (EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id AND d.status <> 'RESOLVED')
                OR EXISTS (SELECT FROM appeals a WHERE a.order_id = o.id AND a.status = 'UNDER_REVIEW'))""",
    "an order is disputed and appealed about at once": """
        SELECT d.id FROM disputes d JOIN appeals a ON a.order_id = d.order_id
        WHERE d.status <> 'RESOLVED' AND a.status = 'UNDER_REVIEW'""",
    "a dispute is in appeal, and no appeal is open, or the other way round": """
        SELECT d.id FROM disputes d WHERE (d.stage = 'APPEAL')
            <> EXISTS (SELECT FROM appeals a WHERE a.dispute_id = d.id AND a.status = 'UNDER_REVIEW')""",
    "an appeal grants another sum than its refund gives, or its seller was made good": """
        SELECT a.id FROM appeals a LEFT JOIN refunds r ON r.cause_id = a.id
        LEFT JOIN refunds c ON a.made_by = 'SELLER' AND c.cause_id = a.dispute_id
        WHERE coalesce(a.granted_minor, 0) <> coalesce(r.amount_minor, c.compensated_minor, 0)""",
    "a dispute grants more than it asks for, or than its refund gives": """
        SELECT d.id FROM disputes d LEFT JOIN refunds r ON r.cause_id = d.id
        WHERE d.approved_minor > d.requested_minor
           OR coalesce(r.amount_minor, 0) <> CASE d.status WHEN 'RESOLVED' THEN coalesce(d.approved_minor, 0)
              - CASE WHEN d.return_paid_by = 'BUYER' AND d.return_shipped_at IS NOT NULL
                     THEN least(coalesce(d.approved_minor, 0), coalesce(d.return_cost_minor, 0)) ELSE 0 END
              ELSE 0 END""",
    "an offer stands where nothing can be accepted any more": """
        SELECT o.id FROM offers o JOIN disputes d ON d.id = o.dispute_id
        WHERE o.status = 'OPEN' AND d.status IN ('AWAITING_RETURN', 'RETURN_IN_TRANSIT', 'RESOLVED')""",
    "the seller has to answer, and the buyer asks for nothing": """
        SELECT d.id FROM disputes d WHERE d.status = 'AWAITING_SELLER' AND NOT EXISTS (
            SELECT FROM offers o WHERE o.dispute_id = d.id AND o.made_by = 'BUYER' AND o.status = 'OPEN')""",
}
# fmt: on
ALL: Final = " UNION ALL ".join(
    f"SELECT {number} AS law, found::text AS row FROM ({query}) AS broken(found)"
    for number, query in enumerate(FORBIDDEN.values())
)


async def assert_all(bank: Bank) -> None:
    """Hold the tables against themselves, the timelines against the tables, the bank against both."""
    assert bank.broken == [], bank.broken
    broken = await connections.get("default").execute_query_dict(ALL)
    names = list(FORBIDDEN)
    assert broken == [], [(names[row["law"]], row["row"]) for row in broken]
    await assert_timelines()
    await assert_bank_agrees(bank)


async def assert_timelines() -> None:
    """Each is gapless, proves itself, and leads by legal moves to where its object stands."""
    rows = await EventRow.all().order_by("order_id", "position")
    timeline.assert_unbroken(rows)
    states = timeline.fold(rows)
    for rows_of, _ in LIVES:
        for row_id, status in await rows_of().values_list("id", "status"):
            led_to = states.pop(row_id, set())
            kind = rows_of().model.__name__
            assert status in led_to, f"{kind} is {status}; its events led to {led_to}"
    assert states == {}, "a timeline tells of something that is not there"


async def assert_bank_agrees(bank: Bank) -> None:
    """M1, M4, J7: each refund left the bank at most once, in its amount, and not before its time."""
    refunds = {refund.id: refund for refund in await Refund.all()}
    assert {paid.order.reference for paid in bank.book} <= set(refunds), "paid for nothing of ours"
    for refund in refunds.values():
        given = bank.given(refund.id)
        assert len(given) <= 1, f"{refund.id} was paid {len(given)} times"
        for paid in given:
            assert paid.order.amount == refund.amount
            assert paid.at >= refund.due_at, f"{refund.id} was sent before its time"
            assert refund.status not in NOT_SENT, f"{refund.id} was paid, and is {refund.status}"
        settled = [paid for paid in given if paid.standing is Standing.SUCCEEDED]
        if refund.status is R.SUCCEEDED:
            by_bank = refund.method is RefundMethod.ORIGINAL_PAYMENT
            assert len(settled) == int(by_bank), f"{refund.id} succeeded, and the bank says no"
    for payment in await Payment.all():
        taken = bank.captures.get(payment.id)
        assert payment.captured_minor <= (taken.amount.minor if taken else 0)


async def assert_nothing_hangs(bank: Bank) -> None:
    """Whatever is not over is found, sooner or later, by something that happens by itself."""
    far = bank.clock.at + FAR
    found: set[UUID] = set()
    for due in (*DEADLINES, *ERRANDS):
        if due.column == "remind_at":  # a reminder finishes nothing
            continue
        found |= set(await due.find(far, 10_000))
    for rows_of, process in LIVES:
        going_on = rows_of().filter(status__not_in=list(process.final))
        if rows_of().model is Order:
            going_on = going_on.filter(disputed_at=None)  # its dispute has the clock
        for row_id, status in await going_on.values_list("id", "status"):
            kind = rows_of().model.__name__
            assert row_id in found, f"a {kind} hangs in {status}: nothing ever finds it"


async def assert_all_is_over(bank: Bank) -> None:
    """In the end nobody waits, and each promise was kept once or called off."""
    await assert_all(bank)
    for rows_of, process in LIVES:
        left = rows_of().filter(status__not_in=list(process.final))
        waiting = await left.values_list("status", flat=True)
        assert waiting == [], f"{rows_of().model.__name__}: {waiting}"
    for payment in await Payment.all():
        assert payment.refund_reserved_minor == 0, "a promise was neither kept nor called off"
        taken = bank.captures.get(payment.id)
        assert payment.captured_minor == (taken.amount.minor if taken else 0), "money was lost"
    found: list[Difference] = []
    await Auditor(Edge(bank.clock), bank, patience=timedelta()).reconcile(None, found.append)
    assert found == [], [str(difference) for difference in found]
