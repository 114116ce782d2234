"""Sending notifications by e-mail: claim, send outside any transaction, record. Nothing waits for it.

A mail that was sent and not recorded, because the worker was lost, is sent again under the same
Message-ID. A server that is away costs tries, of which there are five.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final, Protocol
from uuid import UUID

import structlog
from tortoise import connections
from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Edge, Tx
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.ids import short
from ordergraph.kernel.language import say
from ordergraph.kernel.text import is_mail_address
from ordergraph.notifications import queries
from ordergraph.notifications.lines import line
from ordergraph.notifications.models import Acquaintance, Mail, Notification
from ordergraph.notifications.process import MAIL_KEPT, MailStatus, mail_again_after

LEASE: Final = timedelta(seconds=90)

FOOTER: Final = {
    "en": "You get this because you take part in an order. To get no more: emailNotificationsSet, or"
    " the settings of the shop.",
    "de": "Sie erhalten dies, weil Sie an einer Bestellung beteiligt sind. Abbestellen:"
    " emailNotificationsSet oder die Einstellungen des Shops.",
}

# fmt: off
DUE: Final = """
SELECT id FROM mails WHERE status = 'PENDING' AND next_attempt_at <= $1
ORDER BY next_attempt_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"""
# fmt: on

log = structlog.get_logger(__name__)


class NotMailed(Exception):
    """`what`: the kind of problem. `final`: the server will not take this one, ever."""

    def __init__(self, what: str, *, final: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.final = final


class Postbox(Protocol):
    """Takes mails; raises NotMailed."""

    async def post(self, mail: EmailMessage) -> None: ...
    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one mail until the lease is over; `to` is None when nobody wants it any more."""

    mail_id: UUID
    claim: UUID
    notification: Notification
    to: Acquaintance | None


@dataclass(frozen=True, slots=True)
class Mailer:
    """Who sends mails, one after the other, from whom."""

    edge: Edge
    postbox: Postbox
    sender: str

    async def send_one(self) -> bool | None:
        """Send the mail that is due for longest; say whether the next one may be tried, which a server
        that did not take this one is not asked to. None: none is due.
        """
        async with self.edge.transaction(SYSTEM) as tx:
            claim = await _claim(tx)
        if claim is None:
            return None
        asked, problem = False, None
        try:
            mail = self._written(claim)
            asked = True
            await self.postbox.post(mail)
        except NotMailed as no:
            problem = no
            log.warning("mail.not_sent", mail=short(claim.mail_id), problem=no.what)
        async with self.edge.transaction(SYSTEM) as tx:
            await _record(tx, claim, problem)
        return problem is None or not asked

    def _written(self, claim: Claim) -> EmailMessage:
        person = claim.to
        if person is None or person.email is None or not is_mail_address(person.email):
            raise NotMailed("nobody to send it to", final=True)
        try:
            mail = written(claim.notification, person.email, person.language, self.sender)
        except (ValueError, MessageError):
            raise NotMailed("cannot be written", final=True) from None
        host = self.sender.rpartition("@")[2]
        mail["Message-ID"] = f"<{claim.mail_id}@{host}>"
        return mail


def written(row: Notification, to: str, language: str, sender: str) -> EmailMessage:
    """A plain text out of sentences of ours; in a header it is one line, whatever it names."""
    said = " ".join(line(row, language).split())
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(addr_spec=sender)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = said
    mail["Date"] = datetime.now(UTC)  # the machine's own: mail servers compare it with theirs
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(f"{said}\n\n-- \n{say(FOOTER, language, {})}\n")
    return mail


async def _claim(tx: Tx) -> Claim | None:
    rows = await connections.get("default").execute_query_dict(DUE, [tx.now])
    if not rows:
        return None
    mail = await Mail.get(id=rows[0]["id"])
    mail.claim, mail.attempts, mail.next_attempt_at = uuid7(), mail.attempts + 1, tx.now + LEASE
    await mail.save(update_fields=["claim", "attempts", "next_attempt_at"])
    row = await Notification.get(id=mail.notification_id)
    assert mail.claim is not None, "just set"
    return Claim(mail.id, mail.claim, row, await queries.reader(row, tx.now))


async def _record(tx: Tx, claim: Claim, problem: NotMailed | None) -> None:
    """What became of it, if the claim is still ours."""
    held = Mail.select_for_update(no_key=True)
    mail = await held.get_or_none(id=claim.mail_id, claim=claim.claim)
    if mail is None:
        return
    mail.claim, mail.problem = None, problem.what[:200] if problem else None
    pause = mail_again_after(mail.attempts) if problem and not problem.final else None
    if problem is None:
        mail.status, mail.sent_at = MailStatus.SENT, tx.now
    elif pause is None:
        mail.status = MailStatus.FAILED
    mail.next_attempt_at = tx.now + pause if pause else None
    await mail.save(update_fields=["status", "claim", "problem", "next_attempt_at", "sent_at"])


async def forget(now: datetime, *, limit: int) -> int:
    """Forget one batch of mails that are thirty days old, sent or not; say how many."""
    async with in_transaction():
        old = Mail.filter(created_at__lt=now - MAIL_KEPT).order_by("created_at").limit(limit)
        held = await old.select_for_update(skip_locked=True).only("id")
        ids = [row.id for row in held]
        if ids:
            await Mail.filter(id__in=ids).delete()
    return len(ids)
