"""What not everybody may know of a dispute: a table, and the case that all of it is about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from ordergraph.accounts import actions as accounts
from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import SYSTEM, Actor
from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order
from tests.disputes.bench import answers, assigns, decides, escalated
from tests.disputes.documents import moved, sent
from tests.disputes.test_notes import note
from tests.files.filing import Desk
from tests.market import ADA, BEN, LAMPS, OLGA, OTTO, Market, gid
from tests.notifications.feed import tell
from tests.withdrawals.documents import started

STRANGER: Final = BEN
WORDS: Final = "Nobody reads 7f31c9"
"""Secrets that have words say this, and nothing else does."""


@dataclass
class Case:
    """A dispute under review, in which everyone has said something, and an order without one."""

    desk: Desk
    dispute: Dispute
    undisputed: Order
    own_ids: dict[str, str] = field(default_factory=dict)
    """By its name, the global id of each secret that has one."""

    @property
    def market(self) -> Market:
        return self.desk.market

    @property
    def id(self) -> str:
        return gid("Dispute", self.dispute.id)

    @property
    def order_ids(self) -> list[str]:
        return [gid("Order", id_) for id_ in (self.dispute.order_id, self.undisputed.id)]


async def case_of(desk: Desk) -> Case:
    market = desk.market
    market.limits["EUR"] = Money(0, "EUR")
    dispute, undisputed = await escalated(market), await desk.delivered()
    async with market.edge.transaction(SYSTEM) as tx:
        await accounts.know(tx, "olga", f"{WORDS} Olga")
    case = Case(desk, dispute, undisputed)
    for who in (ADA, LAMPS, OLGA):
        await sent(market, who, case.id, "What happened?")
    await moved(market, OLGA, "disputeEvidenceRequest", case.id, ', from: SELLER, note: "A photo."')
    await tell(market)
    return case


def limit(who: Actor, amount: str) -> Callable[[Case], Awaitable[None]]:
    async def make(case: Case) -> None:
        done = await moved(case.market, who, "disputeLimitSet", case.id, f', amount: "{amount}"')
        assert done["__typename"] == "DisputeLimitSetSuccess"

    return make


async def internal_note(case: Case) -> str:
    made = await note(case.market, OLGA, case.id, WORDS)
    return str(made["edge"]["node"]["id"])


async def proposal(case: Case) -> str:
    done = await decides(case.market, OLGA, case.dispute, amount="29.31", note=WORDS)
    return str(done["dispute"]["proposal"]["id"])


async def rejection(case: Case) -> str:
    id_ = case.own_ids["a proposed decision"]
    done = await answers(
        case.market, OTTO, "disputeDecisionReject", id_, f', note: "{WORDS} twice"'
    )
    return str(done["decision"]["id"])


async def assignment(case: Case) -> str:
    done = await assigns(case.market, OLGA, case.dispute)
    assert done["__typename"] == "DisputeAssignSuccess"
    return gid("User", OLGA.user_id) if OLGA.user_id else ""


def draft(who: Actor) -> Callable[[Case], Awaitable[str]]:
    async def make(case: Case) -> str:
        name = f"{WORDS}.png"
        shown = await case.desk.stored(case.dispute.order_id, who, fileName=name)
        return str(shown["id"])

    return make


async def withdrawal(case: Case) -> str:
    done = await started(case.market, case.undisputed, name=WORDS, contactEmail="7f31c9@example.org")
    return str(done["withdrawal"]["id"])


@dataclass(frozen=True)
class Secret:
    """`make` returns its own global id, if it has one. `says`: what no wrong answer may contain."""

    name: str
    make: Callable[[Case], Awaitable[str | None]]
    known_to: Actor
    hidden_from: frozenset[Actor]
    says: str = WORDS

    async def happen(self, case: Case) -> str | None:
        made = await self.make(case)
        if made is not None:
            case.own_ids[self.name] = made
        await tell(case.market)
        return made


PARTIES: Final = frozenset({ADA, LAMPS, STRANGER})


def all_but(who: Actor) -> frozenset[Actor]:
    return frozenset({ADA, LAMPS, OLGA, STRANGER}) - {who}


# fmt: off
SECRETS: Final = (
    #      what                     how it comes about      who knows it  who must not see it
    Secret("the buyer's limit",     limit(ADA, "67.13"),    ADA,          all_but(ADA),     "67.13"),
    Secret("the seller's limit",    limit(LAMPS, "13.67"),  LAMPS,        all_but(LAMPS),   "13.67"),
    Secret("an internal note",      internal_note,          OLGA,         PARTIES),
    Secret("a proposed decision",   proposal,               OLGA,         PARTIES,          "29.31"),
    Secret("its rejection",         rejection,              OLGA,         PARTIES,          f"{WORDS} twice"),
    Secret("whose dispute it is",   assignment,             OLGA,         PARTIES,          f"{WORDS} Olga"),
    Secret("the buyer's draft",     draft(ADA),             ADA,          all_but(ADA)),
    Secret("the seller's draft",    draft(LAMPS),           LAMPS,        all_but(LAMPS)),
    Secret("a started withdrawal",  withdrawal,             ADA,          all_but(ADA)),
)
# fmt: on


def hidden_from(viewer: Actor) -> list[Secret]:
    return [secret for secret in SECRETS if viewer in secret.hidden_from]
