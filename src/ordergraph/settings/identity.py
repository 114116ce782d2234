"""Whose tokens are believed."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from ordergraph.kernel.roles import checked_grants, checked_roles
from ordergraph.settings.kinds import JwtSecret, Seconds, Span, WebUrl


class IdentitySettings(BaseModel):
    jwt_secret: JwtSecret | None = Field(
        None,
        description="Key of our own bearer tokens (HS256) and of links to files, at least 32 bytes.",
    )
    jwt_issuer: str = Field("ordergraph", description="Who must have issued a token (`iss`).")
    jwt_audience: str = Field("ordergraph", description="Whom a token must be meant for (`aud`).")
    jwt_own: bool = Field(
        default=True,
        description="Whether tokens are believed that are signed with our own secret. False: only the"
        " identity provider's.",
    )
    jwt_leeway_s: int = Field(
        5, ge=0, le=60, description="How far a token's beginning may lie ahead of our clock."
    )
    oidc_issuer: WebUrl | None = Field(
        None,
        description="An identity provider (OpenID Connect) whose tokens are believed, as its tokens"
        " name it (`iss`): see docs/identity.md.",
    )
    jwks_url: WebUrl | None = Field(
        None, description="Where its keys are. Unset: where its discovery document says."
    )
    oidc_audience: str | None = Field(
        None, description="Whom its tokens must be meant for. Unset: as for our own."
    )
    oidc_algorithms: str = Field(
        "RS256,ES256,EdDSA", description="By which algorithms they may be signed."
    )
    oidc_roles_claim: str = Field(
        "roles",
        description="Which claim lists the roles: its name, or its path such as `realm_access.roles`.",
    )
    oidc_roles: Annotated[str, AfterValidator(checked_grants)] = Field(
        "BUYER=BUYER,SELLER=SELLER,OPERATOR=OPERATOR",
        description="What the provider's names of roles grant: `shopper=BUYER,staff=OPERATOR`.",
    )
    oidc_without_roles: Annotated[str, AfterValidator(checked_roles)] = Field(
        "",
        description="What tokens without that claim grant, such as `BUYER`. Unset: they are refused.",
    )
    oidc_name_claim: str = Field("name", description="Which claim is the name to show.")
    oidc_email_claim: str = Field("email", description="Which claim is the address for e-mails.")
    jwks_lifetime_s: Span = Field(
        600, description="How often the provider's keys are fetched again, in seconds."
    )
    jwks_cooldown_s: Seconds = Field(
        10, description="How long after a fetch the next one may follow, for whatever cause."
    )
    jwks_stale_s: Span = Field(
        86_400, description="While the provider is away: how long its last keys are good."
    )
