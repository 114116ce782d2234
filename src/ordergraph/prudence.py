"""What an installation that faces the internet should not have: told by its settings alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ordergraph.infra.loopback import is_loopback
from ordergraph.settings import PREFIX, Settings

FEWEST_LETTERS: Final = 12
"""A random key of 32 bytes has more different letters than that, however it is written."""
ONLY_FOR_PLAY: Final = {
    "test_clock": "operators may move the clock forward",
    "graphiql": "everybody is shown GraphiQL",
    "introspection": "everybody may ask for the schema",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """A setting, and why it should be another."""

    what: str
    why: str


def advice(settings: Settings, *, real_money: bool) -> Iterator[Advice]:
    """What to look at again; nothing of it stops anything. Quotes no secret."""
    yield from _secrets(settings)
    if settings.metrics and settings.metrics_token is None and not is_loopback(settings.host):
        yield _of("metrics_token", "unset: /metrics is served to this machine alone")
    yield from _test_clock(settings)
    if not real_money:
        return
    for name, why in ONLY_FOR_PLAY.items():
        if getattr(settings, name):
            yield _of(name, f"true, and the gateway moves real money: {why}")
    if not settings.log_json:
        yield _of("log_json", "false: logs are for people to read, not for machines")
    if settings.public_url is None:
        yield _of("public_url", "unset: links lead to where the process listens")
    elif not settings.public_url.startswith("https://"):
        yield _of("public_url", "not https: links are sent, and followed, in the clear")


def _test_clock(settings: Settings) -> Iterator[Advice]:
    if settings.test_clock and not (is_loopback(settings.host) and settings.public_url is None):
        yield _of(
            "test_clock", "true, and others reach this process: operators may move time for all"
        )


def _secrets(settings: Settings) -> Iterator[Advice]:
    for name in ("jwt_secret", "metrics_token"):
        secret = getattr(settings, name)
        if secret is not None and len(set(secret.get_secret_value())) < FEWEST_LETTERS:
            yield _of(name, "easy to guess: make one with `openssl rand -base64 48`")


def _of(name: str, why: str) -> Advice:
    return Advice(PREFIX + name.upper(), why)
