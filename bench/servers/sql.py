"""Answers' values as SQL: ids, cursors, amounts and moments as the API writes them."""

from typing import Final

from ordergraph.kernel.currencies import EXPONENTS
from seeds.big import CURRENCIES

ODD: Final = {code: EXPONENTS[code] for code in CURRENCIES if EXPONENTS[code] != 2}
"""Currencies of the market that have no cents, with their decimals."""


def global_id(kind: str, column: str) -> str:
    return f"translate(encode(convert_to('{kind}:' || {column}, 'UTF8'), 'base64'), E'\\n', '')"


def moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def amount(minor: str, currency: str) -> str:
    """Of a column of minor units: a decimal with the currency's decimals, as text."""
    odd = "".join(f"WHEN '{code}' THEN 1e-{decimals} " for code, decimals in ODD.items())
    return f"({minor} * CASE {currency} {odd}ELSE 0.01 END)::text"


def money(minor: str, currency: str) -> str:
    return _object(f'{amount(minor, currency)} AS amount, {currency} AS "currencyCode"')


def place(moment_: str, identity: str) -> str:
    """The cursor of a list that is sorted by a moment and an id."""
    micros = f"""to_char({moment_} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""
    iso = f"replace({micros}, '.000000', '')"
    return _opaque(f"""'["' || {iso} || '","' || {identity} || '"]'""")


def position(column: str) -> str:
    """The cursor of a list that is sorted by a number."""
    return _opaque(f"'[' || {column} || ']'")


def _opaque(text: str) -> str:
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')"


def _object(columns: str) -> str:
    return f"(SELECT row_to_json(one) FROM (SELECT {columns}) one)"


CAN_CANCEL: Final = """(o.status = 'PENDING_PAYMENT' OR (o.status = 'PROCESSING'
    AND (o.cancelable_until IS NULL OR now() < o.cancelable_until)))"""
"""What a buyer is told whose order allows no late requests, as the market's do not."""
