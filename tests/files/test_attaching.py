"""Hanging files on messages and evidence: one's own, of this order, ready, once."""

import pytest
from tortoise import connections

from ordergraph.files.models import Attachment
from tests.disputes.documents import moved, opened
from tests.files.filing import PNG, Desk
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, gid


async def test_what_hangs_on_a_message_is_seen_and_had_by_all_who_see_the_message(
    desk: Desk,
) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    files = [await desk.stored(order.id, fileName=f"{n}.png") for n in (1, 2)]

    sent = await desk.send(dispute_id, files[1]["id"], files[0]["id"])

    shown = sent["edge"]["node"]["attachments"]
    assert [file["fileName"] for file in shown] == ["2.png", "1.png"]
    assert shown[0]["expiresAt"] is None
    for who, sees in ((ADA, True), (LAMPS, True), (OLGA, True), (BEN, False), (PAPER, False)):
        found = await desk.node(who, files[0]["id"])
        assert (found is not None) is sees
        if found is not None:
            assert (await desk.door.get(found["download"]["url"])).content == PNG


async def test_evidence_is_handed_in_with_files_and_told_to_the_other_side(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    file = await desk.stored(order.id, LAMPS)

    done = await desk.show(dispute_id, file["id"], who=LAMPS, note="As sent.")

    evidence = done["edge"]["node"]
    assert (evidence["type"], evidence["authorRole"], evidence["note"]) == (
        "PHOTO", "SELLER", "As sent.",
    )  # fmt: skip
    assert [f["sha256"] for f in evidence["attachments"]] == [file["sha256"]]


async def test_what_cannot_be_attached_is_refused_and_nothing_is_sent(desk: Desk) -> None:
    order, other = await desk.delivered(), await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    used, mine = await desk.stored(order.id), await desk.stored(order.id)
    await desk.send(dispute_id, used["id"])
    # fmt: off
    cases = {
        "NotFoundError": [
            (await desk.stored(order.id, LAMPS))["id"],              # the other side's
            (await desk.stored(other.id))["id"],                     # another order's
            gid("Attachment", order.id),                             # nobody's
            dispute_id,                                              # no file
        ],
        "AttachmentNotReadyError": [(await desk.announced(order.id))["attachment"]["id"]],
        "AttachmentInUseError": [used["id"]],
    }
    # fmt: on

    before = await Attachment.all().order_by("id").values()
    for expected, ids in cases.items():
        for id_ in ids:
            for way in (desk.send, desk.show):
                assert (await way(dispute_id, mine["id"], id_))["__typename"] == expected

    assert await Attachment.all().order_by("id").values() == before


async def test_no_more_than_so_many_hang_on_one_thing_and_none_twice(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    ids = [(await desk.stored(order.id))["id"] for _ in range(4)]

    for way in (desk.send, desk.show):
        assert (await way(dispute_id, *ids))["__typename"] == "TooManyAttachmentsError"
        assert (await way(dispute_id, ids[0], ids[0]))["__typename"] == "InvalidInputError"
        assert (await way(dispute_id, ids[0]))["__typename"].endswith("Success")
        ids = [*ids[1:], (await desk.stored(order.id))["id"]]


async def test_evidence_says_something_and_ends_with_the_dispute(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    file = await desk.stored(order.id)

    empty = await desk.show(dispute_id)
    by_office = await desk.show(dispute_id, who=OLGA, note="Mine.")
    by_stranger = await desk.show(dispute_id, who=BEN, note="Mine.")
    await moved(desk.market, ADA, "disputeWithdraw", dispute_id)
    late = await desk.show(dispute_id, file["id"])

    assert (empty["__typename"], empty["field"]) == ("InvalidInputError", "note")
    assert by_office["__typename"] == "NotAllowedError"
    assert by_stranger["__typename"] == "NotFoundError"
    assert late["__typename"] == "DisputeAlreadyDecidedError"


async def test_the_database_lets_nobody_change_what_was_shown(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    await desk.show(dispute_id, (await desk.stored(order.id))["id"])

    for sql in (
        "UPDATE evidence SET note = 'x'",
        "DELETE FROM evidence",
        "UPDATE attachments SET sha256 = 'x'",
        "DELETE FROM attachments",
    ):
        with pytest.raises(Exception, match="append-only"):
            await connections.get("default").execute_query_dict(sql)


async def test_a_refused_message_leaves_its_files_as_they_were(desk: Desk) -> None:
    order = await desk.delivered()
    dispute_id = (await opened(desk.market, order))["id"]
    file = await desk.stored(order.id)
    await moved(desk.market, ADA, "disputeWithdraw", dispute_id)

    assert (await desk.send(dispute_id, file["id"]))["__typename"] == "DisputeAlreadyDecidedError"
    assert (await Attachment.get()).attached_at is None
