"""What becomes of the orders of the big market, how often, and when; everything open ends in the future."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from ordergraph.marketplace.models import Reason, ReasonContext
from ordergraph.refunds.models import Refund
from seeds import quarrels
from seeds.givebacks import cancel, cancel_one, give_back
from seeds.lives import BUYER, POLICY, SELLER, SYSTEM, Deal, Life

WINDOW: Final = POLICY.span("cancel_window_s")
SHIP_BY: Final = POLICY.span("ship_by_s")
ON_ITS_WAY: Final = POLICY.span("presumed_delivered_s")
PROTECTION: Final = POLICY.span("protection_s")
REFUND: Final = POLICY.span("refund_delay_s")
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
HISTORY: Final = timedelta(days=300)
"""How far back the oldest orders go that are over."""

Reasons = Mapping[tuple[ReasonContext, str], Reason]


@dataclass(frozen=True, slots=True)
class Fate:
    """One order's way. Each kind of it says how long ago it began, and then what happened."""

    random: Random
    reasons: Reasons
    deal: Deal
    now: datetime

    def part(self, of: timedelta, least: float = 0.03, most: float = 0.97) -> timedelta:
        """Some part of a span, with room at both ends: nothing falls due while the market loads."""
        return of * self.random.uniform(least, most)

    def reason(self, context: ReasonContext, *handles: str) -> Reason:
        return self.reasons[context, self.random.choice(handles)]

    def paid(self, ago: timedelta) -> Life:
        """An order that was placed and, some seconds later, paid that long ago."""
        paid_at = self.now - ago
        life = Life.begin(self.random, self.deal, paid_at - self.part(timedelta(minutes=1)))
        life.pay(paid_at)
        return life

    def shipped(self, ago: timedelta, pack: timedelta) -> Life:
        life = self.paid(ago)
        life.ship(self.now - ago + pack)
        return life

    def delivered(self, ago: timedelta) -> Life:
        """An order that came that long ago."""
        pack, travel = self.part(SHIP_BY, most=0.7), self.part(ON_ITS_WAY, most=0.3)
        life = self.shipped(ago + travel + pack, pack)
        life.arrive(self.now - ago)
        return life


CANCELLATION, DISPUTE = ReasonContext
BUYERS_REASONS: Final = ("ordered-by-mistake", "no-longer-needed", "found-cheaper", "other")
COMPLAINTS: Final = ("damaged", "defective", "not-as-described", "missing-parts")


def completed(fate: Fate) -> Life:
    life = fate.delivered(PROTECTION + fate.part(HISTORY))
    life.complete()
    return life


def delivered(fate: Fate) -> Life:
    return fate.delivered(fate.part(PROTECTION))


def on_its_way(fate: Fate) -> Life:
    pack, travels = fate.part(SHIP_BY, most=0.7), fate.part(ON_ITS_WAY, most=0.5)
    return fate.shipped(pack + travels, pack)


def promised(fate: Fate) -> Life:
    """On its way, with a date that the carrier promised."""
    pack, travel = fate.part(SHIP_BY, most=0.7), timedelta(days=fate.random.randint(2, 6))
    travels = fate.part(travel)
    life = fate.paid(pack + travels)
    life.ship(fate.now - travels, promised_at=fate.now - travels + travel)
    return life


def cancelable(fate: Fate) -> Life:
    return fate.paid(fate.part(WINDOW))


def packing(fate: Fate) -> Life:
    life = fate.paid(WINDOW + fate.part(SHIP_BY - WINDOW))
    life.close_window()
    return life


def unpaid(fate: Fate) -> Life:
    ago = HOUR + fate.part(HISTORY)
    life = Life.begin(fate.random, fate.deal, fate.now - ago)
    life.expire(fate.now)
    return life


def _changed_mind(fate: Fate, since: timedelta) -> tuple[Life, Refund]:
    considered = fate.part(WINDOW)
    life = fate.paid(since + considered)
    reason = fate.reason(CANCELLATION, *BUYERS_REASONS)
    return life, cancel(life, fate.now - since, BUYER, reason)


def refund_promised(fate: Fate) -> Life:
    return _changed_mind(fate, fate.part(REFUND))[0]


def refunded(fate: Fate) -> Life:
    life, refund = _changed_mind(fate, REFUND + fate.part(HISTORY))
    give_back(life, refund)
    return life


def released(fate: Fate) -> Life:
    life, refund = _changed_mind(fate, REFUND + fate.part(HISTORY))
    give_back(life, refund, released_at=refund.created_at + fate.part(REFUND))
    return life


def out_of_stock(fate: Fate) -> Life:
    packed, since = fate.part(WINDOW), HOUR + fate.part(HISTORY)
    life = fate.paid(since + packed)
    reason = fate.reason(CANCELLATION, "out-of-stock", "pricing-error")
    give_back(life, cancel(life, fate.now - since, SELLER, reason))
    return life


def never_shipped(fate: Fate) -> Life:
    since = HOUR + fate.part(HISTORY)
    life = fate.paid(since + SHIP_BY)
    life.close_window()
    reason = fate.reason(CANCELLATION, "shipping-timeout")
    give_back(life, cancel(life, fate.now - since, SYSTEM, reason))
    return life


def partly_canceled(fate: Fate) -> Life:
    """One piece is canceled, the rest is shipped, delivered and complete."""
    if sum(article.quantity for article in fate.deal.articles) == 1:
        return completed(fate)
    considered, pack = fate.part(WINDOW, most=0.5), fate.part(WINDOW, least=0.6)
    travel, since = fate.part(ON_ITS_WAY, most=0.3), PROTECTION + fate.part(HISTORY)
    life = fate.paid(since + travel + pack)
    paid_at = fate.now - since - travel - pack
    reason = fate.reason(CANCELLATION, *BUYERS_REASONS)
    refund = cancel_one(life, paid_at + considered, BUYER, reason)
    give_back(life, refund)
    life.ship(paid_at + pack)
    life.arrive(fate.now - since)
    life.complete()
    return life


def disputed(fate: Fate) -> Life:
    """An open dispute, at one of its stages."""
    since = fate.part(4 * DAY, least=0.3)
    life = fate.delivered(since + fate.part(PROTECTION / 2))
    opened_at = fate.now - since
    dispute = quarrels.complain(life, opened_at, fate.reason(DISPUTE, *COMPLAINTS))
    quarrels.talk(life, dispute)
    stage = fate.random.randrange(3)
    if stage >= 1:
        quarrels.refuse(life, dispute, opened_at + 13 * HOUR)
    if stage == 2:
        quarrels.escalate(life, dispute, opened_at + 15 * HOUR)
    return life


class Share(NamedTuple):
    """How many of a thousand orders go that way."""

    of_thousand: int
    way: Callable[[Fate], Life]


# fmt: off
FATES: Final[Sequence[Share]] = (
    Share(600, completed),
    Share(130, delivered),
    Share( 45, on_its_way),
    Share( 45, promised),
    Share( 30, cancelable),
    Share( 30, packing),
    Share( 15, unpaid),
    Share( 15, refund_promised),
    Share( 35, refunded),
    Share( 20, released),
    Share( 10, out_of_stock),
    Share(  5, never_shipped),
    Share( 10, partly_canceled),
    Share( 10, disputed),
)
# fmt: on
