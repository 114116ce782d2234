"""docs/promises.md: from each promise to its proof, and from each docstring to its promise."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.house.walk import ROOT, definitions, files, name

GROUPS: Final = {
    "M": 12, "I": 6, "J": 15, "S": 9, "L": 4, "A": 8, "Q": 15, "H": 8, "W": 8, "E": 6, "R": 5, "P": 5
}  # fmt: skip
"""How many promises each letter has."""
NUMBERS: Final = [f"{group}{n}" for group, most in GROUPS.items() for n in range(1, most + 1)]
ROW: Final = re.compile(r"\| ([A-Z]\d+) \| (.+) \| (.+) \|")
NUMBER: Final = rf"[{''.join(GROUPS)}]\d+"
CITED: Final = re.compile(rf"(?:^|\(|Promises? )({NUMBER}(?:(?:, | and | to ){NUMBER})*)\b")
"""How a docstring names promises: at its beginning, in brackets, or as promises. Amazon's S3 is none."""


class Row(NamedTuple):
    """A line of the document: a promise and its proofs."""

    number: str
    promise: str
    proofs: list[str]


def _rows(text: str) -> list[Row]:
    found = [ROW.fullmatch(line) for line in text.splitlines()]
    return [Row(row[1], row[2], re.findall(r"`([^`]+)`", row[3])) for row in found if row]


ROWS: Final = _rows((ROOT / "docs" / "promises.md").read_text())
PROMISES: Final = {row.number: row for row in ROWS}
PROOFS: Final = sorted({proof for row in ROWS for proof in row.proofs})


def _tests_in(path: Path) -> set[str]:
    return {each.name for each in definitions(path) if each.is_function}


def _cited(docstring: str) -> Iterator[str]:
    """The numbers that a docstring names; a span of six are six."""
    for listed in CITED.findall(docstring):
        for part in re.split(", | and ", listed):
            first, _, last = part.partition(" to ")
            yield from (
                f"{first[0]}{n}" for n in range(int(first[1:]), int((last or first)[1:]) + 1)
            )


def _citations() -> Iterator[tuple[str, str]]:
    """Each number that a docstring below tests/ names, with its file."""
    for path in files("tests"):
        if re.search(rf"\b{NUMBER}", path.read_text()):  # reading a file as Python takes its time
            for each in definitions(path):
                yield from ((number, name(path)) for number in _cited(each.docstring))


CITATIONS: Final = sorted(set(_citations()))


def test_every_promise_stands_there_once_and_in_order() -> None:
    assert [row.number for row in ROWS] == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_every_promise_is_a_sentence_with_a_proof(number: str) -> None:
    row = PROMISES[number]

    assert row.promise.endswith(".")
    assert row.proofs
    assert row.proofs == sorted(set(row.proofs))


@pytest.mark.parametrize("proof", PROOFS)
def test_every_proof_is_there(proof: str) -> None:
    file, _, function = proof.partition("::")
    found = _tests_in(ROOT / file)

    assert file.startswith("tests/")
    assert Path(file).match("test_*.py")
    assert function in found if function else any(each.startswith("test_") for each in found)


def test_whatever_a_docstring_names_is_promised() -> None:
    unknown = [(number, file) for number, file in CITATIONS if number not in PROMISES]

    assert unknown == []


def test_whatever_names_a_promise_is_among_its_proofs() -> None:
    named = {(row.number, proof.partition("::")[0]) for row in ROWS for proof in row.proofs}

    missing = {(n, file) for n, file in CITATIONS if Path(file).match("test_*.py")} - named

    assert missing == set()


def test_the_look_reads_docstrings_as_they_are_written() -> None:
    said = "Promises M1, J3 and S4. (Q1 to Q3, E2) A bucket that speaks S3, and a code of E9."

    assert list(_cited(said)) == ["M1", "J3", "S4", "Q1", "Q2", "Q3", "E2"]
    assert list(_cited("W5's rule, on this transport.")) == ["W5"]
    assert len(CITATIONS) > 200
    assert _rows("| M1 | It holds. | `a.py`<br>`b.py::c` |\n| M2 | It does. |") == [
        Row("M1", "It holds.", ["a.py", "b.py::c"])
    ]
