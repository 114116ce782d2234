"""What every chapter of the long dispute needs: the case as it stands, moves, files, secrets."""

from collections.abc import Awaitable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ordergraph.tour import documents, links
from ordergraph.tour.client import Person
from ordergraph.tour.narrator import Step
from ordergraph.tour.play import Play
from ordergraph.tour.quarrel import documents as sent
from ordergraph.tour.seen import Seen

PHOTO: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
"""A picture of one gray dot."""


@dataclass(frozen=True, slots=True)
class Case:
    """Ada's newest purchase, and the dispute over it."""

    order: Seen
    dispute: Seen

    @property
    def id(self) -> str:
        return self.dispute.text("id")


async def newest(play: Play) -> Case:
    """The case as Ada finds it when she opens the app: each chapter takes it up from there."""
    found = await play.ada.ask(sent.NEWEST)
    order = next(found.each("viewer.purchases.nodes"))
    return Case(order, order.part("dispute"))


async def do(person: Person, document: str, case: Case, **more: object) -> Seen:
    """Make a move; the dispute as it stands then."""
    return (await person.do(document, disputeId=case.id, **more)).part("dispute")


async def look(person: Person, case: Case, language: str = "en") -> Seen:
    return (await person.ask(sent.LOOK, language, id=case.id)).part("dispute")


async def lines(person: Person, case: Case, language: str = "en") -> list[Seen]:
    """The thread, as this person reads it."""
    return list((await look(person, case, language)).each("messages.nodes"))


async def upload(person: Person, order: Seen, name: str, step: Step) -> Seen:
    """Announce the photo, send it to the link, confirm it."""
    announced = await person.do(
        sent.ATTACHMENT_CREATE,
        orderId=order.text("id"),
        fileName=name,
        contentType="image/png",
        size=len(PHOTO),
    )
    file = announced.part("attachment")
    step.promised("the file", file.text("status"), "AWAITING_UPLOAD")
    await links.put(person, file.part("upload"), PHOTO)
    done = await person.do(sent.ATTACHMENT_CONFIRM, attachmentId=file.text("id"))
    file = done.part("attachment")
    step.promised("the file", file.text("status"), "STORED")
    step.promised("its hash", file.text("sha256"), sha256(PHOTO).hexdigest())
    return file


async def unseen_by(watcher: Person, case: Case, step: Step, secret: Awaitable[Seen]) -> Seen:
    """Let happen what this person must not be able to tell from nothing."""
    before = await _all_of_it(watcher, case)
    done = await secret
    after = await _all_of_it(watcher, case)
    step.promised(f"all that {watcher.name} can see", after, before)
    return done


async def _all_of_it(person: Person, case: Case) -> list[object]:
    """The dispute with thread and timeline, and what the person was told about the order."""
    feed = await person.ask(documents.NOTIFICATIONS)
    order_id = case.order.text("id")
    told = [
        n.value for n in feed.each("viewer.notifications.nodes") if n.text("order.id") == order_id
    ]
    return [(await look(person, case)).value, told]
