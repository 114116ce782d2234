"""Webhooks out: whom we may call, and with whose secret."""

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import Count, FernetKeys, Seconds


class OutgoingSettings(BaseModel):
    webhook_secret_key: FernetKeys | None = Field(
        None,
        description="Encrypts the secrets of webhook endpoints: 32 random bytes as base64. Several,"
        " with commas between: the first encrypts, all decrypt. Unset: no endpoint can be made.",
    )
    webhook_allow_private: bool = Field(
        default=False,
        description="Whether webhooks may go to addresses of private networks, to any port and"
        " without TLS; for development.",
    )
    webhook_timeout_s: Seconds = Field(
        15, description="How long an endpoint may take for its whole answer, in seconds."
    )
    webhook_lease_s: Seconds = Field(
        60, description="After how long the half-done delivery of a lost worker is taken up again."
    )
    webhook_at_once: Count = Field(
        20, description="How many webhooks a worker sends at once; to one endpoint a quarter of it."
    )
