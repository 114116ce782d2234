"""Telling the story: who, what they do, what they see; and counting the promises that were kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import orjson
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from ordergraph.tour.seen import BrokenPromise

NEARLY: Final = timedelta(minutes=1)
"""How far two moments may lie apart that are promised to be the same: a client is not that near."""
INDENT: Final = "   "


@dataclass(slots=True)
class Step:
    """One line of the story; what is promised in it is looked at here."""

    kept: int = 0
    seen: list[str] = field(default_factory=list)

    def sees(self, text: str) -> None:
        """What the person has before their eyes."""
        self.seen.append(text)

    def promised(self, what: str, seen: object, expected: object) -> None:
        self._judge(what, seen == expected, seen, expected)

    def promised_at(self, what: str, seen: datetime, expected: datetime) -> None:
        self._judge(what, abs(seen - expected) <= NEARLY, seen, expected)

    def holds(self, what: str, fact: bool) -> None:
        self._judge(what, fact, "not so", "so")

    def _judge(self, what: str, kept: bool, seen: object, expected: object) -> None:
        if not kept:
            raise BrokenPromise(f"{what} should be {_plain(expected)}, but is {_plain(seen)}")
        self.kept += 1


class Narrator:
    """Prints the story while it is played."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self._console = console
        self._verbose = verbose
        self._chapters = 0
        self._began = time.monotonic()
        self.kept = 0

    def says(self, line: str) -> None:
        self._console.print(line, markup=False)

    def chapter(self, title: str) -> None:
        self._chapters += 1
        self._console.print(Text(f"\n{self._chapters:>2} {title}", style="bold"))

    @contextmanager
    def step(self, who: str, does: str) -> Iterator[Step]:
        """Tell one step; a promise that is broken in it is told with who did what."""
        step = Step()
        try:
            with self._console.status(f"{who} {does} …"):
                yield step
        except BrokenPromise as broken:
            self._line("✗", "red", who, does)
            raise BrokenPromise(f"{who} {does}: {broken}") from None
        self.kept += step.kept
        self._line("✓", "green", who, does)
        for text in step.seen:
            self._console.print(Text(f"{INDENT}{'':<14} → {text}", style="dim"))

    def _line(self, mark: str, style: str, who: str, does: str) -> None:
        self._console.print(Text.assemble(INDENT, (mark, style), " ", (f"{who:<13}", "cyan"), does))

    def sent(self, who: str, document: str, variables: object) -> None:
        """With --verbose: what goes over the wire."""
        if not self._verbose:
            return
        self._console.print(Text(f"{INDENT}{who} sends", style="dim"))
        self._console.print(
            Syntax(document.strip(), "graphql", background_color="default", word_wrap=True)
        )
        if variables:
            self._console.print(Text(orjson.dumps(variables).decode(), style="dim"))

    def end(self) -> None:
        took = time.monotonic() - self._began
        self._console.print(
            Text(f"\n{self.kept} promises kept in {took:.0f} s.", style="bold green")
        )


def shown(moment: datetime) -> str:
    """A moment as a person reads it."""
    return f"{moment:%a %d %b %H:%M}"


def _plain(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)
