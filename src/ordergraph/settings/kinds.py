"""The kinds of values that a variable may have, each checked as it is read."""

import base64
import re
from datetime import timedelta
from ipaddress import IPv6Address, ip_network
from typing import Annotated, Final, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from ordergraph.kernel.limits import checked_limits
from ordergraph.kernel.text import is_mail_address

SECRET_BYTES = 32  # RFC 7518 §3.2: an HS256 key is at least as long as the hash
FERNET_BYTES = 32
DAY_S: Final = 86_400
SPAN: Final = re.compile("[1-9][0-9]{0,4}")
YEARS_S: Final = 3_650 * DAY_S
MANY: Final = 1_000_000_000
"""More than anybody has; 32 bits hold it, wherever it is counted."""
GRAPHQL_INT: Final = 2**31 - 1
"""A file's size is one."""
USERINFO: Final = re.compile(r"(?<=://)[^/?#]*@")
STRAY: Final = re.compile(r"\s|\][^:/?#]")
"""What no address has; urllib passes over what follows a bracket, in some versions of Python."""
HOST: Final = re.compile(r"[\w%-][\w.%-]*")


def _taken_apart(url: str, example: str) -> SplitResult:
    """A URL without user and password, once its host and port can be some; an empty host is left to the
    caller. Raises ValueError, with an example: nothing of what was given is quoted.
    """
    url = USERINFO.sub("", url, count=1)
    try:
        parts = urlsplit(url)
        fits = not STRAY.search(url) and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:  # brackets of no address, or a port that is none
        fits = False
    if not fits:
        raise ValueError(f"should look like {example}")
    return parts


def _is_host(host: str) -> bool:
    """Raises ValueError, too: for what is no address, and for names that cannot be looked up."""
    if ":" in host:
        return bool(IPv6Address(host))
    host.encode("idna")
    return not host or HOST.fullmatch(host) is not None


def _postgres(url: str) -> str:
    """Without a host it is this machine's socket, but then there is a name."""
    example = "postgres://user:password@host:5432/name"
    parts = _taken_apart(url, example)
    if parts.scheme not in {"postgres", "postgresql"} or not (
        parts.hostname or parts.path.strip("/")
    ):
        raise ValueError(f"should look like {example}")
    return f"postgres://{url.partition('://')[2]}"  # Tortoise knows this spelling only


def _redis(url: str) -> str:
    example = "redis://host:6379/0"
    parts = _taken_apart(url, example)
    path = parts.path.strip("/")
    if parts.scheme == "unix":
        fits = path != ""
    else:
        fits = bool(parts.hostname) and re.fullmatch(r"[0-9]*", path) is not None
    if parts.scheme not in {"redis", "rediss", "unix"} or not fits:
        raise ValueError(f"should look like {example}")
    return url


def _web(url: str) -> str:
    example = "https://id.example.com"
    parts = _taken_apart(url, example)
    if parts.scheme not in {"https", "http"} or not parts.hostname or USERINFO.search(url):
        raise ValueError(f"should look like {example}")
    return url


def _base(url: str) -> str:
    """Links are made by putting a path behind it."""
    if re.search("[?#]", url):
        raise ValueError("should end with its host or a path")
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
        example = "https://shop.example.com, or be *"
        parts = _taken_apart(origin, example)
        known = parts.scheme in {"https", "http"} and parts.hostname
        if not known or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(f"should look like {example}")
    return origins


def _origins(text: str) -> str:
    read_origins(text)
    return text


def read_spans(text: str) -> tuple[timedelta, ...]:
    """The spans of a comma-separated list of whole seconds; raises ValueError."""
    parts = [part.strip() for part in text.split(",")]
    if not all(SPAN.fullmatch(part) and int(part) <= DAY_S for part in parts):
        raise ValueError("should look like 60,300,1800: seconds, each a day at most")
    return tuple(timedelta(seconds=int(part)) for part in parts)


def _spans(text: str) -> str:
    read_spans(text)
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
PublicUrl = Annotated[str, AfterValidator(_web), AfterValidator(_base)]


def _smtp(url: SecretStr) -> SecretStr:
    example = "smtps://user:password@host:465"
    parts = _taken_apart(url.get_secret_value(), example)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(f"should look like {example}")
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
SpanList = Annotated[str, AfterValidator(_spans)]
OriginList = Annotated[str, AfterValidator(_origins)]
NetworkList = Annotated[str, AfterValidator(_networks)]


def _seldom(rate: float) -> float:
    if 0 < rate < LEAST_PER_S:
        raise ValueError(f"should be 0, or at least {LEAST_PER_S}")
    return rate


LEAST_PER_S: Final = 0.001
Seconds = Annotated[int, Field(gt=0, le=DAY_S)]
"""How long something may take, or is waited for: a day at most."""
Moments = Annotated[float, Field(ge=0.01, le=DAY_S, allow_inf_nan=False)]
"""The same, in parts of a second."""
Delay = Annotated[float, Field(ge=0, le=DAY_S, allow_inf_nan=False)]
"""The same, or none."""
Span = Annotated[int, Field(gt=0, le=YEARS_S)]
"""How far one looks, or how long something is good: ten years at most, which every clock and date bears."""
PerSecond = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False), AfterValidator(_seldom)]
Count = Annotated[int, Field(gt=0, le=MANY)]
CountOrNone = Annotated[int, Field(ge=0, le=MANY)]
Bytes = Annotated[int, Field(gt=0, le=GRAPHQL_INT)]
