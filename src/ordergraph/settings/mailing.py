"""E-mail: by which server notifications go out, and from whom."""

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import MailAddress, SmtpUrl


class MailingSettings(BaseModel):
    smtp_url: SmtpUrl | None = Field(
        None,
        description="Where notifications are sent by e-mail, too: `smtps://user:password@host:465`, or"
        " `smtp://host:587`, which turns to TLS when the server offers it, and must with a password."
        " Needs the extra `ordergraph[smtp]`. Unset: no mails, and no address is kept.",
    )
    email_from: MailAddress = Field(
        "ordergraph@localhost", description="From whom e-mails are, an address alone."
    )
