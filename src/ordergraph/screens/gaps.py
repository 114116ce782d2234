"""What Postgres leaves open in the JSON that it writes, for it is said in the reader's language.

A gap stands in the JSON as `{"?line":{"event_type":"dispute.accepted", …}}`: its key tells what is to be
said, the object below it what is to be known for that. No answer has such a key, because names of
GraphQL have no question mark; and no text that somebody wrote can look like one, because quotation
marks within a string are escaped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from json import JSONDecoder
from typing import Any, Final

import orjson

from ordergraph.api import sql
from ordergraph.disputes import lines, lures
from ordergraph.kernel.event import Plain

MARK: Final = '"?'
"""Begins the name of a gap; in SQL, too, no other name begins so."""
OPEN: Final = "{" + MARK


@dataclass(slots=True)
class Line:
    """What the sentence of an event is made of."""

    event_type: str | None
    facts: dict[str, Plain] | None
    author_role: str


def _line(language: str, **row: Any) -> str:
    return lines.said(Line(**row), language)


def _warning(language: str, body: str) -> str | None:
    return lures.warning(body, language) if body else None


@dataclass(frozen=True, slots=True)
class Gap:
    """A field that Python says of some rows, by these columns; of the others it is an SQL expression."""

    key: str
    when: str
    columns: tuple[str, ...]
    otherwise: str
    say: Callable[..., str | None]

    def sql(self) -> str:
        known = sql.written({column: f"part.{column}" for column in self.columns})
        opened = sql.written({self.key: known})
        return f"CASE WHEN {self.when} THEN {opened} ELSE {self.otherwise} END"


# fmt: off
LINE: Final = ("event_type", "facts", "author_role")
GAPS: Final = {
    # field                key         is said where            of these   and is elsewhere      by
    "Message.body":    Gap("?line",    "part.body IS NULL",     LINE,      "to_json(part.body)", _line),
    "Message.warning": Gap("?warning", "part.body IS NOT NULL", ("body",), "NULL",               _warning),
}
# fmt: on
SAYS: Final = {gap.key: gap.say for gap in GAPS.values()}
_read: Final = JSONDecoder().raw_decode


def filled(text: str, language: str) -> str:
    """The JSON with all its gaps closed."""
    pieces: list[str] = []
    begin = 0
    while (at := text.find(OPEN, begin)) >= 0:
        gap, end = _read(text, at)
        [(key, known)] = gap.items()
        pieces += text[begin:at], orjson.dumps(SAYS[key](language, **known)).decode()
        begin = end
    return "".join([*pieces, text[begin:]]) if pieces else text
