"""Where the stories of the small market are told: whose they are, and the clock under which they run."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from tortoise import connections

from ordergraph.accounts import actions as accounts
from ordergraph.checkout import actions as checkout
from ordergraph.deadlines import DEADLINES, ERRANDS
from ordergraph.due import Deadline, Errand
from ordergraph.errands import run_errands
from ordergraph.infra.database import Edge
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.kernel.clock import FrozenClock
from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders import actions as orders
from ordergraph.orders.models import Order
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways import protocol
from ordergraph.payments.gateways.protocol import Surroundings
from ordergraph.personas import Persona
from ordergraph.refunds.sending import Cashier
from ordergraph.sweeping import sweep
from ordergraph.wiring import Wiring

MOST_STOPS: Final = 1_000
WAITING: Final[tuple[Deadline | Errand, ...]] = (*DEADLINES, *ERRANDS)


class Item(NamedTuple):
    """`price` is for one, `off` for all of them; decimals of the basket's currency."""

    quantity: int
    title: str
    price: str
    off: str = "0"


class Basket(NamedTuple):
    """What is bought; the tax in it is `tax_percent` of the net price."""

    currency: str
    shipping: str
    tax_percent: int
    items: Sequence[Item]


class Step(NamedTuple):
    """After `share` of one of the policy's spans, something happens (or nothing more)."""

    span: str
    share: float
    act: "Act | None" = None


class Story(NamedTuple):
    """One order: it is placed, and what comes after. The last step ends today."""

    title: str
    buyer: Persona
    seller: Persona
    basket: Basket
    steps: Sequence[Step]
    paid: bool = True


@dataclass(slots=True)
class Telling:
    """A story as far as it has been told."""

    story: Story
    order: Order | None = None
    dispute_id: UUID | None = None
    over: bool = False

    @property
    def order_id(self) -> UUID:
        assert self.order is not None, "a story begins with the order"
        return self.order.id

    @property
    def the_dispute_id(self) -> UUID:
        assert self.dispute_id is not None, "opened before anything is written in it"
        return self.dispute_id

    def side(self, role: Role) -> Persona:
        return {Role.BUYER: self.story.buyer, Role.SELLER: self.story.seller}[role]


@dataclass(frozen=True, slots=True)
class Stage:
    """The same actions, sweeps and gateway as everywhere, under a clock that starts in the past."""

    clock: FrozenClock
    edge: Edge
    cashier: Cashier

    @classmethod
    def of(cls, wiring: Wiring, begins_at: datetime) -> "Stage":
        clock = FrozenClock(begins_at)
        edge = Edge(clock)
        gateway = protocol.load(wiring.settings.gateway)(Surroundings(clock))
        assert not gateway.real_money, "a made-up market is not paid with real money"
        return cls(clock, edge, replace(wiring.cashier, edge=edge, gateway=gateway))

    async def meet(self, people: Iterable[Persona]) -> None:
        async with self.edge.transaction(SYSTEM) as tx:
            for someone in people:
                await accounts.know(tx, someone.name, someone.display_name)

    async def wait_until(self, moment: datetime) -> None:
        """Let time pass; what falls due on the way happens, each at its own time."""
        for _ in range(MOST_STOPS):
            found = await self._next()
            if found is None or found[0] > moment:
                break
            self.clock.at, due = found
            if isinstance(due, Deadline):
                await sweep(self.edge, due)
            else:
                await run_errands(self.cashier, due)
        self.clock.at = moment

    async def _next(self) -> tuple[datetime, Deadline | Errand] | None:
        """What is due now, or else what will be first."""
        rows = await connections.get("default").execute_query_dict(_first(), [self.clock.at])
        return (rows[0]["at"], WAITING[rows[0]["place"]]) if rows else None


@cache
def _first() -> str:
    """One question instead of one for each deadline: nothing else takes so long here."""
    each = [
        f"(SELECT {place} AS place, {due.column} AS at"  # noqa: S608  (made of our own tables only)
        f" FROM ({due.waiting().sql(params_inline=True)}) AS waiting"
        f" WHERE {due.column} >= $1 ORDER BY {due.column} LIMIT 1)"
        for place, due in enumerate(WAITING)
    ]
    return " UNION ALL ".join(each) + " ORDER BY at, place LIMIT 1"


Act = Callable[[Stage, Telling], Awaitable[None]]


class Cue(NamedTuple):
    """The moment of one act."""

    at: datetime
    act: Act
    telling: Telling


def cues(stories: Iterable[Story], policy: Policy, now: datetime) -> list[Cue]:
    """Lay the stories over the past so that each of them ends now, and sort what happens by time."""
    found = [cue for story in stories for cue in _cues(story, policy, now)]
    return sorted(found, key=lambda cue: cue.at)


def _cues(story: Story, policy: Policy, now: datetime) -> Iterator[Cue]:
    telling = Telling(story)
    waits = [policy.span(step.span) * step.share for step in story.steps]
    at = now - sum(waits, timedelta())
    yield Cue(at, _place, telling)
    for step, wait in zip(story.steps, waits, strict=True):
        at += wait
        if step.act is not None:
            yield Cue(at, step.act, telling)


async def tell(stage: Stage, cue: Cue) -> None:
    """Go on with a story. The marketplace's numbers may forbid it: then it ends there."""
    if cue.telling.over:
        return
    try:
        await cue.act(stage, cue.telling)
    except Refusal:
        cue.telling.over = True


async def _place(stage: Stage, telling: Telling) -> None:
    story = telling.story
    async with stage.edge.transaction(story.buyer.actor) as tx:
        order = await orders.place(tx, _new_order(story), Role.BUYER)
        payment = await payments.open_payment(tx, order, stage.cashier.gateway.name)
    telling.order = order
    if story.paid:
        assert await checkout.capture(stage.cashier, order, payment), "the sandbox always answers"


def _new_order(story: Story) -> orders.NewOrder:
    basket = story.basket
    buyer_id, seller_id = story.buyer.actor.user_id, story.seller.actor.user_id
    assert buyer_id is not None, "a persona is somebody"
    assert seller_id is not None, "a persona is somebody"
    return orders.NewOrder(
        buyer_id=buyer_id,
        seller_id=seller_id,
        currency=basket.currency,
        lines=[_line(basket, item) for item in basket.items],
        shipping=Money.parse(basket.shipping, basket.currency),
        discount=Money(0, basket.currency),
    )


def _line(basket: Basket, item: Item) -> orders.NewLine:
    price = Money.parse(item.price, basket.currency)
    discount = Money.parse(item.off, basket.currency)
    paid = price.minor * item.quantity - discount.minor
    tax = paid * basket.tax_percent // (100 + basket.tax_percent)
    return orders.NewLine(
        sku=item.title.upper().replace(" ", "-"),
        title=item.title,
        quantity=item.quantity,
        unit_price=price,
        discount=discount,
        tax=Money(tax, basket.currency),
    )
