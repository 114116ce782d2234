"""What Postgres writes is what Python would show, and it writes what it can."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from strawberry import relay

from ordergraph.api import sql
from ordergraph.api.scalars import show_moment, shown
from ordergraph.infra.reading import rows
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.screens.written import LISTS
from tests.market import ADA, Market
from tests.watching import statements

AMOUNTS = (0, 1, -1, 99, 100, 12_345, -7_700, 2**53 + 1)
MOMENTS = [
    datetime(2026, 3, 29, 1, 59, 59, micros, tzinfo=UTC) + timedelta(days=days)
    for micros in (0, 1, 999, 1_000, 123_456, 999_999)
    for days in (0, -20_000, 100_000)
]
IDS = [UUID(int=0), UUID(int=2**128 - 1), UUID("01a22560-0dda-744e-acd1-ee6c54fef871")]
LIST = """{ viewer { purchases(first: 5) { edges { node { lines { %s } refunds { %s } } } } } }"""
PLAIN = LIST % ("id title quantity unitPrice { amount }", "id status amount { amount } dueAt")
"""What the phone's main screen shows."""


async def _said(expression: str, values: list[Any], kind: str) -> list[str]:
    found = await rows(
        f"SELECT {expression} FROM unnest($1::{kind}[]) WITH ORDINALITY AS part(x, n) ORDER BY n",
        values,
    )
    return [record[0] for record in found]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("currency", sorted(EXPONENTS))
async def test_amounts(currency: str) -> None:
    said = await _said(sql.amount("part.x", f"'{currency}'::text"), list(AMOUNTS), "bigint")

    assert said == [str(shown(minor, currency).amount) for minor in AMOUNTS]


@pytest.mark.usefixtures("market")
async def test_moments_in_any_zone_of_the_session() -> None:
    for zone in ("UTC", "Asia/Kolkata"):
        await rows(f"SET timezone = '{zone}'")
        try:
            said = await _said(sql.moment("part.x"), MOMENTS, "timestamptz")
        finally:
            await rows("RESET timezone")
        assert said == [show_moment(moment) for moment in MOMENTS]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("kind", [listed.kind.__name__ for listed in LISTS.values()])
async def test_ids(kind: str) -> None:
    said = await _said(sql.global_id(kind, "part.x"), IDS, "uuid")

    assert said == [relay.to_base64(kind, id_) for id_ in IDS]


async def test_a_page_that_is_known_makes_no_rows_of_what_is_written(
    busy: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await busy.ask(ADA, PLAIN)
    for listed in LISTS.values():
        monkeypatch.setattr(listed.kind, "of", None)
    with statements() as seen:
        second = await busy.ask(ADA, PLAIN)

    assert second == first
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("lines", "refunds"),
    [
        ("sku", "note"),  # of a refund, nobody is shown an empty one
        ("refundedTax { amount }", "id"),
        ("id @include(if: true)", "id"),
        (" ".join(f"a{n}: unitPrice {{ amount }}" for n in range(20)), "id"),
    ],
)
async def test_what_it_cannot_write_comes_as_rows(busy: Market, lines: str, refunds: str) -> None:
    first = await busy.ask(ADA, LIST % (lines, refunds))
    with statements() as seen:
        second = await busy.ask(ADA, LIST % (lines, refunds))

    assert second == first
    assert len(seen) == 1
    assert "ARRAY(SELECT part" in str(seen)
    assert "row_to_json" in str(seen)
