"""What not everybody may know of a dispute: a table, and the case that all of it is about."""

from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
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
WORDS, ANSWER, NAME = "A secret 7f31c9", "An answer 7f31c9", "Olga 7f31c9"
"""What secrets say, and nothing else does."""


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

    async def numbers(self) -> list[str]:
        """The order's number to ask with beside the id of the dispute, and of each order."""
        disputed = await Order.get(id=self.dispute.order_id)
        return [disputed.number, disputed.number, self.undisputed.number]


async def case_of(desk: Desk) -> Case:
    market = desk.market
    market.limits["EUR"] = Money(0, "EUR")
    dispute, undisputed = await escalated(market), await desk.delivered()
    async with market.edge.transaction(SYSTEM) as tx:
        await accounts.know(tx, "olga", NAME)
    case = Case(desk, dispute, undisputed)
    for who in (ADA, LAMPS, OLGA):
        await sent(market, who, case.id, "What happened?")
    await moved(market, OLGA, "disputeEvidenceRequest", case.id, ', from: SELLER, note: "A photo."')
    await tell(market)
    await dispute.refresh_from_db()
    return case


Make = Callable[[Case], Awaitable[str | None]]


def limit(who: Actor, amount: str) -> Make:
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
    done = await answers(case.market, OTTO, "disputeDecisionReject", id_, f', note: "{ANSWER}"')
    return str(done["decision"]["id"])


async def assignment(case: Case) -> str:
    done = await assigns(case.market, OLGA, case.dispute)
    assert done["__typename"] == "DisputeAssignSuccess"
    assert OLGA.user_id
    return gid("User", OLGA.user_id)


def draft(who: Actor) -> Make:
    async def make(case: Case) -> str:
        name = f"{WORDS}.png"
        shown = await case.desk.stored(case.dispute.order_id, who, fileName=name)
        return str(shown["id"])

    return make


async def withdrawal(case: Case) -> str:
    done = await started(
        case.market, case.undisputed, name=WORDS, contactEmail="7f31c9@example.org"
    )
    return str(done["withdrawal"]["id"])


@dataclass(frozen=True)
class Secret:
    """`make` returns its own global id, if it has one. `says`: what no wrong answer may contain.

    `late`: it ends another one of them.
    """

    name: str
    make: Make
    known_to: AbstractSet[Actor]
    tables: AbstractSet[str]
    says: str
    late: bool = False

    async def happen(self, case: Case) -> str | None:
        made = await self.make(case)
        if made is not None:
            case.own_ids[self.name] = made
        await tell(case.market)
        return made


OPERATORS: Final = {OLGA, OTTO}
WITHDRAWAL: Final = {"withdrawals", "withdrawal_lines"}
# fmt: off
SECRETS: Final = (
    #      what                    how it comes about      who knows   where it is written what it says
    Secret("the buyer's limit",    limit(ADA, "67.13"),    {ADA},      {"private_limits"}, "67.13"),
    Secret("the seller's limit",   limit(LAMPS, "13.67"),  {LAMPS},    {"private_limits"}, "13.67"),
    Secret("an internal note",     internal_note,          OPERATORS,  {"internal_notes"}, WORDS),
    Secret("a proposed decision",  proposal,               OPERATORS,  {"decisions"},      "29.31"),
    Secret("whose dispute it is",  assignment,             OPERATORS,  {"disputes"},       NAME),
    Secret("the buyer's draft",    draft(ADA),             {ADA},      {"attachments"},    WORDS),
    Secret("the seller's draft",   draft(LAMPS),           {LAMPS},    {"attachments"},    WORDS),
    Secret("a started withdrawal", withdrawal,             {ADA},      WITHDRAWAL,         WORDS),
    Secret("a rejected decision",  rejection,              OPERATORS,  {"decisions"},      ANSWER, late=True),
)
# fmt: on


def hidden_from(viewer: Actor) -> list[list[Secret]]:
    """In rounds: all that can be there at once, and then what comes after it."""
    hidden = [secret for secret in SECRETS if viewer not in secret.known_to]
    rounds = ([s for s in hidden if not s.late], [s for s in hidden if s.late])
    return [secrets for secrets in rounds if secrets]
