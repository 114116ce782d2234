"""results.png: how near everybody comes to the limit, in bars."""

from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bench.asking import Row
from bench.contenders import OURS
from bench.workloads import Workload

PICTURE: Final = Path(__file__).with_name("results.png")
WIDTH, BAR, GAP, HEAD, MARGIN, NAMES = 1500, 44, 14, 70, 40, 250
LENGTH: Final = WIDTH - NAMES - 2 * MARGIN - 330
"""Of the limit's bar; its figures stand to the right of it."""
PAPER, INK, PALE, STRONG, GREY = "#ffffff", "#1f2328", "#59636e", "#0f766e", "#c8d1da"
TITLE: Final = "Requests per second, as a part of the limit's; processor time of the server"


def draw(rows: dict[Workload, list[Row]], into: Path = PICTURE) -> None:
    """One bar for each server, a group for each workload."""
    height = 2 * MARGIN + HEAD + sum(HEAD + len(group) * (BAR + GAP) for group in rows.values())
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    pen, y = ImageDraw.Draw(picture), MARGIN
    pen.text((MARGIN, y), TITLE, INK, _font(30))
    y += HEAD
    for workload, group in rows.items():
        pen.text((MARGIN, y + 14), f"{workload.name}: {workload.about}", PALE, _font(26))
        y = _bars(pen, group, y + HEAD)
    picture.save(into, optimize=True)


def _bars(pen: ImageDraw.ImageDraw, group: Sequence[Row], y: int) -> int:
    for row in group:
        ours = row.contender is OURS
        length = max(int(LENGTH * min(row.limit.per_s, 1.2)), 3)
        pen.text((MARGIN, y + 4), row.contender.name, INK, _font(26))
        left = MARGIN + NAMES
        pen.rectangle((left, y, left + length, y + BAR), STRONG if ours else GREY)
        figures = f"{row.limit.per_s:.2f}   {row.sample.cpu:.2f} ms"
        pen.text((left + length + 14, y + 4), figures, INK, _font(26))
        y += BAR + GAP
    return y


def _font(size: int) -> ImageFont.FreeTypeFont:
    """The letters that evidence packs are printed in."""
    with as_file(files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf") as font:
        return ImageFont.truetype(str(font), size)
