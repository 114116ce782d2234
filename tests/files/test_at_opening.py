"""Evidence that comes with the opening: there before a rule answers, checked like any other, or nothing."""

from typing import Any

import pytest

from ordergraph.disputes.models import Dispute, Message
from ordergraph.disputes.rules.actions import publish
from ordergraph.disputes.rules.process import Rule
from ordergraph.kernel.actor import Actor
from ordergraph.notifications.models import Notification
from ordergraph.orders.models import Order
from tests.disputes.court import act, told
from tests.disputes.documents import moved, opened
from tests.files.filing import Desk
from tests.market import ADA, LAMPS, OLGA, gid
from tests.notifications.feed import tell
from tests.watching import snapshot

OPEN = """
mutation Open($input: DisputeOpenInput!) {
  disputeOpen(input: $input) {
    __typename
    ... on DisputeOpenSuccess { dispute { id status messageCount
      evidence { nodes { type note authorRole author { displayName } attachments { fileName } } }
      evidenceChecklist { missing providedCount } } }
    ... on UserError { message } ... on InvalidInputError { field }
    ... on TooManyAttachmentsError { most } ... on AttachmentInUseError { fileName }
    ... on AttachmentNotReadyError { fileName } ... on IdempotencyError { retryable } } }"""
SEEN = """query Seen($id: ID!) { dispute(id: $id) {
  evidence { nodes { note } } evidenceChecklist { missing } } }"""
GRANT_ALL = Rule(currency="EUR", accept_up_to_minor=10_000, offer_to_keep=True)


def piece(*files: str, note: str = "", type_: str = "PHOTO") -> dict[str, Any]:
    return {"type": type_, "note": note, "attachmentIds": list(files)}


def asked_for(order: Order, *evidence: dict[str, Any], **other: Any) -> dict[str, Any]:
    usual = {
        "orderId": gid("Order", order.id),
        "reasonHandle": "damaged",
        "description": "It broke.",
        "amount": "84.70",
        "asked": "REFUND_ONLY",
        "evidence": list(evidence),
    }
    return usual | other


async def opens(
    desk: Desk, given: dict[str, Any], who: Actor = ADA, key: str | None = None
) -> dict[str, Any]:
    keyed = {"key": key} if key else {}
    answer: dict[str, Any] = await desk.market.ask(who, OPEN, **keyed, input=given)
    result: dict[str, Any] = answer["disputeOpen"]
    return result


async def test_what_comes_with_the_opening_is_evidence_like_any_other(desk: Desk) -> None:
    order = await desk.delivered()
    file = await desk.stored(order.id, fileName="crack.png")

    said = piece(note="It smelled.", type_="OTHER")
    done = await opens(desk, asked_for(order, piece(file["id"]), said))

    dispute = done["dispute"]
    author = {"authorRole": "BUYER", "author": {"displayName": "Ada"}}
    assert dispute["evidence"]["nodes"] == [
        {"type": "PHOTO", "note": "", "attachments": [{"fileName": "crack.png"}], **author},
        {"type": "OTHER", "note": "It smelled.", "attachments": [], **author},
    ]
    assert dispute["evidenceChecklist"] == {"missing": [], "providedCount": 1}
    assert dispute["messageCount"] == 2
    assert (await told(order.id))[-3:] == ["dispute.opened", *["dispute.evidence_added"] * 2]
    assert await desk.node(LAMPS, file["id"]) is not None


async def test_the_seller_is_told_of_it_as_of_evidence_that_comes_later(desk: Desk) -> None:
    async def news() -> list[str]:
        await tell(desk.market)
        rows = Notification.filter(user_id=LAMPS.user_id, type__startswith="dispute.")
        return sorted([row.type for row in await rows])

    later = await opens(desk, asked_for(await desk.delivered()))
    await desk.show(later["dispute"]["id"], note="Here.")
    before = await news()

    await opens(desk, asked_for(await desk.delivered(), piece(note="Here.")))

    assert await news() == sorted(before * 2)


@pytest.mark.parametrize("asked", ["REFUND_ONLY", "RETURN_AND_REFUND"])
async def test_it_is_there_before_a_rule_of_the_seller_s_ends_the_dispute(
    desk: Desk, asked: str
) -> None:
    order = await desk.delivered()
    file = await desk.stored(order.id)
    await act(desk.market, LAMPS, publish, [GRANT_ALL])

    done = await opens(desk, asked_for(order, piece(file["id"], note="The crack."), asked=asked))

    dispute = done["dispute"]
    assert dispute["status"] == "RESOLVED"
    rows = await Message.all().order_by("position")
    assert [row.event_type for row in rows] == [
        "dispute.evidence_added",
        "dispute.accepted_by_rule",
    ]
    for who in (ADA, LAMPS, OLGA):
        seen = (await desk.market.ask(who, SEEN, id=dispute["id"]))["dispute"]
        assert [each["note"] for each in seen["evidence"]["nodes"]] == ["The crack."]
    assert (await desk.show(dispute["id"], note="Late."))["__typename"] == (
        "DisputeAlreadyDecidedError"
    )


async def test_what_could_not_be_added_later_does_not_come_with_it_either(desk: Desk) -> None:
    order, other = await desk.delivered(), await desk.delivered()
    mine, used = await desk.stored(order.id), await desk.stored(other.id)
    await desk.send((await opened(desk.market, other))["id"], used["id"])
    many = [(await desk.stored(order.id))["id"] for _ in range(4)]
    waiting = (await desk.announced(order.id))["attachment"]["id"]
    # fmt: off
    cases = [
        (piece((await desk.stored(order.id, LAMPS))["id"]),  "NotFoundError"),            # the other side's
        (piece((await desk.stored(other.id))["id"]),         "NotFoundError"),            # another order's
        (piece(gid("Attachment", order.id)),                 "NotFoundError"),            # nobody's
        (piece(gid("Order", order.id)),                      "NotFoundError"),            # no file
        (piece(waiting),                                     "AttachmentNotReadyError"),
        (piece(mine["id"]),                                  "AttachmentInUseError"),     # in another piece
        (piece(*many),                                       "TooManyAttachmentsError"),
        (piece(many[0], many[0]),                            "InvalidInputError"),
        (piece(),                                            "InvalidInputError"),
        (piece(note="x" * 1_001),                            "InvalidInputError"),
    ]
    # fmt: on

    before = await snapshot()
    for wrong, expected in cases:
        answer = await opens(desk, asked_for(order, piece(mine["id"]), wrong))
        assert answer["__typename"] == expected, wrong
    assert await snapshot() == before
    empty = await opens(desk, asked_for(order, piece(mine["id"]), piece()))
    assert empty["field"] == "evidence.1.note"
    assert (await opens(desk, asked_for(order, piece(mine["id"]))))["dispute"]


async def test_twenty_pieces_come_with_it_and_no_more(desk: Desk) -> None:
    order = await desk.delivered()
    before = await snapshot()

    too_many = await opens(desk, asked_for(order, *[piece(note="Look.")] * 21))

    assert (too_many["__typename"], too_many["field"]) == ("InvalidInputError", "evidence")
    assert await snapshot() == before
    done = await opens(desk, asked_for(order, *[piece(note="Look.")] * 20))
    assert done["dispute"]["messageCount"] == 20


async def test_a_dispute_that_cannot_be_opened_leaves_its_files_as_they_were(desk: Desk) -> None:
    order = await desk.delivered()
    file = await desk.stored(order.id)
    await act(desk.market, LAMPS, publish, [GRANT_ALL])
    before = await snapshot()

    refused = [
        await opens(desk, asked_for(order, piece(file["id"]), **wrong))
        for wrong in ({"amount": "84.71"}, {"reasonHandle": "none"}, {"description": " "})
    ]

    assert [answer["__typename"] for answer in refused] == [
        "AmountTooHighError",
        "InvalidInputError",
        "InvalidInputError",
    ]
    assert await snapshot() == before


async def test_a_second_dispute_begins_without_the_first_one_s_evidence(desk: Desk) -> None:
    order = await desk.delivered()
    first = await opens(desk, asked_for(order, piece(note="Look.")))
    await moved(desk.market, ADA, "disputeWithdraw", first["dispute"]["id"])

    second = await opens(desk, asked_for(order))

    assert second["dispute"]["evidence"]["nodes"] == []
    assert second["dispute"]["evidenceChecklist"]["missing"] == ["PHOTO"]


async def test_the_same_key_shows_it_once_and_another_piece_is_another_request(desk: Desk) -> None:
    order = await desk.delivered()
    file = await desk.stored(order.id)
    given = asked_for(order, piece(file["id"], note="The crack."))
    first = await opens(desk, given, key="a key")
    before = await snapshot()

    again = await opens(desk, given, key="a key")
    other = await opens(desk, asked_for(order, piece(file["id"], note="A hole.")), key="a key")

    assert again == first
    assert (other["__typename"], other["retryable"]) == ("IdempotencyError", False)
    assert await snapshot() == before
    assert await Dispute.all().count() == 1
