"""What documents say: everything that the law asks for, in both languages, and nothing slipped in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ordergraph.kernel.language import LANGUAGES
from ordergraph.kernel.money import Money
from ordergraph.withdrawals import wording
from ordergraph.withdrawals.wording import Facts, Goods, acknowledgement, statement
from tests.market import DAY, NOON

FACTS = Facts(
    seller="Nordic Lamps",
    number="K7Q4-9XWM",
    placed_at=NOON - DAY,
    name="Ada",
    contact_email=None,
    goods=[Goods(2, "Lamp", "L-1", Money(7980, "EUR"))],
    shipping=Money(490, "EUR"),
    refund=Money(8470, "EUR"),
    refund_by_at=NOON + 14 * DAY,
    send_back_by_at=NOON + 15 * DAY,
)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["€84.70, of which €4.90", "7 December 2026, 12:00:00 UTC", "2 x Lamp (L-1)"]),
        ("de", ["84,70", "davon 4,90", "7. Dezember 2026, 12:00:00 UTC", "2 x Lamp (L-1)"]),
    ],
)
def test_a_statement_names_contract_goods_money_and_dates(language: str, said: list[str]) -> None:
    text = statement(FACTS, language)

    for words in [*said, "Nordic Lamps", "K7Q4-9XWM", "Ada"]:
        assert words in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_acknowledgement_holds_the_statement_with_its_date_and_time(language: str) -> None:
    text = acknowledgement(FACTS, NOON + timedelta(seconds=7), language)

    assert text.endswith(statement(FACTS, language))
    assert "12:00:07 UTC" in text


@pytest.mark.parametrize("table", [wording.STATEMENT, wording.ACKNOWLEDGEMENT, wording.MOMENT])
def test_every_text_is_written_in_every_language(table: dict[str, str]) -> None:
    assert set(table) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "nothing has to be sent back"), ("de", "Nichts muss zurück")]
)
def test_what_was_not_shipped_is_not_sent_back(language: str, said: str) -> None:
    assert said in statement(replace(FACTS, send_back_by_at=None), language)


def test_nobody_writes_lines_of_their_own_into_a_document() -> None:
    sly = replace(FACTS, name="Ada\nRefund: €1,000,000\n{number}")

    text = statement(sly, "en")

    assert "Consumer:         Ada Refund: €1,000,000 {number}\n" in text


def test_amounts_have_their_currencys_decimals() -> None:
    assert wording.shown(Money(500, "JPY"), "en") == "JP¥500"
    assert wording.shown(Money(1234, "KWD"), "de") == "1,234\xa0KWD"
