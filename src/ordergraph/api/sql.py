"""Values as Postgres writes them, to the letter as the API shows them; and JSON, put together as text.

A value is an expression over columns: scalars.py says the same in Python, and a test holds them equal.
JSON is an expression that gives text, and never null. Joined as text it takes half as long as by
row_to_json; so whoever writes a text that JSON might have to escape says so.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from ordergraph.kernel.currencies import EXPONENTS

USUAL: Final = 2
LONGEST_KIND: Final = 20
"""Letters of a type's name with which an id stays on one line: encode breaks it after 57 bytes."""


def global_id(kind: str, column: str) -> str:
    """Relay's id, of a uuid."""
    assert len(kind) <= LONGEST_KIND, kind
    return f"encode(convert_to('{kind}:' || {column}, 'UTF8'), 'base64')"


def moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def amount(minor: str, currency: str) -> str:
    """Of minor units: a decimal with its currency's decimals, as text."""
    return f"({minor} * CASE {ODD.format(currency)} ELSE {_unit(USUAL)} END)::text"


def place(position: str) -> str:
    """The cursor of a list that is sorted by one number, as pages.Key says it."""
    return _opaque(f"'[' || {position} || ']'")


def place_in_time(column: str, id_: str) -> str:
    """The cursor of a list that is sorted by a moment and an id, as pages.Key says it."""
    iso = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
    return _opaque(f"""'["' || replace({iso}, '.000000', '') || '","' || {id_} || '"]'""")


def _opaque(text: str) -> str:
    """Base64 for addresses, unpadded and on one line."""
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"


def one_of(column: str, words: Iterable[str]) -> str:
    """A condition: it is one of these words of ours."""
    quoted = ", ".join(sorted({f"'{word}'" for word in words}))
    return f"{column} IN ({quoted})"


def plain(text: str) -> str:
    """A string of letters that JSON need not escape."""
    return _joined(["'\"'", text, "'\"'"])


def escaped(text: str) -> str:
    """A string of any letters."""
    return f"to_json({text})::text"


def literal(text: str) -> str:
    """A string that is always the same: a name of ours."""
    return f"'\"{text}\"'"


def or_null(json: str) -> str:
    """For what comes from a column that may be empty."""
    return f"coalesce({json}, 'null')"


def written(values: Mapping[str, str]) -> str:
    """An object of JSON, by its names, which GraphQL's parser lets in; it has none where all are skipped."""
    if not values:
        return "'{}'"
    begin, pieces = "{", []
    for name, json in values.items():
        pieces += [f"'{begin}\"{name}\":'", json]
        begin = ","
    return _joined([*pieces, "'}'"])


def listed(rows: str) -> str:
    """A list of what the rows of a statement are."""
    return _joined(["'['", f"array_to_string(ARRAY({rows}), ',')", "']'"])


def _joined(pieces: Iterable[str]) -> str:
    """One text of many; neighbors that are always the same become one."""
    return " || ".join(pieces).replace("' || '", "")


def _unit(decimals: int) -> str:
    return f"{10**-decimals:.{decimals}f}"


def _odd() -> str:
    """For the currencies with other decimals than the usual two."""
    by_decimals = sorted((decimals, code) for code, decimals in EXPONENTS.items())
    found = []
    for decimals, pairs in groupby(by_decimals, key=lambda pair: pair[0]):
        if decimals != USUAL:
            codes = ", ".join(f"'{code}'" for _, code in pairs)
            found.append(f"WHEN {{0}} IN ({codes}) THEN {_unit(decimals)}")
    return " ".join(found)


ODD: Final = _odd()
