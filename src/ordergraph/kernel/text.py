"""What people write: one rule for every note and message."""

import re
import unicodedata
from typing import Final

from ordergraph.kernel.refusal import InvalidInput

NOTE_LIMIT: Final = 1_000
MESSAGE_LIMIT: Final = 4_000
HANDLE_LIMIT: Final = 40
EXTERNAL_ID_LIMIT: Final = 255

ADDRESS_LIMIT: Final = 254
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)

_BREAKS: Final = frozenset("\n\t")
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Explicit directional overrides can make a text read as what it is not."""
_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, line ends: nobody's name, and some cannot be stored."""


def written(text: str, *, field: str, limit: int, required: bool = False) -> str:
    """Return the text in Unicode NFC without outer white space, or refuse it.

    Refused: more than `limit` characters, control characters other than line break and tab,
    bidirectional overrides, lone surrogates, and nothing at all where something is required.
    """
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(clean) > limit:
        raise InvalidInput(field=field, problem=f"at most {limit} characters")
    if any(_is_forbidden(character) for character in clean):
        raise InvalidInput(field=field, problem="control characters are not allowed")
    if required and not clean:
        raise InvalidInput(field=field, problem="must not be empty")
    return clean


def is_mail_address(text: str) -> bool:
    """Whether mail can be addressed to it: plain ASCII without quotes, spaces or line ends (RFC 5321)."""
    return len(text) <= ADDRESS_LIMIT and _ADDRESS.fullmatch(text) is not None


def is_storable(text: str) -> bool:
    """Whether the database can hold it: PostgreSQL knows no NUL, UTF-8 no lone surrogate.

    What is only looked up, and cannot be held, is not there.
    """
    if "\0" in text:
        return False
    return text.isascii() or all(unicodedata.category(c) != "Cs" for c in text)


def is_line(text: str, limit: int) -> bool:
    """Whether it can be shown in one line, is no longer than that, and not blank."""
    if not 0 < len(text) <= limit or not text.strip():
        return False
    # what is printable holds none of _UNSEEN, and is told at once
    return text.isprintable() or not any(unicodedata.category(c) in _UNSEEN for c in text)


def is_external_id(text: str) -> bool:
    """Whether a token may call somebody so (`sub`), and so whoever places an order for them.

    It is compared letter by letter (RFC 7519 §4.1.2): another spelling of the same letters is somebody
    else, or whoever could choose theirs would be whom they like. White space around it is a mistake.
    """
    return is_line(text, EXTERNAL_ID_LIMIT) and text == text.strip()


def is_handle(text: str) -> bool:
    """Whether something can have this handle; what has another cannot be there."""
    return len(text) <= HANDLE_LIMIT and is_storable(text)


def _is_forbidden(character: str) -> bool:
    if character in _BREAKS:
        return False
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDI
