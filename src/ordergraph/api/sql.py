"""Values as Postgres writes them, to the letter as the API shows them: ids, amounts, moments.

Each is an expression over columns; scalars.py says the same in Python, and a test holds them equal.
"""

from collections.abc import Mapping
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


def written(values: Mapping[str, str]) -> str:
    """An object of these values, by their names: those that GraphQL's parser lets in."""
    return one(f"SELECT {named(values)}")


def one(rows: str) -> str:
    """The only row of a statement as an object; null where there is none."""
    return f"(SELECT row_to_json(one) FROM ({rows}) one)"  # noqa: S608  (texts of our own)


def listed(rows: str) -> str:
    """The rows of a statement as a list of objects."""
    return f"array_to_json(ARRAY(SELECT item FROM ({rows}) item))"  # noqa: S608  (texts of our own)


def named(values: Mapping[str, str]) -> str:
    return ", ".join(f'{value} AS "{name}"' for name, value in values.items())


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
