"""Which kind of answer a client asks for, by its Accept header (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from starlette.types import Scope

JSON: Final = "application/json"
RESPONSE: Final = "application/graphql-response+json"
MULTIPART: Final = "multipart/mixed"
EVENTS: Final = "text/event-stream"

USUAL: Final = 300
"""Characters."""
LONGEST: Final = 4_096
MOST: Final = 50
"""Of so many characters so many kinds are read, before anybody is counted. Clients name a few."""
KINDS: Final = 200
"""So many different headers are remembered."""
LISTED: Final = re.compile(r"""(?:[^",]++|"[^"]*+"?+)++""")
"""One of a list: up to a comma that stands in no quoted string. It never looks back, so that a long
header costs no more than its length.
"""


@dataclass(frozen=True, slots=True)
class Range:
    """One of the kinds that a client takes."""

    type: str
    parameters: dict[str, str]
    quality: float

    def takes(self, media: str) -> bool:
        return self.type in {media, f"{media.partition('/')[0]}/*", "*/*"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a client takes, by its Accept headers."""

    json: str | None
    """JSON's media type for an answer; None where it takes neither."""
    subscriptions: bool
    """Whether it takes them in parts."""
    events: bool

    @property
    def events_alone(self) -> bool:
        """Whoever takes no JSON and no parts, as clients of graphql-sse and urql's fetch do."""
        return self.events and self.json is None and not self.subscriptions


def taken(accept: tuple[str, ...]) -> Taken:
    """Read these headers. Clients of a kind send the same, so those of usual length are read once."""
    return _remembered(accept) if sum(map(len, accept)) <= USUAL else _taken(accept)


def accepts(scope: Scope) -> tuple[str, ...]:
    """The Accept headers of a request."""
    return tuple(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")


def _taken(accept: tuple[str, ...]) -> Taken:
    listed = ranges(accept)
    return Taken(chosen(listed), takes_subscriptions(listed), takes_events(listed))


_remembered = lru_cache(KINDS)(_taken)


def ranges(accept: Iterable[str]) -> list[Range]:
    """What these headers list, in their order; nothing at all means anything at all."""
    return [_range(part) for part in islice(_parts(accept), MOST)] or [Range("*/*", {}, 1.0)]


def _parts(accept: Iterable[str]) -> Iterator[str]:
    room = LONGEST
    for header in accept:
        found = (one.group() for one in LISTED.finditer(header[: max(room, 0)]))
        yield from (part for part in found if part.strip())
        room -= len(header)


def chosen(taken: list[Range]) -> str | None:
    """JSON's media type for an answer: the one the client would rather have, by name if it says
    one; plain JSON where it does not care; None where it takes neither.
    """
    named = [r for r in taken if r.type in {JSON, RESPONSE} and _in_utf8(r)]
    refused = {r.type for r in named if not r.quality}
    wanted = [r for r in named if r.quality]
    if wanted:
        return max(wanted, key=lambda r: r.quality).type  # of equals, the first
    others = (media for media in (JSON, RESPONSE) if media not in refused)
    wild = [r for r in taken if "*" in r.type and r.quality]
    return next((m for m in others if any(r.takes(m) for r in wild)), None)


def takes_subscriptions(taken: list[Range]) -> bool:
    """Apollo's way to subscribe over HTTP; plain multipart/mixed is something else."""
    return any(
        r.type == MULTIPART and r.parameters.get("subscriptionspec") == "1.0" and r.quality > 0
        for r in taken
    )


def takes_events(taken: list[Range]) -> bool:
    return any(r.takes(EVENTS) and r.quality > 0 for r in taken)


def _range(text: str) -> Range:
    type_, *rest = text.split(";")
    parameters = dict(_parameters(rest))
    return Range(type_.strip().lower(), parameters, _quality(parameters.pop("q", "1")))


def _parameters(parts: list[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name, _, value = part.partition("=")
        yield name.strip().lower(), value.strip().strip('"')


def _quality(text: str) -> float:
    """What is no number between 0 and 1 counts as 1: a client that errs here still wants an answer."""
    good = re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", text)
    return float(text) if good else 1.0


def _in_utf8(asked: Range) -> bool:
    return asked.parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}


def is_json(content_type: str) -> bool:
    """application/json itself, in UTF-8, and nothing that some reader could take for another type."""
    return (_known_json if len(content_type) <= USUAL else _is_json)(content_type)


def _is_json(content_type: str) -> bool:
    essence, *parameters = content_type.split(";")
    if essence.strip().lower() != JSON or "," in content_type:
        return False
    named = dict(p.strip().lower().partition("=")[::2] for p in parameters)
    return named.get("charset", "utf-8").strip('"') in {"utf-8", "utf8"}


_known_json = lru_cache(KINDS)(_is_json)
