"""Everything that people and carriers may try, as one table: a new command is one row."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.accounts import actions as accounts
from ordergraph.appeals import actions as appeals
from ordergraph.appeals.models import Appeal
from ordergraph.cancellations import actions as cancellations
from ordergraph.cancellations import requests
from ordergraph.cancellations.models import Cancellation
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import addresses, bargaining, extending, returns, reviewing, thread
from ordergraph.disputes.decisions import actions as decisions
from ordergraph.disputes.decisions.process import NO_LIMITS
from ordergraph.disputes.evidence import NewEvidence
from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.quiet import actions as quiet
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeParty,
    EvidenceType,
    ResolutionAsked,
    ReturnAcknowledgement,
    ShippingPayer,
)
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import GATEWAY as CARRIER
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order, OrderLine
from ordergraph.refunds import commands as refunds
from ordergraph.refunds import goodwill
from ordergraph.refunds.actions import LinePart
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundMethod
from ordergraph.shipping import actions as shipping
from ordergraph.withdrawals import actions as withdrawals
from tests.market import ADA, BEN, LAMPS, NAMES, OLGA, PAPER

EVERYBODY: Final = (ADA, BEN, LAMPS, PAPER, OLGA)
REASONS: Final = ("not-received", "damaged", "changed-mind", "other")
CONTESTS: Final = tuple(ReturnAcknowledgement)[1:]
FAULTS: Final = {Role.BUYER: "no-longer-needed", Role.SELLER: "out-of-stock"}
PROOF: Final = NewEvidence(type=EvidenceType.PHOTO, note="Look here.")


@dataclass(frozen=True, slots=True)
class Case:
    """What somebody acts on; `number` decides whatever is left open."""

    order: Order
    lines: list[OrderLine]
    dispute: Any
    decided: Any
    offer: Any
    refund: Any
    request: Any
    appeal: Any
    number: int

    def pick(self, *choices: Any) -> Any:
        return choices[self.number % len(choices)]

    @property
    def amount(self) -> Money:
        """Nothing, some of it, exactly all of it, or more than there is."""
        total = self.order.total_minor
        some = 1 + self.number % max(total, 1)
        return Money(self.pick(some, total, some, total + 1, 0), self.order.currency)

    def cancellation(self, role: Role, *, whole: bool) -> cancellations.CancelRequest:
        line = self.pick(*self.lines)
        return cancellations.CancelRequest(
            order_id=self.order.id,
            reason_handle=self.pick("other", FAULTS.get(role, "other")),
            note="",
            picked=None if whole else {line.id: 1 + self.number % line.quantity},
        )

    def complaint(self) -> disputes.NewDispute:
        return disputes.NewDispute(
            order_id=self.order.id,
            reason_handle=self.pick(*REASONS),
            description="Not as it should be.",
            amount=self.amount,
            asked=self.pick(*ResolutionAsked),
            lines=self.pick(None, None, {self.lines[0].id: 1}),
            evidence=self.pick((), (PROOF,)),
        )

    def address(self) -> addresses.NewAddress:
        """With a figure of its own that is small, none, or more than the order cost."""
        total = self.order.total_minor
        minor = self.pick(self.number % 700, None, 2 * total)
        cost = None if minor is None else Money(minor, self.order.currency)
        return addresses.NewAddress(lines=["Dock 3"], country="DE", cost=cost)

    @property
    def terms(self) -> Terms:
        """Money for goods that stay, or that go back first, whoever pays for that."""
        return Terms(amount=self.amount, return_paid_by=self.pick(None, None, *ShippingPayer))

    @property
    def goods_back(self) -> Terms:
        return Terms(amount=self.amount, return_paid_by=self.pick(*ShippingPayer))

    def objection(self) -> appeals.NewAppeal:
        amount = self.pick(Money(1, self.order.currency), self.amount)
        return appeals.NewAppeal(
            dispute_id=self.decided.id, text="No.", amount=amount, evidence=[PROOF]
        )

    def gift(self) -> goodwill.Gift:
        """Something of a line, of the shipping, or of no line at all, or all of it less something;
        sometimes too much.
        """
        line, some = self.pick(*self.lines), self.amount
        nothing, kind = Money(0, some.currency), self.number % 4
        whole = Money(self.order.shipping_minor, some.currency)
        of_line = line.paid_minor if kind == 3 else some.minor
        pieces = line.open_quantity if kind == 3 else self.number // 4 % 2
        return goodwill.Gift(
            order_id=self.order.id,
            lines=[LinePart(line.id, pieces, of_line)] if kind in {0, 3} else [],
            shipping={1: some, 3: whole}.get(kind, nothing),
            adjustment={2: some, 3: nothing - some}.get(kind, nothing),
            note="Sorry.",
        )


async def case_of(order_id: UUID, number: int) -> Case:
    """The order with its newest dispute, an offer, its newest late request and appeal, and a refund.

    `decided`: the newest dispute that an operator had to do with, even if there was another since.
    """
    found = await Refund.filter(order_id=order_id).order_by("created_at", "id")
    quarrels = await Dispute.filter(order_id=order_id).order_by("-opened_at", "-id")
    dispute = quarrels[0] if quarrels else None
    decided = next((row for row in quarrels if row.decided_by is DecidedBy.OPERATOR), dispute)
    offered = await Offer.filter(dispute_id=dispute.id).order_by("-position") if dispute else []
    return Case(
        order=await Order.get(id=order_id),
        lines=await OrderLine.filter(order_id=order_id).order_by("position"),
        dispute=dispute,
        decided=decided,
        offer=offered[number % min(len(offered), 3)] if offered else None,
        refund=found[number % len(found)] if found else None,
        request=await requested(order_id).order_by("-requested_at", "-id").first(),
        appeal=await Appeal.filter(order_id=order_id).order_by("-made_at", "-id").first(),
        number=number,
    )


def requested(order_id: UUID) -> QuerySet[Cancellation]:
    """Late requests: only they have ever had a clock."""
    return Cancellation.filter(order_id=order_id, response_due_at__isnull=False)


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """Something that `role` may do, now or at another time; `on` must be there for it."""

    name: str
    role: Role
    on: str
    deed: Callable[[Tx, Any], Awaitable[object]]

    def __repr__(self) -> str:
        return f"{self.role.lower()} {self.name}"

    def actor(self, order: Order) -> Actor:
        match self.role:
            case Role.BUYER:
                return Actor(frozenset({Role.BUYER}), order.buyer_id)
            case Role.SELLER:
                return Actor(frozenset({Role.SELLER}), order.seller_id)
            case Role.OPERATOR:
                return OLGA
            case _:
                return CARRIER


CREDIT, BY_HAND = RefundMethod.STORE_CREDIT, RefundMethod.MANUAL
B, S, OP, CARRIES = Role.BUYER, Role.SELLER, Role.OPERATOR, Role.GATEWAY
SHIPMENT: Final = orders.Shipment(carrier="Post", tracking_number="T1", promised_at=None)
A_DAY_S: Final = 24 * 3600
PARCEL: Final = returns.Parcel(carrier="Post", tracking_number="R1")


def decide(tx: Tx, case: Case, terms: Terms) -> Awaitable[object]:
    """An operator decides on these terms, alone."""
    ruling = decisions.Ruling(terms=terms, note="")
    return decisions.decide(tx, case.dispute.id, ruling, NO_LIMITS)


async def withdraw_by_law(tx: Tx, case: Case) -> None:
    """As withdrawalStart and withdrawalConfirm, of all there is or of one piece."""
    new = withdrawals.NewWithdrawal(
        order_id=case.order.id,
        picked=case.pick(None, {case.lines[0].id: 1}),
        name="A. Buyer",
        contact_email=None,
        language="en",
    )
    await withdrawals.confirm(tx, (await withdrawals.start(tx, new)).id)


async def say_where(tx: Tx, case: Case) -> None:
    """As returnAddressSet: a seller may be known by that for the first time."""
    await accounts.know(tx, NAMES[tx.actor], None)
    await addresses.put(tx, case.address())


# fmt: off
COMMANDS: Final = (
    #        does                     who      on          how
    Command("cancels",                B,       "order",    lambda tx, c: cancellations.cancel(tx, c.cancellation(B, whole=True))),
    Command("cancels some",           B,       "order",    lambda tx, c: cancellations.cancel(tx, c.cancellation(B, whole=False))),
    Command("cancels",                S,       "order",    lambda tx, c: cancellations.cancel(tx, c.cancellation(S, whole=True))),
    Command("cancels some",           S,       "order",    lambda tx, c: cancellations.cancel(tx, c.cancellation(S, whole=False))),
    Command("ships",                  S,       "order",    lambda tx, c: shipping.ship(tx, c.order.id, SHIPMENT)),
    Command("ships",                  S,       "order",    lambda tx, c: shipping.ship(tx, c.order.id, SHIPMENT)),
    Command("delivers",               CARRIES, "order",    lambda tx, c: orders.mark_delivered(tx, c.order.id)),
    Command("confirms",               B,       "order",    lambda tx, c: orders.confirm_receipt(tx, c.order.id)),
    Command("complains",              B,       "order",    lambda tx, c: disputes.open_dispute(tx, c.complaint())),
    Command("complains",              B,       "order",    lambda tx, c: disputes.open_dispute(tx, c.complaint())),
    Command("withdraws by law",       B,       "order",    withdraw_by_law),
    Command("grants the request",     S,       "request",  lambda tx, c: requests.approve(tx, c.request.id)),
    Command("refuses the request",    S,       "request",  lambda tx, c: requests.reject(tx, c.request.id, "")),
    Command("takes the request back", B,       "request",  lambda tx, c: requests.withdraw(tx, c.request.id)),
    Command("accepts",                S,       "dispute",  lambda tx, c: disputes.accept(tx, c.dispute.id)),
    Command("refuses",                S,       "dispute",  lambda tx, c: disputes.refuse(tx, c.dispute.id, "No.")),
    Command("withdraws",              B,       "dispute",  lambda tx, c: disputes.withdraw(tx, c.dispute.id)),
    Command("escalates",              B,       "dispute",  lambda tx, c: disputes.escalate(tx, c.dispute.id, "")),
    Command("writes",                 B,       "dispute",  lambda tx, c: thread.send_message(tx, c.dispute.id, "Please.")),
    Command("would take",             B,       "dispute",  lambda tx, c: quiet.set_limit(tx, c.dispute.id, c.amount)),
    Command("would give",             S,       "dispute",  lambda tx, c: quiet.set_limit(tx, c.dispute.id, c.amount)),
    Command("offers",                 B,       "dispute",  lambda tx, c: bargaining.make_offer(tx, c.dispute.id, c.terms, "")),
    Command("offers",                 S,       "dispute",  lambda tx, c: bargaining.make_offer(tx, c.dispute.id, c.terms, "")),
    Command("accepts the offer",      B,       "offer",    lambda tx, c: bargaining.accept_offer(tx, c.offer.id)),
    Command("accepts the offer",      S,       "offer",    lambda tx, c: bargaining.accept_offer(tx, c.offer.id)),
    Command("declines the offer",     B,       "offer",    lambda tx, c: bargaining.decline_offer(tx, c.offer.id, "No.")),
    Command("declines the offer",     S,       "offer",    lambda tx, c: bargaining.decline_offer(tx, c.offer.id, "No.")),
    Command("takes the offer back",   B,       "offer",    lambda tx, c: bargaining.withdraw_offer(tx, c.offer.id)),
    Command("takes the offer back",   S,       "offer",    lambda tx, c: bargaining.withdraw_offer(tx, c.offer.id)),
    Command("asks for time",          B,       "dispute",  lambda tx, c: extending.ask_extension(tx, c.dispute.id, A_DAY_S)),
    Command("asks for time",          S,       "dispute",  lambda tx, c: extending.ask_extension(tx, c.dispute.id, A_DAY_S)),
    Command("gives time",             B,       "dispute",  lambda tx, c: extending.grant_extension(tx, c.dispute.id)),
    Command("gives time",             S,       "dispute",  lambda tx, c: extending.grant_extension(tx, c.dispute.id)),
    Command("asks for evidence",      OP,      "dispute",  lambda tx, c: reviewing.request_evidence(tx, c.dispute.id, c.pick(*DisputeParty), "A photo?")),
    Command("decides",                OP,      "dispute",  lambda tx, c: decide(tx, c, Terms(amount=c.amount))),
    Command("decides for a return",   OP,      "dispute",  lambda tx, c: decide(tx, c, c.goods_back)),
    Command("appeals",                B,       "decided",  lambda tx, c: appeals.appeal(tx, c.objection())),
    Command("appeals",                S,       "decided",  lambda tx, c: appeals.appeal(tx, c.objection())),
    Command("grants the appeal",      OP,      "appeal",   lambda tx, c: appeals.grant(tx, c.appeal.id, c.pick(c.appeal.asked, c.amount), "")),
    Command("denies the appeal",      OP,      "appeal",   lambda tx, c: appeals.deny(tx, c.appeal.id, "No.")),
    Command("takes the appeal back",  B,       "appeal",   lambda tx, c: appeals.withdraw(tx, c.appeal.id)),
    Command("sends the goods back",   B,       "dispute",  lambda tx, c: returns.ship(tx, c.dispute.id, PARCEL)),
    Command("has the goods back",     S,       "dispute",  lambda tx, c: returns.acknowledge(tx, c.dispute.id)),
    Command("contests the return",    S,       "dispute",  lambda tx, c: returns.contest(tx, c.dispute.id, c.pick(*CONTESTS), "No.")),
    Command("brings the goods back",  OP,      "dispute",  lambda tx, c: returns.mark_delivered(tx, c.dispute.id)),
    Command("says what returns cost", S,       "order",    say_where),
    Command("releases",               S,       "refund",   lambda tx, c: refunds.release(tx, c.refund.id)),
    Command("releases",               OP,      "refund",   lambda tx, c: refunds.release(tx, c.refund.id)),
    Command("holds",                  OP,      "refund",   lambda tx, c: refunds.hold(tx, c.refund.id, None, "Let me see.")),
    Command("resumes",                OP,      "refund",   lambda tx, c: refunds.resume(tx, c.refund.id)),
    Command("calls off",              OP,      "refund",   lambda tx, c: refunds.cancel(tx, c.refund.id, "A mistake.")),
    Command("retries",                OP,      "refund",   lambda tx, c: refunds.retry(tx, c.refund.id)),
    Command("gives up",               OP,      "refund",   lambda tx, c: refunds.fail(tx, c.refund.id, "Settled.")),
    Command("takes credit",           B,       "refund",   lambda tx, c: refunds.change_method(tx, c.refund.id, CREDIT, "")),
    Command("has paid by hand",       OP,      "refund",   lambda tx, c: refunds.change_method(tx, c.refund.id, BY_HAND, "B-1")),
    Command("gives something",        S,       "order",    lambda tx, c: goodwill.create(tx, c.gift())),
    Command("gives something",        OP,      "order",    lambda tx, c: goodwill.create(tx, c.gift())),
)
# fmt: on
