"""What Postgres leaves open in the JSON that it writes: what Python decides, or says in a language.

A gap stands in the JSON as `{"line":{"event_type":"dispute.accepted", …}}` behind a mark: its key tells
what is to be said, the object below it what is to be known for that. The mark is a control character. JSON
has none that is not escaped, so nothing else in it, and no text that somebody wrote, can look like one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import JSONDecoder
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson

from ordergraph.api import sql
from ordergraph.disputes import lines, lures
from ordergraph.kernel.event import Plain, sentence
from ordergraph.marketplace.graphql import label
from ordergraph.orders.process import ORDER
from ordergraph.orders.process import OrderAction as Command
from ordergraph.orders.types import PaymentStatus
from ordergraph.refunds.pending import PENDING_SQL, in_words
from ordergraph.refunds.process import RefundPendingReason
from ordergraph.screens.parts import PARTS

MARK: Final = "\x01"
"""Stands before each gap; and nowhere else in SQL, too."""


@dataclass(slots=True)
class Line:
    """What the sentence of an event is made of."""

    event_type: str | None
    facts: dict[str, Plain] | None
    author_role: str


@dataclass(slots=True)
class Paid:
    """What of a payment decides how much of the money is where."""

    captured_at: str | None
    captured_minor: int
    refunded_minor: int


class Closing(NamedTuple):
    """What gaps are closed with, beside what they say themselves."""

    language: str
    as_operator: bool | None
    """Whether the viewer meets the order as an operator; None where that is not known of each."""
    can_cancel: Mapping[str, bool] = MappingProxyType({})
    """By the order's id."""


def _line(by: Closing, known: Mapping[str, Any]) -> str:
    return lines.said(Line(**known), by.language)


def _warning(by: Closing, text: str) -> str | None:
    return lures.warning(text, by.language) if text else None


def _summary(by: Closing, event_type: str) -> str:
    return sentence(event_type, by.language)


def _label(by: Closing, labels: Mapping[str, str]) -> str:
    return label(labels, by.language)


def _author(by: Closing, operator: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Which operator it was only operators see."""
    if by.as_operator is None:
        raise LookupError
    return operator if by.as_operator else None


def _payment_status(_: Closing, payment: Mapping[str, Any] | None) -> PaymentStatus:
    return PaymentStatus.of(Paid(**payment) if payment else None)


def _pending(by: Closing, reason: str) -> str | None:
    return in_words(RefundPendingReason[reason], by.language)


def _can_cancel(by: Closing, order_id: str) -> bool:
    return by.can_cancel[order_id]


@dataclass(frozen=True, slots=True)
class Gap:
    """A field that Python says of some rows; of the others it is an SQL expression. `{row}` in it is
    what such a row is called in the statement, where that differs.
    """

    key: str
    when: str
    known: str
    """As an SQL expression: what is to be known for it."""
    otherwise: str
    close: Callable[[Closing, Any], object]

    def sql(self, row: str) -> str:
        opened = sql.written({self.key: self.known}).replace("'{", f"'{MARK}{{", 1)
        case = f"CASE WHEN {self.when} THEN {opened} ELSE {self.otherwise} END"
        return case.replace("{row}", row)


BODY: Final = sql.escaped("part.body")
FACTS: Final = sql.written({
    "event_type": sql.or_null(sql.escaped("part.event_type")),
    "facts": sql.or_null("part.facts::text"),
    "author_role": sql.escaped("part.author_role"),
})  # fmt: skip
PAYMENT: Final = sql.or_null("({} LIMIT 1)".format(PARTS["payment"].select(sql.written({
    "captured_at": sql.or_null(sql.plain("part.captured_at")),
    "captured_minor": "part.captured_minor",
    "refunded_minor": "part.refunded_minor",
}))))  # fmt: skip
LABELS: Final = "linked.labels::text"
TYPE: Final = sql.escaped("part.type")
ID: Final = sql.plain("orders.id")
PENDING: Final = sql.plain(f"({PENDING_SQL})")
WAITS: Final = f"({PENDING_SQL}) IS NOT NULL"
MAY_CANCEL: Final = sql.one_of(
    "orders.status", [move.start for move in ORDER.moves if move.action is Command.CANCEL]
)
"""In every other state the table of moves has a no for everybody."""
ALWAYS: Final = "TRUE"


def author(user: str) -> Gap:
    """Of what an operator wrote, or did; `user` is the author, or null."""
    return Gap("author", "part.author_role = 'OPERATOR'", user, user, _author)


# fmt: off
GAPS: Final = {
    # field                key           is open where            and says  else stands  closed by
    "Message.body":    Gap("line",       "part.body IS NULL",     FACTS,    BODY,        _line),
    "Message.warning": Gap("warning",    "part.body IS NOT NULL", BODY,     "'null'",    _warning),
    "Reason.label":    Gap("label",      ALWAYS,                  LABELS,   "'null'",    _label),
    "Event.summary":   Gap("summary",    ALWAYS,                  TYPE,     "'null'",    _summary),
    "Order.canCancel": Gap("canCancel",  MAY_CANCEL,              ID,       "'false'",   _can_cancel),
    "Refund.pendingReasonText": Gap("pending", WAITS,         PENDING,  "'null'",    _pending),
    "Order.paymentStatus": Gap("paid",   ALWAYS,                  PAYMENT,  "'null'",    _payment_status),
}
# fmt: on
CAN_CANCEL: Final = f'{MARK}{{"{GAPS["Order.canCancel"].key}"'
"""Stands in SQL where it is asked for."""
CLOSE: Final = {gap.key: gap.close for gap in (*GAPS.values(), author("'null'"))}
_read: Final = JSONDecoder().raw_decode


def filled(text: str, by: Closing) -> str:
    """The JSON with all its gaps closed."""
    pieces: list[str] = []
    begin = 0
    while (at := text.find(MARK, begin)) >= 0:
        gap, end = _read(text, at + 1)
        [(key, known)] = gap.items()
        pieces += text[begin:at], orjson.dumps(CLOSE[key](by, known)).decode()
        begin = end
    return "".join([*pieces, text[begin:]]) if pieces else text
