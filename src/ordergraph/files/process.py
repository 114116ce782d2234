"""What may be attached, and what becomes of it. Read this file first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from ordergraph.kernel.refusal import InvalidInput, Refusal
from ordergraph.kernel.text import written
from ordergraph.kernel.words import Words

UPLOAD_WITHIN: Final = timedelta(minutes=15)
"""How long an upload link is good."""
READ_WITHIN: Final = timedelta(minutes=5)
"""How long a download link is good."""
KEPT_UNATTACHED: Final = timedelta(days=1)
"""How long a file waits to be attached to something."""
NAME_LIMIT: Final = 120


class AttachmentStatus(Words):
    """How far an attachment has come. More values may come."""

    AWAITING_UPLOAD = "AWAITING_UPLOAD", "The bytes are to be sent to its upload link."
    STORED = "STORED", "The bytes are there, and are what they were said to be."
    DISCARDED = (
        "DISCARDED",
        "It is not what it was said to be, or hung on nothing in time: it will go.",
    )


class AttachedTo(Words):
    """What an attachment hangs on. More values may come."""

    EVIDENCE = "EVIDENCE", "A piece of evidence."
    MESSAGE = "MESSAGE", "A message."


@dataclass(frozen=True, slots=True)
class Limits:
    """How big, and how many, as this installation wants it."""

    file_bytes: int
    video_bytes: int
    each: int
    per_order: int


class Kind(NamedTuple):
    """One type of file that is taken. `inline`: a browser may show it instead of saving it."""

    content_type: str
    endings: tuple[str, ...]
    inline: bool = False
    video: bool = False

    def most_bytes(self, limits: Limits) -> int:
        return limits.video_bytes if self.video else limits.file_bytes


# fmt: off
KINDS: Final = {kind.content_type: kind for kind in (
    #    type               endings of names, the first is the usual one
    Kind("image/jpeg",      (".jpg", ".jpeg"),   inline=True),
    Kind("image/png",       (".png",),           inline=True),
    Kind("image/webp",      (".webp",),          inline=True),
    Kind("image/gif",       (".gif",),           inline=True),
    Kind("image/heic",      (".heic", ".heif"),  inline=True),
    Kind("application/pdf", (".pdf",)),
    Kind("video/mp4",       (".mp4", ".m4v"),    video=True),
    Kind("text/plain",      (".txt", ".log")),
)}
# fmt: on
"""Nothing that a browser would run: no HTML, no SVG, no scripts."""


def kind_of(content_type: str) -> Kind:
    """Return the kind, or refuse what is not taken."""
    kind = KINDS.get(content_type)
    if kind is None:
        raise InvalidInput(field="contentType", problem=f"one of {', '.join(KINDS)}")
    return kind


def check_size(kind: Kind, size: int, limits: Limits) -> None:
    most = kind.most_bytes(limits)
    if not 0 < size <= most:
        raise InvalidInput(field="size", problem=f"between 1 and {most} bytes")


def clean_name(name: str, kind: Kind) -> str:
    """The last part of what was given, with an ending that fits: what is saved opens as what it is."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    clean = " ".join(written(last, field="fileName", limit=NAME_LIMIT).split()).lstrip(". ")
    if not clean:
        raise InvalidInput(field="fileName", problem="must not be empty")
    return clean if clean.lower().endswith(kind.endings) else clean + kind.endings[0]


def check_count(ids: Sequence[object], limits: Limits) -> None:
    """Refuse more at once than may hang on one thing, and any of them twice."""
    if len(ids) > limits.each:
        raise TooManyAttachments(most=limits.each)
    if len(set(ids)) < len(ids):
        raise InvalidInput(field="attachmentIds", problem="each only once")


@dataclass(eq=False)
class TooManyAttachments(Refusal):
    """More than may hang on one thing, or than one person may upload for one order."""

    most: int
    says = {
        "en": "At most {most} files are possible.",
        "de": "Höchstens {most} Dateien sind möglich.",
    }


@dataclass(eq=False)
class AttachmentNotReady(Refusal):
    """Its bytes are not there, or nobody has looked at them: upload, then attachmentConfirm."""

    file_name: str
    says = {
        "en": "{file_name} has not been uploaded and confirmed yet.",
        "de": "{file_name} ist noch nicht hochgeladen und bestätigt.",
    }


@dataclass(eq=False)
class AttachmentContentWrong(Refusal):
    """What was uploaded is not what was announced. Told after it was written down: it is discarded."""

    file_name: str
    content_type: str
    says = {
        "en": "The content of {file_name} is not {content_type}, or is not whole.",
        "de": "Der Inhalt von {file_name} ist nicht {content_type} oder nicht vollständig.",
    }


@dataclass(eq=False)
class AttachmentInUse(Refusal):
    """It hangs on something already, for good."""

    file_name: str
    says = {
        "en": "{file_name} has been attached already: upload it once more to use it again.",
        "de": "{file_name} ist schon angehängt: Zum erneuten Verwenden bitte noch einmal hochladen.",
    }
