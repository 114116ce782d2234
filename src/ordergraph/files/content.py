"""Looking at what was uploaded, piece by piece: how much it is, its hash, and whether it is what it says."""

import codecs
import hashlib
from collections.abc import Callable
from typing import Final

HEAD: Final = 512
"""Bytes at the beginning by which a type is known."""
MARKUP: Final = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"#!")
"""How texts begin that some program would run."""
CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\r\f")


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """ISO 14496-12: the first box is `ftyp`, with the brand behind it."""
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def _begins(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


def _not_markup(head: bytes) -> bool:
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return not text.startswith(MARKUP)


# fmt: off
SIGNS: Final[dict[str, Callable[[bytes], bool]]] = {
    "image/jpeg":      _begins(b"\xff\xd8\xff"),
    "image/png":       _begins(b"\x89PNG\r\n\x1a\n"),
    "image/webp":      lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "image/gif":       _begins(b"GIF87a", b"GIF89a"),
    "image/heic":      _brand(b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1"),
    "application/pdf": _begins(b"%PDF-"),
    "video/mp4":       _brand(b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1"),
    "text/plain":      _not_markup,
}
# fmt: on


class Inspection:
    """What was seen of a file so far; memory does not grow with it."""

    def __init__(self) -> None:
        self.size = 0
        self.head = b""
        self._hash = hashlib.sha256()
        self._is_text = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def see(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)
        if len(self.head) < HEAD:
            self.head = (self.head + chunk)[:HEAD]
        self._is_text = self._is_text and self._reads(chunk)

    def is_a(self, content_type: str, size: int) -> bool:
        """Whether all that was seen is a file of this type and size."""
        if self.size != size or not SIGNS[content_type](self.head):
            return False
        return content_type != "text/plain" or (self._is_text and self._reads(b"", final=True))

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def _reads(self, chunk: bytes, *, final: bool = False) -> bool:
        """Whether it goes on as UTF-8 without control characters."""
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            return False
        return CONTROLS.isdisjoint(chunk)
