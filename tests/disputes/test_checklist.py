"""Which evidence helps whom, as a table and in the API."""

import pytest

from ordergraph.disputes import evidence
from ordergraph.disputes.checklist import KNOWN, ROWS, USUAL, checklist, missing
from ordergraph.disputes.refusals import EvidenceRequired
from ordergraph.disputes.words import EvidenceType as T
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.models import ReasonContext
from seeds.reasons import REASONS
from tests.disputes.documents import opened
from tests.market import ADA, LAMPS, OLGA, Market

BUYER, SELLER, OPERATOR, *_ = Role
CHECKLIST = """
query Checklist($id: ID!) { dispute(id: $id) { evidenceChecklist {
  items { side type required provided } providedCount totalCount missing }
  evidence { nodes { type author { displayName } dispute { id } attachments { id } } } } }"""
ADD = """
mutation Add($id: ID!, $type: EvidenceType!) {
  disputeEvidenceAdd(input: {disputeId: $id, type: $type, note: "See."}) { __typename } }"""


def test_every_row_is_for_a_reason_that_there_is_and_names_nothing_twice() -> None:
    handles = {row.handle for row in REASONS if row.context is ReasonContext.DISPUTE}

    assert KNOWN - {USUAL} <= handles
    assert len({(reason, side) for reason, side, *_ in ROWS}) == len(ROWS)
    for _, _, needed, also in ROWS:
        assert len({*needed, *also}) == len(needed) + len(also)


def test_a_side_hears_of_its_own_part_and_the_office_of_both() -> None:
    parts = {role: set(checklist("damaged", role)) for role in (BUYER, SELLER, OPERATOR)}

    assert parts[OPERATOR] == parts[BUYER] | parts[SELLER]
    assert {item.side for item in parts[BUYER]} == {BUYER}
    assert checklist("a marketplace's own", BUYER) == checklist("other", BUYER) != []


def test_what_is_required_is_missing_until_that_side_shows_it() -> None:
    by_other = {(SELLER, T.PHOTO)}

    assert list(missing("damaged", BUYER, by_other)) == [T.PHOTO]
    assert list(missing("damaged", BUYER, by_other | {(BUYER, T.PHOTO)})) == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_is_refused_for_want_of_evidence_reads_a_sentence(language: str) -> None:
    assert EvidenceRequired([T.PHOTO]).sentence(language)


async def test_the_checklist_fills_as_evidence_comes(market: Market) -> None:
    id_ = (await opened(market))["id"]
    before = (await market.ask(ADA, CHECKLIST, id=id_))["dispute"]["evidenceChecklist"]
    await market.ask(ADA, ADD, id=id_, type="PHOTO")
    await market.ask(LAMPS, ADD, id=id_, type="PHOTO")

    after = (await market.ask(ADA, CHECKLIST, id=id_))["dispute"]
    office = (await market.ask(OLGA, CHECKLIST, id=id_))["dispute"]["evidenceChecklist"]

    assert (before["providedCount"], before["totalCount"], before["missing"]) == (0, 3, ["PHOTO"])
    assert after["evidenceChecklist"]["items"][0] == {
        "side": "BUYER", "type": "PHOTO", "required": True, "provided": True,
    }  # fmt: skip
    assert after["evidenceChecklist"]["missing"] == []
    assert [e["author"]["displayName"] for e in after["evidence"]["nodes"]] == [
        "Ada", "Nordic-Lamps",
    ]  # fmt: skip
    assert {e["dispute"]["id"] for e in after["evidence"]["nodes"]} == {id_}
    assert (office["totalCount"], office["missing"]) == (5, ["PROOF_OF_SHIPMENT"])


async def test_one_side_hands_in_so_much_and_no_more(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MOST", 2)
    id_ = (await opened(market))["id"]

    answers = [
        (await market.ask(ADA, ADD, id=id_, type="OTHER"))["disputeEvidenceAdd"]["__typename"]
        for _ in range(3)
    ]

    assert answers == ["DisputeEvidenceAddSuccess"] * 2 + ["InvalidInputError"]
