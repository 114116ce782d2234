"""A town full of other people's things: one of every kind there is, each with a word that gives it away."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from ordergraph.accounts import actions as accounts
from ordergraph.accounts.models import User
from ordergraph.appeals.models import Appeal
from ordergraph.cancellations.models import Cancellation
from ordergraph.disputes import actions as disputes
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.models import (
    Dispute,
    Evidence,
    InternalNote,
    Message,
    Offer,
    ReturnAddress,
)
from ordergraph.disputes.rules.models import SellerRules
from ordergraph.files.models import Attachment
from ordergraph.infra import dead_letters
from ordergraph.infra.dead_letters import DeadLetter
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import SYSTEM, Actor, Role, user_id_of
from ordergraph.notifications.models import Notification
from ordergraph.orders.models import Order, OrderLine
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.refunds.models import Refund
from ordergraph.withdrawals.models import Document, Withdrawal
from tests.appeals.bench import appealed, ruled
from tests.disputes.court import act, complaint
from tests.disputes.documents import sent
from tests.disputes.hidden import SECRETS, Case, case_of
from tests.files.filing import Desk
from tests.idempotency.deeds import document
from tests.market import ADA, BEN, LAMPS, NOON, PAPER, Market, gid, line
from tests.notifications.feed import tell
from tests.outgoing.bench import endpoint, send
from tests.states import cancel
from tests.withdrawals.documents import confirmed, started

CANARY: Final = "7f31c9"
"""Stands in whatever Ada, Nordic Lamps and the operators wrote, and nowhere else."""

ROWS: Final[dict[str, Any]] = {
    # type of the API: the rows behind it
    "Appeal": Appeal, "Attachment": Attachment, "Cancellation": Cancellation,
    "DeadLetter": DeadLetter, "Dispute": Dispute, "DisputeDecision": Decision,
    "Document": Document, "Event": EventRow, "Evidence": Evidence, "InternalNote": InternalNote,
    "Message": Message, "Notification": Notification, "Offer": Offer, "Order": Order,
    "OrderLine": OrderLine, "Refund": Refund, "ReturnAddress": ReturnAddress,
    "SellerRules": SellerRules, "User": User, "WebhookAttempt": WebhookAttempt,
    "WebhookDelivery": WebhookDelivery, "WebhookEndpoint": WebhookEndpoint, "Withdrawal": Withdrawal,
}  # fmt: skip
EVERYBODYS: Final = {"Reason"}
"""Types whose objects are for all to see."""

GHOST: Final = Actor(frozenset({Role.BUYER, Role.SELLER}), user_id_of("ghost"))
"""Who has a good token, and nothing else."""
STRANGERS: Final = {"a buyer": BEN, "a seller": PAPER, "somebody without anything": GHOST}
Ids = Mapping[str, list[UUID]]


@dataclass
class Town:
    """`theirs` is what no stranger sees, by its type. Strangers have things, too: `own`."""

    desk: Desk
    case: Case
    theirs: dict[str, list[UUID]]
    own: dict[Actor, dict[str, str]] = field(default_factory=dict)

    @property
    def market(self) -> Market:
        return self.desk.market

    def one_of(self, kind: str) -> str:
        return gid(kind, self.theirs[kind][0])


async def town_of(desk: Desk) -> Town:
    """Ada, Nordic Lamps and the operators live first; then the strangers come."""
    case = await case_of(desk)
    await _lived(desk, case)
    theirs = await _all_ids()
    town = Town(desk, case, theirs)
    await _strangers_live(town)
    for who in STRANGERS.values():
        town.own[who] = await _own(town, who)
    return town


async def _lived(desk: Desk, case: Case) -> None:
    market = desk.market
    await endpoint(market, f"http://127.0.0.1:1/{CANARY}", None)
    for secret in SECRETS:
        if not secret.late:
            await secret.happen(case)
    market.limits.clear()  # one operator may decide again
    lamp = line(f"Lamp {CANARY}")
    await cancel(market, await market.place(lamp), note=f"Sorry {CANARY}")
    await appealed(market, ADA, await ruled(market, 2_000), 1_000)
    withdrawn = await started(market, await market.deliver(await market.place(lamp)), name=CANARY)
    await confirmed(market, withdrawn["withdrawal"]["id"])
    await _said(market, LAMPS, "returnAddressSet", {
        "lines": [f"Dock {CANARY}"], "countryCode": "DE", "estimatedCost": "3.90", "currency": "EUR",
    })  # fmt: skip
    rule = {"currency": "EUR", "acceptUpTo": "5.00"}
    await _said(market, LAMPS, "sellerRulesPublish", {"rules": [rule]})
    await dead_letters.failed("refund.due", uuid4(), KeyError("x"), NOON)
    async with market.edge.transaction(SYSTEM) as tx:
        await accounts.know(tx, "ada", f"Ada {CANARY}")
    await tell(market)
    await send(market)


async def _strangers_live(town: Town) -> None:
    """Ben buys of Nordic Lamps too, and of Paper & Ink, and quarrels with both."""
    market = town.market
    for seller in (LAMPS, PAPER):
        order = await market.deliver(await market.place(buyer=BEN, seller=seller))
        row = await act(market, BEN, disputes.open_dispute, complaint(order))
        await sent(market, BEN, gid("Dispute", row.id), "Hello?")
        for who in (BEN, PAPER) if seller is PAPER else (BEN,):
            await town.desk.stored(order.id, who)
    order = await market.place(buyer=BEN, seller=PAPER)
    await cancel(market, order, BEN)
    await market.deliver(await market.place(buyer=BEN, seller=PAPER))
    await tell(market)


async def _said(market: Market, who: Actor, name: str, given: Any) -> None:
    answer = (await market.ask(who, document(name), input=given))[name]
    assert answer["__typename"].endswith("Success"), answer


async def _all_ids() -> dict[str, list[UUID]]:
    """By type; people who trade with everybody are left out, and have no secret in their names."""
    found = defaultdict[str, list[UUID]](list)
    for kind, rows in ROWS.items():
        ids = await rows.all().order_by("id").values_list("id", flat=True)
        found[kind] = [id_ for id_ in map(_uuid, ids) if id_ != LAMPS.user_id]
    return dict(found)


async def _own(town: Town, who: Actor) -> dict[str, str]:
    """By type, the newest thing that this person may see by its id."""
    found = dict[str, str]()
    for kind, ids in (await _all_ids()).items():
        for id_ in reversed([id_ for id_ in ids if id_ not in town.theirs[kind]][-8:]):
            named = gid(kind, id_)
            asked = "query N($id: ID!) { node(id: $id) { id } }"
            if kind == "OrderLine" or (await town.market.ask(who, asked, id=named))["node"]:
                found.setdefault(kind, named)
    return found


def _uuid(id_: Any) -> UUID:
    return id_ if isinstance(id_, UUID) else UUID(str(id_))
