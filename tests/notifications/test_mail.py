"""Notifications by e-mail: to an address that a token named, in the person's language."""

import asyncio
import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from tortoise import connections

from ordergraph.identity.claims import Identity
from ordergraph.infra import embedded
from ordergraph.kernel.actor import Role
from ordergraph.notifications.mailing import Mailer, forget, written
from ordergraph.notifications.models import Acquaintance, Mail, Notification
from ordergraph.notifications.smtp import Smtp
from tests.market import ADA, LAMPS, NOON, Market, person
from tests.notifications.feed import cancel, tell, tell_all_again
from tests.outgoing.authority import authority

ADDRESS = "lamps@shop.example"
SET = """
mutation Set($wanted: Boolean!) {
  emailNotificationsSet(input: {wanted: $wanted}) {
    __typename ... on EmailNotificationsSetSuccess { emailNotifications }
  }
}"""
ASK = "{ viewer { emailNotifications } }"


@dataclass
class Server:
    """A mail server; `answers`: what it says to the next messages, then 250."""

    port: int = 0
    got: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refuse: str | None = None
    refuse_sender: str = ""
    secured: list[bool] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.mail_from = address
        return self.refuse_sender or "250 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, session: Session, envelope: Envelope
    ) -> str:
        said = self.answers.pop(0) if self.answers else "250 OK"
        if said.startswith("250"):
            content = envelope.original_content
            assert content is not None
            self.got.append((envelope, email.message_from_bytes(content, policy=policy.default)))
            self.secured.append(session.ssl is not None)
        return said


@contextmanager
def serving(server: Server, **how: Any) -> Iterator[Server]:
    server.port = server.port or embedded.free_port()
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **how)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as running:
        yield running


@pytest.fixture
async def known(market: Market) -> Market:
    """The seller has come, reading German, with an address."""
    who = Identity(LAMPS, "nordic-lamps", "Lamps", NOON + timedelta(days=365), email=ADDRESS)
    await market.desk.acquaintances.meet(who, "de")
    return market


def mailer(market: Market, port: int, url: str = "smtp://127.0.0.1:{}", **how: Any) -> Mailer:
    return Mailer(market.edge, Smtp(url.format(port), **how), "shop@ordergraph.example")


async def send(market: Market, port: int, **how: Any) -> list[bool]:
    """Do what the worker does, until nothing is due."""
    one, done = mailer(market, port, **how), []
    while (went := await one.send_one()) is not None:
        done.append(went)
    return done


async def states() -> list[tuple[str, int, str | None]]:
    rows = await Mail.all().order_by("created_at", "id")
    return [(row.status.value, row.attempts, row.problem) for row in rows]


async def test_what_is_told_is_mailed_once_in_the_language_of_the_person(
    known: Market, server: Server
) -> None:
    order = await known.place()
    await tell(known)
    await tell_all_again()
    await tell(known)

    assert await send(known, server.port) == [True]
    assert await send(known, server.port) == []

    ((envelope, mail),) = server.got
    assert envelope.rcpt_tos == [ADDRESS]
    assert mail["To"] == ADDRESS
    assert mail["From"] == "shop@ordergraph.example"
    assert mail["Subject"] == (
        f"Neue Bestellung {order.number} ist bezahlt und kann verschickt werden."
    )
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().startswith(mail["Subject"])
    (row,) = await Mail.all()
    assert mail["Message-ID"] == f"<{row.id}@ordergraph.example>"
    assert (row.status, row.sent_at) == ("SENT", known.clock.at)


async def test_who_said_no_gets_no_more_and_who_says_yes_again_does(
    known: Market, server: Server
) -> None:
    assert await known.ask(LAMPS, ASK) == {"viewer": {"emailNotifications": True}}
    await known.place()
    await tell(known)
    answered = await known.ask(LAMPS, SET, wanted=False)
    assert answered["emailNotificationsSet"]["emailNotifications"] is False
    await known.place()
    await tell(known)

    assert await send(known, server.port) == [True], "one was on its way already"
    assert server.got == []
    assert await states() == [("FAILED", 1, "nobody to send it to")]
    await known.ask(LAMPS, SET, wanted=True)
    assert await known.ask(LAMPS, ASK) == {"viewer": {"emailNotifications": True}}
    await known.place()
    await tell(known)
    assert await send(known, server.port) == [True]


async def test_who_has_no_address_gets_none_and_nobody_without_an_installation_that_sends(
    market: Market,
) -> None:
    market.desk.acquaintances.emails = False
    who = Identity(LAMPS, "nordic-lamps", "Lamps", NOON + timedelta(days=365), email=ADDRESS)
    await market.desk.acquaintances.meet(who, "de")
    await cancel(market, await market.place())
    await tell(market)

    assert await Mail.all().count() == 0
    assert await Acquaintance.all().count() == 0, "an address is kept only where it is used"


async def test_a_later_token_without_an_address_keeps_the_one_before(known: Market) -> None:
    both = person("nordic-lamps", Role.SELLER, Role.OPERATOR)
    who = Identity(both, "nordic-lamps", "Lamps", NOON + timedelta(days=365))

    await known.desk.acquaintances.meet(who, "en")

    (row,) = await Acquaintance.all()
    assert (row.email, row.language, row.operator_seen_at) == (ADDRESS, "en", known.clock.at)


@pytest.mark.parametrize("said", ["451 later", "421 busy"])
async def test_a_server_that_says_later_is_asked_again_and_then_no_more(
    known: Market, server: Server, said: str
) -> None:
    server.answers = [said] * 5
    await known.place()
    await tell(known)
    pauses = []
    for _ in range(5):
        assert await send(known, server.port) == [False]
        (row,) = await Mail.all()
        if row.next_attempt_at is not None:
            pauses.append(row.next_attempt_at - known.clock.at)
            known.clock.advance(pauses[-1])

    assert [pause.total_seconds() for pause in pauses] == [60, 600, 3600, 21_600]
    assert [(status, tries) for status, tries, _ in await states()] == [("FAILED", 5)]


async def test_a_refused_recipient_is_not_tried_again(known: Market, server: Server) -> None:
    server.refuse = "550 nobody of that name"
    await known.place()
    await tell(known)

    assert await send(known, server.port) == [False]

    assert await states() == [("FAILED", 1, "recipient refused")]


async def test_a_server_that_wants_nothing_of_us_loses_no_mail(
    known: Market, server: Server
) -> None:
    """What an operator sets right, such as a password, is no word about the mail."""
    server.refuse_sender = "530 5.7.0 Authentication required"
    await known.place()
    await tell(known)

    assert await send(known, server.port) == [False]
    assert await states() == [("PENDING", 1, "SMTPSenderRefused 530")]

    server.refuse_sender = ""
    known.clock.advance(timedelta(minutes=1))
    assert await send(known, server.port) == [True]


async def test_a_mail_that_the_server_will_not_have_is_not_tried_again(
    known: Market, server: Server
) -> None:
    server.answers = ["554 looks like spam"]
    await known.place()
    await tell(known)

    assert await send(known, server.port) == [False]

    assert await states() == [("FAILED", 1, "SMTPDataError 554")]


async def test_a_server_that_is_away_is_a_try(known: Market) -> None:
    await known.place()
    await tell(known)

    assert await send(known, embedded.free_port()) == [False]

    ((status, tries, problem),) = await states()
    assert (status, tries) == ("PENDING", 1)
    assert problem == "SMTPConnectError"


async def test_what_nobody_wants_any_more_keeps_no_other_mail_waiting(
    known: Market, server: Server
) -> None:
    """One round of the worker; a server that takes none is left alone until the next."""
    ada = Identity(ADA, "ada", "Ada", NOON + timedelta(days=365), email="ada@home.example")
    await known.desk.acquaintances.meet(ada, "en")
    for _ in range(3):
        await known.place()
    await tell(known)
    await known.ask(LAMPS, SET, wanted=False)
    known.clock.advance(timedelta(seconds=1))
    await cancel(known, await known.place(), LAMPS)
    await tell(known)
    one = mailer(known, server.port)

    while await one.send_one():
        pass

    assert {mail["To"] for _, mail in server.got} == {"ada@home.example"}
    assert {state for state, *_ in await states()} == {"FAILED", "SENT"}


async def test_two_workers_send_it_once(known: Market, server: Server) -> None:
    await known.place()
    await tell(known)

    await asyncio.gather(send(known, server.port), send(known, server.port))

    assert len(server.got) == 1


async def test_a_worker_that_was_lost_is_followed_by_one_with_the_same_message_id(
    known: Market, server: Server
) -> None:
    await known.place()
    await tell(known)
    await send(known, server.port)
    await connections.get("default").execute_query(
        "UPDATE mails SET status = 'PENDING', sent_at = NULL, claim = gen_random_uuid(),"
        " next_attempt_at = $1",
        [known.clock.at],
    )

    await send(known, server.port)

    first, second = (mail["Message-ID"] for _, mail in server.got)
    assert first == second


async def test_a_password_goes_out_only_under_tls(known: Market) -> None:
    trust, served = authority("127.0.0.1")

    def check(*args: Any) -> AuthResult:
        data = args[-1]
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (b"shop", b"s:cret"))

    await known.place()
    await tell(known)
    url = "smtp://shop:s%3Acret@127.0.0.1:{}"
    with serving(Server()) as plain:
        assert await send(known, plain.port, url=url, trust=trust) == [False]
        assert plain.got == []
    known.clock.advance(timedelta(minutes=1))
    how = {"tls_context": served, "require_starttls": True, "auth_required": True}
    with serving(Server(), authenticator=check, **how) as secured:
        assert await send(known, secured.port, url=url, trust=trust) == [True]
        assert secured.secured == [True]


async def test_tls_from_the_first_byte_checks_whose_certificate_it_is(known: Market) -> None:
    trust, served = authority("127.0.0.1")
    await known.place()
    await tell(known)
    with serving(Server(), ssl_context=served) as secured:
        stranger = ssl.create_default_context()
        url = "smtps://127.0.0.1:{}"
        assert await send(known, secured.port, url=url, trust=stranger) == [False]
        known.clock.advance(timedelta(minutes=1))
        assert await send(known, secured.port, url=url, trust=trust) == [True]


@pytest.mark.parametrize(
    "evil",
    [
        "a@b.example\r\nBcc: x@y.example",
        "a@b.example, x@y.example",
        '"a b"@c.example',
        "a@b\n",
        "ä@b.example",
        "a",
    ],
)
async def test_an_address_that_is_more_than_one_is_none(
    known: Market, server: Server, evil: str
) -> None:
    await Acquaintance.all().update(email=evil)
    await known.place()
    await tell(known)

    assert await send(known, server.port) == [True]

    assert server.got == []
    assert await states() == [("FAILED", 1, "nobody to send it to")]


def test_no_header_takes_a_line_end() -> None:
    row = Notification(
        type="webhook_endpoint.disabled", side=Role.OPERATOR, actor_role=Role.SYSTEM,
        subject="Shop\r\nBcc: x@y.example",
    )  # fmt: skip

    mail = written(row, ADDRESS, "en", "shop@ordergraph.example")

    assert mail["Bcc"] is None
    assert "Shop Bcc: x@y.example was disabled" in mail["Subject"]
    for header in ("To", "From", "Subject"):
        with pytest.raises(ValueError, match=r"linefeed|at most"):
            mail[header] = "a@b.example\r\nBcc: x@y.example"


async def test_after_thirty_days_mails_are_forgotten(known: Market) -> None:
    await known.place()
    await tell(known)
    known.clock.advance(timedelta(days=31))

    assert await forget(known.clock.at, limit=10) == 1
    assert await Mail.all().count() == 0
