"""A small market in different states: stories of the personas, told through the same actions as real orders.

Waits are shares of the policy's spans, so the market fits whatever numbers are in force.
"""

from typing import Final

from ordergraph.disputes.words import ResolutionAsked
from ordergraph.kernel.actor import SYSTEM, Role
from ordergraph.marketplace import queries as marketplace
from ordergraph.orders import queries as orders
from ordergraph.personas import PERSONAS
from ordergraph.wiring import Wiring
from seeds.acts import (
    accepts,
    arrives,
    cancels,
    complains,
    confirms,
    decides,
    escalates,
    offers,
    reads,
    refuses,
    releases,
    ships,
    writes,
)
from seeds.stage import Basket, Item, Stage, Step, Story, cues, tell

ADA, BEN, LAMPS, PAPER, OLGA = PERSONAS
BUYER, SELLER = Role.BUYER, Role.SELLER
MONEY, RETURN = ResolutionAsked

PAYMENT, WINDOW, SHIP_BY = "payment_window_s", "cancel_window_s", "ship_by_s"
ON_ITS_WAY, PROTECTION, REFUND = "presumed_delivered_s", "protection_s", "refund_delay_s"
SELLERS_TURN, BUYERS_TURN, REVIEW = "seller_response_s", "buyer_response_s", "decision_s"

# fmt: off
DESK_LAMP  = Basket("EUR", "4.90", 19, [Item(1, "Desk lamp", "89.00"), Item(2, "Warm bulb", "7.45", "1.50")])
FLOOR_LAMP = Basket("EUR", "0", 19, [Item(1, "Floor lamp", "219.00", "20.00")])
BULBS      = Basket("EUR", "3.90", 19, [Item(6, "Warm bulb", "7.45"), Item(3, "Smart bulb", "19.99", "9.97")])
LANTERNS   = Basket("USD", "9.50", 0, [Item(4, "Garden lantern", "24.75")])
CEILING   = Basket("KWD", "2.500", 0, [Item(1, "Ceiling light", "41.375"), Item(2, "Dimmer", "6.250", "0.5")])
NOTEBOOKS  = Basket("EUR", "2.90", 19, [Item(5, "Dotted notebook", "9.80", "4.90"), Item(1, "Ink", "12.50")])
FOUNTAIN   = Basket("GBP", "3.50", 20, [Item(1, "Fountain pen", "64.00")])
WASHI      = Basket("JPY", "800", 10, [Item(3, "Washi paper", "1980"), Item(1, "Ink stone", "5400", "400")])
CALENDAR   = Basket("USD", "6.00", 0, [Item(2, "Wall calendar", "18.00")])
LETTERS    = Basket("EUR", "2.90", 19, [Item(2, "Letter set", "14.20"), Item(1, "Sealing wax", "6.30")])

STORIES: Final = (
    Story("ordered just now: it can be canceled", ADA, LAMPS, DESK_LAMP, [
        Step(WINDOW, 0.02)]),
    Story("ordered this morning, in yen", BEN, PAPER, WASHI, [
        Step(WINDOW, 0.2)]),
    Story("the window is almost over", ADA, PAPER, NOTEBOOKS, [
        Step(WINDOW, 0.98)]),
    Story("the window is over, the seller packs", BEN, LAMPS, LANTERNS, [
        Step(SHIP_BY, 0.5)]),
    Story("never paid, so it expired", BEN, PAPER, FOUNTAIN, [
        Step(PAYMENT, 4)], paid=False),

    Story("on its way", ADA, LAMPS, BULBS, [
        Step(WINDOW, 0.3, ships("DHL", "JJD000390007812")),
        Step(ON_ITS_WAY, 0.05)]),
    Story("delivered: a dispute can be opened", BEN, LAMPS, CEILING, [
        Step(SHIP_BY, 0.2, ships("Aramex", "33870215564")),
        Step(ON_ITS_WAY, 0.15, arrives),
        Step(PROTECTION, 0.2)]),
    Story("delivered, the buyer said so", ADA, PAPER, LETTERS, [
        Step(WINDOW, 0.5, ships("Post", "RR473124829DE")),
        Step(ON_ITS_WAY, 0.1, confirms),
        Step(PROTECTION, 0.6)]),
    Story("complete", ADA, PAPER, NOTEBOOKS, [
        Step(SHIP_BY, 0.3, ships("Post", "RR473124815DE")),
        Step(ON_ITS_WAY, 0.1, confirms),
        Step(PROTECTION, 1.4)]),

    Story("canceled: the refund is promised", ADA, PAPER, FOUNTAIN, [
        Step(WINDOW, 0.05, cancels(BUYER, "found-cheaper")),
        Step(REFUND, 0.4)]),
    Story("canceled: the refund was sent on its date", BEN, PAPER, WASHI, [
        Step(WINDOW, 0.4, cancels(BUYER, "no-longer-needed")),
        Step(REFUND, 1.5)]),
    Story("canceled: the seller released the refund early", ADA, LAMPS, FLOOR_LAMP, [
        Step(WINDOW, 0.1, cancels(BUYER, "ordered-by-mistake", "I meant the black one, sorry!")),
        Step(REFUND, 0.1, releases),
        Step(REFUND, 0.5)]),
    Story("a part is canceled, the rest can still be", ADA, LAMPS, BULBS, [
        Step(WINDOW, 0.1, cancels(BUYER, "wrong-item-or-option", line_0=2, line_1=1)),
        Step(WINDOW, 0.3)]),
    Story("out of stock: refunded at once", BEN, PAPER, CALENDAR, [
        Step(WINDOW, 0.6, cancels(SELLER, "out-of-stock", "The printer broke down. We are sorry.")),
        Step(REFUND, 0.3)]),
    Story("never shipped: canceled by itself", BEN, LAMPS, DESK_LAMP, [
        Step(SHIP_BY, 1.3)]),

    Story("a dispute waits for the seller: two offers are on the table", ADA, LAMPS, DESK_LAMP, [
        Step(SHIP_BY, 0.3, ships("DHL", "JJD000390007455")),
        Step(ON_ITS_WAY, 0.1, confirms),
        Step(PROTECTION, 0.1, complains("damaged", "89.00", MONEY, "The shade is cracked along its edge.")),
        Step(SELLERS_TURN, 0.1, writes(SELLER, "I am sorry to hear that. How was it packed?")),
        Step(SELLERS_TURN, 0.02, reads(BUYER)),
        Step(SELLERS_TURN, 0.02, writes(BUYER, "In its own box only, with nothing around it.")),
        Step(SELLERS_TURN, 0.2, writes(BUYER, "Could you tell me by tomorrow how we go on?")),
        Step(SELLERS_TURN, 0.1, offers(SELLER, "30.00", "A new shade costs about that much; would this do?")),
        Step(BUYERS_TURN, 0.05, offers(BUYER, "60.00", "The base has a dent, too.")),
        Step(SELLERS_TURN, 0.1)]),
    Story("a dispute was refused: the buyer's turn", BEN, LAMPS, CEILING, [
        Step(SHIP_BY, 0.5, ships("Aramex", "33870215120")),
        Step(ON_ITS_WAY, 0.1, arrives),
        Step(PROTECTION, 0.3, complains("not-as-described", "12.500", MONEY, "Colder than in the pictures.")),
        Step(SELLERS_TURN, 0.3, refuses("The color temperature, 4000 K, is on the page and on the box.")),
        Step(BUYERS_TURN, 0.3)]),
    Story("a dispute is with the operator", BEN, PAPER, WASHI, [
        Step(WINDOW, 0.7, ships("Yamato", "4512 8876 0031")),
        Step(ON_ITS_WAY, 0.2, confirms),
        Step(PROTECTION, 0.1, complains("missing-parts", "5400", RETURN, "The ink stone was not in it.")),
        Step(SELLERS_TURN, 0.2, refuses("It was packed; please look between the papers.")),
        Step(BUYERS_TURN, 0.2, escalates("I have unfolded every sheet. It is not there.")),
        Step(REVIEW, 0.1)]),
    Story("a dispute was accepted: the refund is promised", ADA, PAPER, LETTERS, [
        Step(SHIP_BY, 0.2, ships("Post", "RR473124777DE")),
        Step(ON_ITS_WAY, 0.1, confirms),
        Step(PROTECTION, 0.3, complains("wrong-item", "6.30", MONEY, "The wax is green; I ordered red.")),
        Step(SELLERS_TURN, 0.4, accepts),
        Step(REFUND, 0.3)]),
    Story("the operator decided for a part", ADA, LAMPS, FLOOR_LAMP, [
        Step(SHIP_BY, 0.4, ships("DHL", "JJD000390006918")),
        Step(ON_ITS_WAY, 0.1, arrives),
        Step(PROTECTION, 0.2, complains("defective", "199.00", MONEY, "It flickers once it is warm.")),
        Step(SELLERS_TURN, 0.5, refuses("We tested it before it left.")),
        Step(BUYERS_TURN, 0.1, escalates("I can show it on a video.")),
        Step(REVIEW, 0.1, decides(OLGA, "80.00", "A repair costs about that much.")),
        Step(PROTECTION, 0.9)]),
)
# fmt: on


async def open_market(wiring: Wiring) -> int:
    """Tell all stories into a database without orders; return how many orders there are new."""
    if await orders.visible_to(SYSTEM).exists():
        return 0
    now = await wiring.edge.clock.now()
    _, policy = await marketplace.policy()
    script = cues(STORIES, policy, now)
    stage = Stage.of(wiring, begins_at=script[0].at)
    await stage.meet(PERSONAS)
    for cue in script:
        await stage.wait_until(cue.at)
        await tell(stage, cue)
    await stage.wait_until(now)
    return len(STORIES)
