"""Whose tokens are believed."""

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import JwtSecret


class IdentitySettings(BaseModel):
    jwt_secret: JwtSecret | None = Field(
        None, description="Key of the bearer tokens (HS256), at least 32 bytes."
    )
    jwt_issuer: str = Field("ordergraph", description="Who must have issued a token (`iss`).")
    jwt_audience: str = Field("ordergraph", description="Whom a token must be meant for (`aud`).")
