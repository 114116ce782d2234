"""An evidence pack on paper. Slow work in plain Python: call it in a thread."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.resources import as_file, files
from typing import Any, Final

from fpdf import FPDF

from ordergraph.disputes.pack.facts import Facts

MOST_TEXT: Final = 100_000
"""Characters of people's texts that are printed; the JSON has them all."""
FONT: Final = "noto"
LACKING: Final = "\ufffd"
BODY, TITLE, HEADING = 9, 16, 12
NOTICE: Final = (
    "Moments are in UTC. A character that the font of this paper lacks is shown as \ufffd; the JSON of"
    " this pack has every text exactly. Each hash of the timeline is SHA-256 over the hash before it"
    " and the event; the hashes of files are SHA-256 over their bytes."
)


def print_out(facts: Facts) -> bytes:
    """The whole pack as a PDF, in the order of its facts."""
    paper = _Paper(facts)
    paper.title(f"Evidence pack, order {facts['order']['number']}")
    paper.lines([NOTICE])
    for heading, rows in _chapters(facts):
        paper.chapter(heading, rows)
    if paper.left <= 0 or not facts["complete"]:
        paper.chapter("Not complete", ["The rest did not fit into this pack."])
    return bytes(paper.pdf.output())


class _Paper:
    """Pages that fill from above; `left` is how many characters may still come."""

    def __init__(self, facts: Facts) -> None:
        self.left = MOST_TEXT
        self.pdf = FPDF()
        self.pdf.set_creation_date(datetime.fromisoformat(facts["madeAt"]))
        self.pdf.set_title(f"Evidence pack {facts['order']['number']}")
        with as_file(files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf") as font:
            self.pdf.add_font(FONT, "", font)
        font_: Any = self.pdf.fonts[FONT]
        self._known = frozenset(font_.cmap)
        self.pdf.add_page()

    def title(self, text: str) -> None:
        self._write(text, TITLE)

    def chapter(self, heading: str, rows: Iterable[str]) -> None:
        self.pdf.ln(3)
        self._write(heading, HEADING)
        self.lines(rows)

    def lines(self, rows: Iterable[str]) -> None:
        for row in rows:
            if self.left <= 0:
                return
            self._write(row[: self.left], BODY)
            self.left -= len(row)

    def _write(self, text: str, size: int) -> None:
        """One paragraph. What the font lacks is shown as such, and is not named in any log."""
        known = "".join(c if ord(c) in self._known or c == "\n" else LACKING for c in text)
        self.pdf.set_font(FONT, size=size)
        self.pdf.multi_cell(0, size * 0.55, known, new_x="LMARGIN", new_y="NEXT")


def _chapters(facts: Facts) -> Iterator[tuple[str, Iterable[str]]]:
    order = facts["order"]
    plain = {name: value for name, value in order.items() if name != "lines"}
    yield "Order", _pairs(plain)
    yield "Articles", [_row(line) for line in order["lines"]]
    yield "Parties", _pairs({side: who["displayName"] for side, who in facts["parties"].items()})
    yield "Payment", _pairs(facts["payment"])
    yield "Dispute", _pairs(facts["dispute"])
    yield "Decision", _pairs(facts["decision"] or {"outcome": "none yet"})
    yield "Evidence", _entries(facts["evidence"], ("type", "authorRole", "submittedAt"), "note")
    yield "Messages", _entries(facts["messages"], ("authorRole", "sentAt"), "body")
    yield "Timeline", [_row(event) for event in facts["timeline"]]


def _entries(entries: list[Facts], head: tuple[str, ...], text: str) -> Iterator[str]:
    """What people wrote, with its files."""
    for entry in entries:
        yield f"{entry['position']}. " + " · ".join(_shown(entry[name]) for name in head)
        if entry[text]:
            yield entry[text]
        for file in entry["attachments"]:
            yield _row(file)


def _pairs(facts: Facts) -> list[str]:
    return [f"{name}: {_shown(value)}" for name, value in facts.items() if value is not None]


def _row(facts: Facts) -> str:
    return " · ".join(_shown(value) for value in facts.values() if value is not None)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['amount']} {value['currencyCode']}"
    return str(value)
