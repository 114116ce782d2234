"""A mail server, by SMTP. Needs the extra `ordergraph[smtp]`, so it is imported only where it is used."""

from email.message import EmailMessage
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from ordergraph.notifications.mailing import NotMailed

WITHIN_S: Final = 15.0
PERMANENT: Final = 500
PORTS: Final = {"smtp": 587, "smtps": 465}


class Smtp:
    """One connection for each mail: there are few, and none is left open to time out."""

    def __init__(self, url: str, trust: SSLContext | None = None) -> None:
        parts = urlsplit(url)
        assert parts.hostname, "settings have checked it"
        self._with: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or PORTS[parts.scheme],
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "use_tls": parts.scheme == "smtps",
            # with a password TLS is a must; without one it is taken when it is offered
            "start_tls": False if parts.scheme == "smtps" else True if parts.username else None,
            "tls_context": trust,
            "timeout": WITHIN_S,
        }

    async def post(self, mail: EmailMessage) -> None:
        try:
            await aiosmtplib.send(mail, **self._with)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [one.code for one in refused.recipients]
            raise NotMailed("recipient refused", final=min(codes) >= PERMANENT) from None
        except aiosmtplib.SMTPResponseException as no:
            # whatever was said before the mail was shown is about us, and may be set right
            final = no.code >= PERMANENT and isinstance(no, aiosmtplib.SMTPDataError)
            raise NotMailed(f"{type(no).__name__} {no.code}", final=final) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            raise NotMailed(type(problem).__name__) from None

    async def aclose(self) -> None:
        """Nothing is open."""
