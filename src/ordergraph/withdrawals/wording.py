"""What a withdrawal says, in words: the statement to review, and the document that acknowledges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from babel.dates import format_datetime
from babel.numbers import format_currency

from ordergraph.kernel.language import say
from ordergraph.kernel.money import Money

# fmt: off
STATEMENT: Final = {
    "en": """\
WITHDRAWAL FROM A CONTRACT

To {seller}

I hereby give notice that I withdraw from my contract of sale of the following goods:

{goods}

Order:            {number}
Ordered on:       {placed_at}
Consumer:         {name}
Contact:          {contact}

To be refunded:   {refund}{shipping}
Refund:           by the means of payment used for the order, no later than {refund_by}.
{send_back}""",
    "de": """\
WIDERRUF EINES VERTRAGS

An {seller}

Hiermit widerrufe ich den von mir abgeschlossenen Vertrag über den Kauf der folgenden Waren:

{goods}

Bestellung:       {number}
Bestellt am:      {placed_at}
Verbraucher:      {name}
Kontakt:          {contact}

Zu erstatten:     {refund}{shipping}
Erstattung:       auf demselben Weg, auf dem gezahlt wurde, spätestens am {refund_by}.
{send_back}""",
}
SEND_BACK: Final = {
    "en": """\
                  It may wait until the goods are back, or until it is shown that they were sent.
Return:           the consumer sends the goods back no later than {by}
                  and bears the direct cost of sending them.
""",
    "de": """\
                  Sie kann warten, bis die Ware zurück ist oder ihre Absendung nachgewiesen ist.
Rücksendung:      Der Verbraucher schickt die Ware spätestens am {by} ab
                  und trägt die unmittelbaren Kosten der Rücksendung.
""",
}
NOTHING_BACK: Final = {
    "en": "Return:           the goods have not been shipped: nothing has to be sent back.\n",
    "de": "Rücksendung:      Die Ware ist noch nicht verschickt: Nichts muss zurückgeschickt werden.\n",
}
ACKNOWLEDGEMENT: Final = {
    "en": """\
ACKNOWLEDGEMENT OF RECEIPT

The following withdrawal was submitted and received on {confirmed_at}.
It takes effect from that moment. Please keep this document.

----------------------------------------------------------------------

{statement}""",
    "de": """\
EINGANGSBESTÄTIGUNG

Der folgende Widerruf wurde abgegeben und ist eingegangen am {confirmed_at}.
Er gilt seit diesem Zeitpunkt. Bitte bewahren Sie dieses Dokument auf.

----------------------------------------------------------------------

{statement}""",
}
SHIPPING: Final = {
    "en": ", of which {shipping} for the delivery", "de": ", davon {shipping} für die Lieferung"}
NO_REASON: Final = {
    "en": "The buyer withdraws from the purchase, as consumers may: no reason is needed.",
    "de": "Der Käufer widerruft den Kauf, wie Verbraucher es dürfen: Gründe sind nicht nötig."}
MOMENT: Final = {"en": "d MMMM y, HH:mm:ss 'UTC'", "de": "d. MMMM y, HH:mm:ss 'UTC'"}
LOCALE: Final = {"en": "en_IE", "de": "de_DE"}
# fmt: on


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of what is withdrawn from."""

    quantity: int
    title: str
    sku: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a statement says."""

    seller: str
    number: str
    placed_at: datetime
    name: str
    contact_email: str | None
    goods: Sequence[Goods]
    shipping: Money
    refund: Money
    refund_by_at: datetime
    send_back_by_at: datetime | None


def statement(facts: Facts, language: str) -> str:
    """Who withdraws from which contract over which goods, what goes back to whom, and by when."""
    shipping = {"shipping": shown(facts.shipping, language)}
    goods = (
        f"  {g.quantity} x {_line(g.title)} ({_line(g.sku)}): {shown(g.amount, language)}"
        for g in facts.goods
    )
    said: Mapping[str, object] = {
        "seller": _line(facts.seller),
        "number": facts.number,
        "placed_at": moment(facts.placed_at, language),
        "name": _line(facts.name),
        "contact": facts.contact_email or "-",
        "goods": "\n".join(goods),
        "shipping": say(SHIPPING, language, shipping) if facts.shipping.minor else "",
        "refund": shown(facts.refund, language),
        "refund_by": moment(facts.refund_by_at, language),
        "send_back": _send_back(facts.send_back_by_at, language),
    }
    return say(STATEMENT, language, said)


def acknowledgement(facts: Facts, confirmed_at: datetime, language: str) -> str:
    """The content of the statement, with the date and time of its submission (article 11a(4))."""
    said = {
        "confirmed_at": moment(confirmed_at, language),
        "statement": statement(facts, language),
    }
    return say(ACKNOWLEDGEMENT, language, said)


def _send_back(by_at: datetime | None, language: str) -> str:
    if by_at is None:
        return NOTHING_BACK[language]
    return say(SEND_BACK, language, {"by": moment(by_at, language)})


def moment(at: datetime, language: str) -> str:
    """A date and time to the second, in UTC: what courts ask for."""
    return format_datetime(at.astimezone(UTC), MOMENT[language], locale=LOCALE[language])


def shown(amount: Money, language: str) -> str:
    """An amount as people of that language write it."""
    return format_currency(amount.amount, amount.currency, locale=LOCALE[language])


def _line(text: str) -> str:
    """Without line breaks: nobody writes lines of their own into a document."""
    return " ".join(text.split())
