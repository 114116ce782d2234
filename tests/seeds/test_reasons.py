"""The reasons that people can pick: complete, in both languages, and kept up to date."""

import re
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from ordergraph.cancellations.process import SHIP_TIMEOUT_REASON
from ordergraph.disputes import lures
from ordergraph.disputes.ground import DELIVERY_REASONS
from ordergraph.kernel.actor import Role
from ordergraph.kernel.language import LANGUAGES
from ordergraph.marketplace.models import Fault, Reason, ReasonContext
from seeds.reasons import REASONS, SUGGESTED, Row, keep_reasons
from tests.market import ADA, Market

HANDLE = re.compile(r"[a-z]+(-[a-z]+)*")


@pytest.fixture
async def own_reason(database: str) -> AsyncIterator[Reason]:  # noqa: ARG001  (it needs the database)
    """A row that the marketplace added by itself."""
    row = await Reason.create(
        context=ReasonContext.CANCELLATION,
        handle="moved-abroad",
        labels={"en": "I moved abroad", "de": "Ich bin ausgewandert"},
        picked_by=["BUYER"],
        fault=Fault.BUYER,
        position=100,
    )
    yield row
    await row.delete()


@pytest.mark.parametrize("row", REASONS, ids=lambda row: f"{row.context}/{row.handle}")
def test_every_reason_has_a_handle_two_labels_and_someone_to_pick_it(row: Row) -> None:
    assert LANGUAGES == ("en", "de")
    assert all(label and label == label.strip() for label in (row.en, row.de))
    assert row.en != row.de
    assert HANDLE.fullmatch(row.handle)
    assert len(row.handle) <= 40
    assert set(row.picked_by.split()) <= {"BUYER", "SELLER", "SYSTEM"}
    assert row.picked_by


def test_no_handle_comes_twice_in_one_context() -> None:
    counts = Counter((row.context, row.handle) for row in REASONS)

    assert [key for key, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("context", "role"),
    [
        (ReasonContext.CANCELLATION, Role.BUYER),
        (ReasonContext.CANCELLATION, Role.SELLER),
        (ReasonContext.DISPUTE, Role.BUYER),
    ],
)
def test_everyone_who_must_give_a_reason_has_one(context: ReasonContext, role: Role) -> None:
    theirs = [row for row in REASONS if row.context is context and role in row.picked_by.split()]

    assert len(theirs) >= 1
    assert "other" in {row.handle for row in theirs}


def test_the_reasons_that_rules_name_are_there() -> None:
    known = {(row.context, row.handle): row for row in REASONS}

    timeout = known[ReasonContext.CANCELLATION, SHIP_TIMEOUT_REASON]
    assert (timeout.picked_by, timeout.fault) == ("SYSTEM", Fault.SELLER)
    assert all((ReasonContext.DISPUTE, handle) in known for handle in DELIVERY_REASONS)


def test_every_complaint_of_a_buyers_has_a_polite_first_message_for_both_sides() -> None:
    complaints = {
        row.handle
        for row in REASONS
        if row.context is ReasonContext.DISPUTE and "BUYER" in row.picked_by.split()
    }

    assert set(SUGGESTED) == complaints
    for suggested in SUGGESTED.values():
        assert set(suggested) == {"BUYER", "SELLER"}
        for said in suggested.values():
            assert set(said) == set(LANGUAGES)
            assert said["en"].startswith("Hello, ")
            assert said["de"].startswith("Guten Tag, ")
            assert all(text.endswith((".", "?")) and len(text) < 400 for text in said.values())
            assert all(lures.warning(text, "en") is None for text in said.values())


async def test_a_first_message_is_suggested_in_the_persons_language(market: Market) -> None:
    asked = """{ reasons(context: DISPUTE) { handle buyer: suggestedMessage(role: BUYER)
      seller: suggestedMessage(role: SELLER) operator: suggestedMessage(role: OPERATOR) } }"""

    found = (await market.ask(ADA, asked, "de"))["reasons"]

    (damaged,) = (reason for reason in found if reason["handle"] == "damaged")
    assert damaged["buyer"].startswith("Guten Tag, der Artikel ist beschädigt angekommen.")
    assert damaged["seller"].startswith("Guten Tag, der Schaden tut uns leid.")
    assert damaged["operator"] is None


async def test_keeping_them_again_changes_no_row(database: str) -> None:  # noqa: ARG001  (it needs the database)
    before = {row.id: (row.handle, row.labels) for row in await Reason.all()}

    await keep_reasons()

    after = {row.id: (row.handle, row.labels) for row in await Reason.all()}
    assert len(before) == len(REASONS)
    assert after == before


async def test_a_row_that_was_changed_is_brought_up_to_date(database: str) -> None:  # noqa: ARG001  (it needs the database)
    await Reason.filter(handle="damaged").update(labels={"en": "Broken"}, fault=Fault.NONE)

    await keep_reasons()

    row = await Reason.get(handle="damaged")
    assert row.labels == {"en": "It arrived damaged", "de": "Beschädigt angekommen"}
    assert row.fault is Fault.SELLER


async def test_a_row_of_the_marketplaces_own_stays(own_reason: Reason) -> None:
    await keep_reasons()

    kept = await Reason.get(id=own_reason.id)
    assert kept.labels == own_reason.labels
    assert await Reason.all().count() == len(REASONS) + 1
