"""Whose tokens an installation believes: its settings in, one authenticator out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import httpx

from ordergraph.identity.authenticator import Authenticator, ByIssuer
from ordergraph.identity.claims import Reading
from ordergraph.identity.jwks import FITS, KeyRing, Patience
from ordergraph.identity.provider import Provider, Source, line
from ordergraph.identity.remembering import Remembering
from ordergraph.identity.revoking import Revoking
from ordergraph.identity.signed import Rules
from ordergraph.infra.hub import Hub
from ordergraph.infra.meanwhile import meanwhile
from ordergraph.kernel.roles import read_grants, read_roles
from ordergraph.settings import PREFIX, Settings, SettingsError
from ordergraph.wiring import tokens_of

NOWHERE: Final = (
    f"{PREFIX}JWKS_URL is set, but {PREFIX}OIDC_ISSUER does not say whose keys these are"
)
NOBODY_BELIEVED: Final = (
    f"{PREFIX}JWT_OWN is false and there is no {PREFIX}OIDC_ISSUER: no token is good"
)
ONE_NAME: Final = f"{PREFIX}OIDC_ISSUER and {PREFIX}JWT_ISSUER are one: no token says who signed it"


@asynccontextmanager
async def authenticating(settings: Settings, hub: Hub) -> AsyncIterator[Authenticator]:
    """Check tokens for as long as the block lasts: keys are kept fresh, and revocations known.

    Raises SettingsError.
    """
    async with _believing(settings) as believing:
        revoking = Revoking(believing, hub)
        await revoking.revocations.read()
        async with meanwhile(revoking.keep_reading):
            yield revoking


@asynccontextmanager
async def _believing(settings: Settings) -> AsyncIterator[Authenticator]:
    refuse_unusable(settings)
    issuers: dict[str, Authenticator] = {}
    if settings.jwt_own:
        issuers[settings.jwt_issuer] = tokens_of(settings)
    if settings.oidc_issuer is None:
        yield Remembering(ByIssuer(issuers))
        return
    async with line() as http:
        provider = provider_of(settings, settings.oidc_issuer, http)
        async with meanwhile(provider.ring.keep_fresh):
            issuers[settings.oidc_issuer] = provider
            yield Remembering(ByIssuer(issuers), provider.ring.epoch)


def refuse_unusable(settings: Settings) -> None:
    """Raise SettingsError for settings that contradict each other."""
    if settings.oidc_issuer is None:
        if settings.jwks_url is not None:
            raise SettingsError(NOWHERE)
        if not settings.jwt_own:
            raise SettingsError(NOBODY_BELIEVED)
    elif settings.jwt_own and settings.oidc_issuer == settings.jwt_issuer:
        raise SettingsError(ONE_NAME)
    _algorithms(settings)


def provider_of(settings: Settings, issuer: str, http: httpx.AsyncClient) -> Provider:
    """The identity provider, with a ring that holds no keys yet."""
    patience = Patience(settings.jwks_lifetime_s, settings.jwks_cooldown_s, settings.jwks_stale_s)
    absent = settings.oidc_without_roles
    return Provider(
        rules=Rules(
            issuer,
            settings.oidc_audience or settings.jwt_audience,
            timedelta(seconds=settings.jwt_leeway_s),
        ),
        ring=KeyRing(Source(http, issuer, settings.jwks_url), patience),
        algorithms=_algorithms(settings),
        reading=Reading(
            roles_claim=settings.oidc_roles_claim,
            name_claim=settings.oidc_name_claim,
            email_claim=settings.oidc_email_claim,
            roles=read_grants(settings.oidc_roles),
            without_roles=read_roles(absent) if absent else None,
        ),
    )


async def keys_found(settings: Settings) -> str:
    """What a look at the provider's keys comes to; raises KeysAway."""
    if settings.oidc_issuer is None:
        return "no identity provider is set"
    async with line() as http:
        keys = await Source(http, settings.oidc_issuer, settings.jwks_url)()
    able = [a for a in _algorithms(settings) if any(key.is_for(a) for key in keys)]
    return f"{len(keys)} keys of {settings.oidc_issuer}, for {', '.join(able) or 'nothing'}"


def _algorithms(settings: Settings) -> list[str]:
    named = [name.strip() for name in settings.oidc_algorithms.split(",") if name.strip()]
    if not named or not FITS.keys() >= set(named):
        raise SettingsError(f"{PREFIX}OIDC_ALGORITHMS should be some of {', '.join(FITS)}")
    return named
