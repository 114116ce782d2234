"""The kinds of values that a variable may have, each checked as it is read."""

import base64
from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from ordergraph.kernel.limits import checked_limits
from ordergraph.kernel.text import is_mail_address

SECRET_BYTES = 32  # RFC 7518 §3.2: an HS256 key is at least as long as the hash
FERNET_BYTES = 32


def _postgres(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgres", "postgresql"} or not rest:
        raise ValueError("should look like postgres://user:password@host:5432/name")
    return f"postgres://{rest}"  # Tortoise knows this spelling only


def _redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("should look like redis://host:6379/0")
    return url


def _web(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in {"https", "http"} or not rest.partition("/")[0]:
        raise ValueError("should look like https://id.example.com")
    return url


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < SECRET_BYTES:
        raise ValueError(f"should be at least {SECRET_BYTES} bytes long")
    return secret


def _fernet_keys(keys: SecretStr) -> SecretStr:
    """Base64 of either alphabet; kept in the one that Fernet reads."""
    written = keys.get_secret_value().translate(str.maketrans("+/", "-_"))
    for key in written.split(","):
        try:
            size = len(base64.urlsafe_b64decode(key.strip()))
        except ValueError:
            size = 0
        if size != FERNET_BYTES:
            raise ValueError(f"should be base64 of {FERNET_BYTES} bytes, or several of them")
    return SecretStr(written)


def read_origins(text: str) -> frozenset[str]:
    """The origins of a comma-separated list, or the star; raises ValueError."""
    origins = frozenset(part.strip().lower() for part in text.split(",") if part.strip())
    for origin in origins - {"*"}:
        parts = urlsplit(origin)
        known = parts.scheme in {"https", "http"} and parts.netloc
        if not known or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("should look like https://shop.example.com, or be *")
    return origins


def _origins(text: str) -> str:
    read_origins(text)
    return text


def _networks(text: str) -> str:
    """Addresses and networks, comma-separated; raises ValueError."""
    for part in text.split(","):
        if part.strip() not in {"", "*"}:
            ip_network(part.strip())
    return text


PostgresUrl = Annotated[str, AfterValidator(_postgres)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
WebUrl = Annotated[str, AfterValidator(_web)]


def _smtp(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("should look like smtps://user:password@host:465")
    return url


def _address(text: str) -> str:
    if not is_mail_address(text):
        raise ValueError("should be an address such as shop@example.com")
    return text


SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp)]
MailAddress = Annotated[str, AfterValidator(_address)]
FernetKeys = Annotated[SecretStr, AfterValidator(_fernet_keys)]
JwtSecret = Annotated[SecretStr, AfterValidator(_long_enough)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda text: text.upper() if isinstance(text, str) else text),
]
AmountsByCurrency = Annotated[str, AfterValidator(checked_limits)]
OriginList = Annotated[str, AfterValidator(_origins)]
NetworkList = Annotated[str, AfterValidator(_networks)]
Pause = Annotated[int, Field(gt=0)]
