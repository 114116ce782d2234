"""The environment, read once: every `ORDERGRAPH_*` variable, its type, its default, its meaning."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
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
from ordergraph.kernel.limits import checked_limits, read_limits
from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import NUMBERS, about, most

PREFIX = "ORDERGRAPH_"
POLICY_PREFIX = "ORDERGRAPH_POLICY__"
OPTIONS = {f"{PREFIX}{what.upper()}__": what for what in ("gateway_options", "storage_options")}
"""Variables that begin so are taken as they are, for whom the field is named after."""
SECRET = frozenset({"database_url", "redis_url", "jwt_secret"})  # values that no message may quote
SECRET_BYTES = 32  # RFC 7518 §3.2: an HS256 key is at least as long as the hash


class SettingsError(Exception):
    """What is wrong with the environment, in one line that quotes no secret."""


def _postgres(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgres", "postgresql"} or not rest:
        raise ValueError("should look like postgres://user:password@host:5432/name")
    return f"postgres://{rest}"  # Tortoise knows this spelling only


def _redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("should look like redis://host:6379/0")
    return url


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < SECRET_BYTES:
        raise ValueError(f"should be at least {SECRET_BYTES} bytes long")
    return secret


PostgresUrl = Annotated[str, AfterValidator(_postgres)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
JwtSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda text: text.upper() if isinstance(text, str) else text),
]
AmountsByCurrency = Annotated[str, AfterValidator(checked_limits)]
Pause = Annotated[int, Field(gt=0)]


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


class Settings(BaseSettings):
    """How one process runs. `load` reads it from an environment; nothing here does by itself."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: PostgresUrl | None = Field(
        None,
        repr=False,
        description="PostgreSQL 15 or newer. Unset: `ordergraph dev` starts one of its own, and "
        "every other command joins the one that runs, by the note it leaves in the data folder.",
    )
    redis_url: RedisUrl | None = Field(
        None, repr=False, description="Redis or Valkey, 7 or newer. Unset: as for the database."
    )
    data_dir: Path = Field(
        Path(".ordergraph"), description="Where `ordergraph dev` keeps its servers' data and notes."
    )
    host: str = Field("127.0.0.1", description="The address the API listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port the API listens on; 0: any.")
    jwt_secret: JwtSecret | None = Field(
        None, description="Key of the bearer tokens (HS256), at least 32 bytes."
    )
    jwt_issuer: str = Field("ordergraph", description="Who must have issued a token (`iss`).")
    jwt_audience: str = Field("ordergraph", description="Whom a token must be meant for (`aud`).")
    gateway: str = Field("sandbox", description="Which payment gateway moves the money.")
    gateway_options: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="What the gateway wants to know, by names of its own, such as an API key:"
        " see docs/gateways.md.",
    )
    sandbox_delay_s: float = Field(
        0.0, ge=0, description="How long the sandbox gateway, its work done, waits with its answer."
    )
    storage: str = Field("local", description="Where attachments are kept: `local` or `s3`.")
    storage_options: dict[str, SecretStr] = Field(
        default_factory=dict, description="What the storage wants to know: see docs/storages.md."
    )
    public_url: str | None = Field(
        None, description="Where clients reach the API, for links. Unset: `http://host:port`."
    )
    file_max_bytes: Pause = Field(10_000_000, description="How big an attachment may be.")
    video_max_bytes: Pause = Field(50_000_000, description="How big one may be that is a video.")
    files_each: Pause = Field(10, description="How many hang on one message or piece of evidence.")
    files_per_order: Pause = Field(100, description="How many one person may upload for an order.")
    test_clock: bool = Field(
        default=False, description="Whether the clock may be moved forward; sandbox gateway only."
    )
    sweep_interval_s: Pause = Field(
        2, description="How often a worker looks for what is due, in seconds."
    )
    refund_lease_s: Pause = Field(
        30, description="After how long the half-done refund of a lost worker is taken up again."
    )
    gateway_timeout_s: Pause = Field(
        10, description="How long a call of the gateway may take before its outcome is unknown."
    )
    gateway_rate_per_s: float = Field(
        0.0,
        ge=0,
        description="How often a worker asks the gateway in a second at most; 0: no limit.",
    )
    reconcile_interval_s: Pause = Field(
        3600, description="How often the workers compare all books, in seconds."
    )
    reconcile_span_s: Pause = Field(
        3_024_000,
        description="How far back they look: at orders to which something happened since, in seconds.",
    )
    second_operator_over: AmountsByCurrency = Field(
        "",
        description="Above which amount a decision over a dispute needs a second operator, by currency:"
        " `EUR=500.00,USD=500.00`. A currency that is absent has no limit.",
    )
    metrics: bool = Field(default=True, description="Whether `/metrics` is served.")
    graphiql: bool = Field(default=True, description="Whether `/graphiql` is served.")
    introspection: bool = Field(default=True, description="Whether the schema may be asked for.")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_json: bool = Field(default=False, description="Whether each log line is a JSON object.")
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
