"""Lures away from the marketplace: seen in both languages, hardly ever where there are none, in linear time."""

import time

import pytest

from ordergraph.disputes.lures import CONTACT, PAYMENT, warning
from tests.disputes.documents import opened, sent
from tests.market import ADA, LAMPS, Market

# fmt: off
OUTSIDE = (
    "Please pay me via PayPal friends and family.", "Send it by bank transfer to my account.", "Use Western Union.",
    "You can send the money to DE89 3704 0044 0532 0130 00.", "Buy me two gift cards and I refund you.", "I can pay in Bitcoin.",
    "Let us settle this outside the platform.", "paypal.me/lamps", "Pay\u200b by bit\u00adcoin, please.",
    "Bezahlen Sie per Überweisung.", "Überweise das Geld auf mein Konto.", "Schick mir eine Gutscheinkarte.",
    "Wir regeln das außerhalb der Plattform.", "PayPal Freunde geht schneller.", "AT611904300234573201",
)
ELSEWHERE = (
    "Contact me on WhatsApp.", "Reach me on What's App!", "Write to me on Tele\u200bgram: @lamp", "Call me at 0171 2345678.",
    "My number: +49 171 2345678", "mail a.b@example.org", "\uff37\uff48\uff41\uff54\uff53\uff21\uff50\uff50: write to me there, on WhatsApp",
    "Schreib mir auf WhatsApp.", "Meine Handynummer ist 0171 234567", "Ruf mich an unter 0171", "Melden Sie sich bei Telegram.",
)
INNOCENT = (
    "I paid by PayPal.", "I paid by bank transfer on Monday.", "My order is K7Q4-9XWM.", "The tracking number is 00340434161094000000.",
    "RR123456785DE is the tracking number.", "1Z999AA10123456784", "Can I use my gift card?", "GB82 WEST 1234 is printed on the label.",
    "I bought it for family and friends.", "Please send the lamp again.", "Call it a day.", "The phone I ordered has a broken screen.",
    "It arrived on 2026-11-23 at 12:00.", "The picture shows 2+2 lamps for 84.70 EUR.", "Could you write what is missing?",
    "Ich habe per Überweisung bezahlt.", "Ich habe mit PayPal bezahlt.", "Die Sendungsnummer lautet JJD000390007827340000.",
    "Der Käufer zahlt die Rücksendung.", "Bitte schicken Sie mir ein Ersatzteil.", "Das Telegramm-Papier ist vergilbt.",
)
HOSTILE = ("a", "+1", "+1( ", "aa00 ", "aa00 aaaa ", "a@", "a.b@c-", "pay ", "contact ", "whats", "\ufdfa", ".", "(", "my ")
# fmt: on


@pytest.mark.parametrize("text", OUTSIDE)
def test_whoever_is_lured_to_pay_outside_is_warned(text: str) -> None:
    assert (warning(text, "en"), warning(text, "de")) == (PAYMENT["en"], PAYMENT["de"])


@pytest.mark.parametrize("text", ELSEWHERE)
def test_whoever_is_lured_to_talk_elsewhere_is_warned(text: str) -> None:
    assert warning(text, "en") == CONTACT["en"]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_innocent_is_left_alone(text: str) -> None:
    assert warning(text, "en") is None


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_of_four_thousand_characters_takes_long(piece: str) -> None:
    text = (piece * 4_000)[:4_000]
    began = time.process_time()

    warning(text, "en")

    assert time.process_time() - began < 0.5, "it takes a twentieth of that"


async def test_the_author_and_the_other_side_read_the_warning(market: Market) -> None:
    id_ = (await opened(market))["id"]
    await sent(market, LAMPS, id_, "I refund you faster by PayPal, friends and family!")
    await sent(market, ADA, id_, "No, thank you.")
    thread = "query($id: ID!) { dispute(id: $id) { messages { nodes { warning } } } }"

    for reader in (ADA, LAMPS):
        shown = (await market.ask(reader, thread, "de", id=id_))["dispute"]["messages"]["nodes"]
        assert shown == [{"warning": PAYMENT["de"]}, {"warning": None}]
