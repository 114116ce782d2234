"""What may be attached: names, types, sizes, and what the bytes say."""

import hashlib

import pytest

from ordergraph.files.content import Inspection
from ordergraph.files.process import KINDS, Limits, check_size, clean_name, kind_of
from ordergraph.kernel.refusal import InvalidInput
from tests.files.filing import PNG

LIMITS = Limits(file_bytes=10, video_bytes=20, each=3, per_order=6)
FTYP = b"\x00\x00\x00\x20ftyp"
# fmt: off
TRUE = {
    "image/jpeg":      b"\xff\xd8\xff\xe0 JFIF",
    "image/png":       PNG,
    "image/webp":      b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "image/gif":       b"GIF89a\x00\x01",
    "image/heic":      FTYP + b"heic",
    "application/pdf": b"%PDF-1.7\n%\xff\xff",
    "video/mp4":       FTYP + b"isom",
    "text/plain":      "Größe: 3\n".encode(),
}
# fmt: on


def _seen(content: bytes, piece: int = 3) -> Inspection:
    inspection = Inspection()
    for start in range(0, len(content), piece):
        inspection.see(content[start : start + piece])
    return inspection


@pytest.mark.parametrize("content_type", KINDS)
def test_each_type_is_known_by_its_first_bytes_and_none_is_taken_for_another(
    content_type: str,
) -> None:
    for other, content in TRUE.items():
        seen = _seen(content)
        assert seen.is_a(content_type, len(content)) is (other == content_type)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"  \n<svg onload='x'>",
        b"\xef\xbb\xbf<html>",
        b"#!/bin/sh\n",
        b"\xff\xfe not UTF-8",
        b"a\x00b",
        b"\x1b[2J",
        "ä".encode()[:1],
        b"x" * 4000 + b"\xff",
    ],
)
def test_what_a_program_would_run_or_nobody_can_read_is_no_text(content: bytes) -> None:
    assert not _seen(content, 100).is_a("text/plain", len(content))


def test_an_inspection_hashes_what_it_saw_and_counts_it() -> None:
    seen = _seen(PNG)

    assert seen.sha256 == hashlib.sha256(PNG).hexdigest()
    assert seen.size == len(PNG)
    assert not seen.is_a("image/png", len(PNG) + 1)
    assert not seen.is_a("image/png", len(PNG) - 1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("lamp.png", "lamp.png"),
        ("LAMP.PNG", "LAMP.PNG"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\ada\\lamp.png", "lamp.png"),
        (".htaccess", "htaccess.png"),
        ("evil.html", "evil.html.png"),
        ("lamp\n.png", "lamp .png"),
        ("Größe.png", "Größe.png"),
        ("a" * 120, "a" * 120 + ".png"),
    ],
)
def test_of_a_name_only_the_last_part_is_kept_with_an_ending_that_fits(
    given: str, kept: str
) -> None:
    assert clean_name(given, KINDS["image/png"]) == kept


@pytest.mark.parametrize("given", ["", "  ", "..", "/", "a/../..", "a\x00.png", "\u202egnp.exe"])
def test_a_name_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_name(given, KINDS["image/png"])

    assert caught.value.field == "fileName"


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "", "image/png; a=b"])
def test_what_browsers_run_is_not_taken(content_type: str) -> None:
    with pytest.raises(InvalidInput):
        kind_of(content_type)


def test_a_video_may_be_bigger() -> None:
    check_size(KINDS["video/mp4"], 20, LIMITS)
    check_size(KINDS["image/png"], 10, LIMITS)

    for content_type, size in (("image/png", 11), ("video/mp4", 21), ("image/png", 0)):
        with pytest.raises(InvalidInput):
            check_size(KINDS[content_type], size, LIMITS)
