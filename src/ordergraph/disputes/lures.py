"""Lures away from the marketplace: "pay me outside", "write to me elsewhere". Pure; it warns, and blocks nothing.

Every pattern is a plain list of words, or repeats a bounded number of characters: no text, however
hostile, takes longer than its length.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from ordergraph.kernel.language import say

_SENTENCE: Final = re.compile(r"[.!?\n]+(?=\s|$)|\n")
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def _words(*alternatives: str) -> re.Pattern[str]:
    """Any of these, as whole words."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


class Lure(NamedTuple):
    """A sentence that has one of each of these is meant."""

    says: Mapping[str, str]
    parts: tuple[re.Pattern[str], ...]


# fmt: off
PAYMENT: Final = {
    "en": "Careful: pay, and be paid back, only through the marketplace. Money sent another way is not protected.",
    "de": "Vorsicht: Bezahle und erstatte nur über den Marktplatz. Geld auf anderem Weg ist nicht geschützt."}
CONTACT: Final = {
    "en": "Careful: keep the conversation here. What is agreed elsewhere cannot be used when the dispute is decided.",
    "de": "Vorsicht: Bleib mit dem Gespräch hier. Was anderswo vereinbart wird, zählt bei der Entscheidung nicht."}

_ASKS: Final = _words(   # somebody is to pay, or offers to; "paid" and "bezahlt" tell of the past
    "pay", "paying", "send", "sending", "(?:transfer|wire) (?:me|us|it|the|this|that|your)", "refund you", "reimburse", "buy me",
    "zahle?", "zahlen", "bezahle?", "bezahlen", "schicke?n?", "sende", "senden", "sendest", "schickst", "überweise?n?", "überweist",
    "erstatte", "kaufe?", "kaufen sie")
_MEETS: Final = _words("write", "message me", "text me", "contact", "reach", "call me", "add me", "find me", "ping", "chat", "talk",
    "schreibe?n?", "kontaktiere?n?", "erreichst", "erreichen", "ruf", "rufen", "melde?n?", "findest", "finden sie")

LURES: Final = (
    Lure(PAYMENT, (_words("western union", "money ?gram", r"paypal\.me", "paysafecard"),)),
    Lure(PAYMENT, (_words("paypal"), _words("friends", "freunde", "familie"))),
    Lure(PAYMENT, (_ASKS, _words(
        "bank transfer", "wire transfer", "(?:my|our) bank account", "to (?:my|our) account", "(?:my|our) iban", "gift ?cards?", "bitcoins?", "btc", "crypto", "ethereum",
        "usdt", "zelle", "venmo", "cash ?app", "my paypal", "moneypak", "banküberweisung", "per überweisung", "auf (?:mein|unser) konto", "meine iban", "bankkonto",
        "gutscheinkarten?", "geschenkkarten?", "krypto(?:währung)?", "mein paypal"))),
    Lure(PAYMENT, (_words("pay", "paying", "deal", "settle", "refund", "zahlen", "bezahlen", "zahle?", "bezahle?", "regeln", "abwickeln", "erstatten"), _words(
        "outside (?:of )?(?:the |this )?(?:platform|marketplace|market|site|website|app|shop)", "off (?:the )?platform", "without the (?:platform|marketplace)",
        "ausserhalb (?:des|der|dieser|dieses) (?:marktplatz(?:es)?|plattform|seite|app|shops?)",
        "am marktplatz vorbei", "an der plattform vorbei", "ohne (?:den marktplatz|die plattform)"))),
    Lure(CONTACT, (_MEETS, _words("whats ?app", "what s app", "telegram", "viber", "wechat", "snapchat", "instagram", "facebook messenger", "signal app"))),
    Lure(CONTACT, (_words(
        "(?:my|meine?) (?:whats ?app|telegram|viber|wechat)", "(?:here|this) is my (?:(?:phone|mobile|cell|private) )?number", "my (?:(?:phone|mobile|cell|private) )?number is",
        "(?:call|text) me (?:at|on|under)", "my (?:private )?e-?mail(?: address)? is", "(?:write|e-?mail|mail) me (?:at|to|on)",
        "meine (?:handy|telefon|mobil)?nummer (?:ist|lautet)", "ruf(?:en sie)? mich (?:an )?unter", "meine (?:private )?e?-?mail(?:-?adresse)? (?:ist|lautet)",
        "schreib(?:en sie)? mir (?:per|eine) (?:e-)?mail"),)),
)

IBANS: Final[Mapping[str, int]] = {   # how long an account number is (ISO 13616), where sellers of ours are likely to be
    "at": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18, "ee": 20, "es": 24, "fi": 18, "fr": 27, "gb": 22, "gr": 27, "hr": 21,
    "hu": 28, "ie": 22, "it": 27, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mt": 31, "nl": 18, "no": 15, "pl": 28, "pt": 25, "ro": 24, "se": 24, "si": 19, "sk": 24}
_IBAN: Final = re.compile(r"\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?\b")
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}")
_PHONE: Final = re.compile(r"(?<![\w+])\+[1-9](?:[ ()/-]{0,2}[0-9]){7,14}(?![0-9])")
# fmt: on


def _an_iban(text: str) -> bool:
    """An account number proves itself: a tracking number of that form does not."""
    return any(_proves_itself(found[0].replace(" ", "")) for found in _IBAN.finditer(text))


def _proves_itself(text: str) -> bool:
    length = IBANS.get(text[:2], len(text) + 1)
    turned = text[4:length] + text[:4]
    return len(text) >= length and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


SIGNS: Final[tuple[tuple[Mapping[str, str], Callable[[str], bool]], ...]] = (
    # what a text shows by its form, wherever its sentences end
    (PAYMENT, _an_iban),
    (CONTACT, lambda text: _EMAIL.search(text) is not None),
    (CONTACT, lambda text: _PHONE.search(text) is not None),
)


def warning(text: str, language: str) -> str | None:
    """What to tell whoever reads this, its author too; None for what looks innocent."""
    found = next(_found(_plain(text)), None)
    return say(found, language, {}) if found else None


def _found(text: str) -> Iterator[Mapping[str, str]]:
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence]
    for lure in LURES:
        if any(all(part.search(sentence) for part in lure.parts) for sentence in sentences):
            yield lure.says
    yield from (says for says, shown in SIGNS if shown(text))


def _plain(text: str) -> str:
    """Without what hides a word from a pattern and not from a reader: width, invisible signs, marks."""
    clean = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold()
    return re.sub(r"['\u2019`*_]", " ", clean)
