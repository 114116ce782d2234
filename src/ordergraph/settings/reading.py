"""The environment, read once, out of the groups of variables beside this file."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, Self

from pydantic import (
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from ordergraph.infra import running
from ordergraph.kernel.limits import read_limits
from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import NUMBERS, about, most
from ordergraph.settings.files import FileSettings
from ordergraph.settings.identity import IdentitySettings
from ordergraph.settings.mailing import MailingSettings
from ordergraph.settings.money import MoneySettings
from ordergraph.settings.operating import OperatingSettings
from ordergraph.settings.outgoing import OutgoingSettings
from ordergraph.settings.protection import ProtectionSettings
from ordergraph.settings.serving import ServingSettings
from ordergraph.settings.sockets import SocketSettings
from ordergraph.settings.web import WebSettings

PREFIX = "ORDERGRAPH_"
POLICY_PREFIX = "ORDERGRAPH_POLICY__"
OPTIONS = {f"{PREFIX}{what.upper()}__": what for what in ("gateway_options", "storage_options")}
"""Variables that begin so are taken as they are, for whom the field is named after."""
SECRET = frozenset(
    {
        *("database_url", "replica_url", "redis_url"),
        *("jwt_secret", "metrics_token", "webhook_secret_key", "smtp_url"),
    }
)
"""Values that no message may quote."""


class SettingsError(Exception):
    """What is wrong with the environment, in one line that quotes no secret."""


class Servers(NamedTuple):
    """Where the state is kept."""

    database_url: str
    redis_url: str


def _number(name: str) -> Any:
    """A number of the policy, with its type, its meaning and its limits."""
    if most(name) is True:
        return bool | None, Field(None, description=about(name))
    return int | None, Field(None, ge=0, le=most(name), description=about(name))


PolicyOverrides = create_model(
    "PolicyOverrides",
    __config__=ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True),
    __doc__="Numbers of the policy that this installation wants otherwise; times in seconds.",
    **{name: _number(name) for name in NUMBERS},
)


class Settings(
    OperatingSettings,  # pydantic takes the fields of the last base first: so the table begins below
    SocketSettings,
    ProtectionSettings,
    WebSettings,
    MailingSettings,
    OutgoingSettings,
    FileSettings,
    MoneySettings,
    IdentitySettings,
    ServingSettings,
    BaseSettings,
):
    """How one process runs. `load` reads it from an environment; nothing here does by itself."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    policy: PolicyOverrides = Field(
        default_factory=PolicyOverrides, description="Numbers of the policy, overridden."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings names the arguments
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Self:
        """Options are taken as they are: pydantic would read JSON into them."""
        source = EnvSettingsSource(cls)
        given = {name.upper(): text for name, text in env.items() if text}
        options: dict[str, dict[str, str]] = {field: {} for field in OPTIONS.values()}
        for name in filter(_is_option, list(given)):
            prefix = next(p for p in OPTIONS if name.startswith(p))
            options[OPTIONS[prefix]][name.removeprefix(prefix).lower()] = given.pop(name)
        source.env_vars = {name.lower(): text for name, text in given.items()}
        return cls.model_validate(source() | options)

    def told_gateway(self) -> dict[str, str]:
        """The options of the chosen gateway; the sandbox's delay has a variable of its own."""
        own = {"delay_s": str(self.sandbox_delay_s)} if self.gateway == "sandbox" else {}
        return own | {name: text.get_secret_value() for name, text in self.gateway_options.items()}

    def told_storage(self) -> dict[str, str]:
        """The options of the chosen storage."""
        return {name: text.get_secret_value() for name, text in self.storage_options.items()}

    def limits(self) -> dict[str, Money]:
        """Above which amount a decision needs a second operator, by currency."""
        return read_limits(self.second_operator_over)

    def servers(self) -> Servers:
        """Both addresses; a SettingsError when one is missing."""
        for name in ("database_url", "redis_url"):
            if getattr(self, name) is None:
                raise SettingsError(
                    f"{PREFIX}{name.upper()} is not set and no `ordergraph dev` runs here"
                )
        assert self.database_url is not None
        assert self.redis_url is not None
        return Servers(self.database_url, self.redis_url)


def known() -> dict[str, FieldInfo]:
    """Every variable there is, by its full name, in the order of the table in the README."""
    flat = {PREFIX + name.upper(): field for name, field in Settings.model_fields.items()}
    del flat[PREFIX + "POLICY"]
    flat = {n + "__…" if n + "__" in OPTIONS else n: f for n, f in flat.items()}
    policy = PolicyOverrides.model_fields.items()
    return flat | {POLICY_PREFIX + name.upper(): field for name, field in policy}


def load(env: Mapping[str, str], *, join_dev: bool = True) -> Settings:
    """Settings out of `env`; without a database in it, `ordergraph dev`'s note fills the gaps.

    Raises SettingsError for a variable that does not exist or does not parse.
    """
    given = {name.upper(): text for name, text in env.items() if name.upper().startswith(PREFIX)}
    _refuse_unknown(given)
    settings = _parse(given)
    if settings.database_url is not None or not join_dev:
        return settings
    return _parse(running.read(settings.data_dir) | given)


@cache
def settings() -> Settings:
    """The settings of this process."""
    return load(os.environ)


def _parse(given: Mapping[str, str]) -> Settings:
    try:
        return Settings.of(given)
    except ValidationError as wrong:
        raise SettingsError(_one_line(wrong, given)) from None


def _refuse_unknown(given: Mapping[str, str]) -> None:
    names = [name.removeprefix(PREFIX) for name in known()]
    ours = {name.removeprefix(PREFIX) for name in given if not _is_option(name)}
    unknown = sorted(ours - set(names))
    for name in unknown[:1]:
        near = get_close_matches(name, names, n=1)
        advice = f": did you mean {PREFIX}{near[0]}?" if near else ""
        raise SettingsError(f"unknown setting {PREFIX}{name}{advice}")


def _is_option(name: str) -> bool:
    """Only the gateway, or the storage, knows which of these there are."""
    return any(name.startswith(prefix) and name != prefix for prefix in OPTIONS)


def _one_line(wrong: ValidationError, given: Mapping[str, str]) -> str:
    lines = []
    for error in wrong.errors(include_url=False, include_input=False, include_context=False):
        field = str(error["loc"][0])
        name = PREFIX + "__".join(str(part) for part in error["loc"]).upper()
        value = "" if field in SECRET else f"={given.get(name, '')!r}"
        lines.append(f"{name}{value}: {error['msg'].removeprefix('Value error, ')}")
    return "; ".join(lines)
