"""No release breaks clients of the one before, unless its version says so (P4)."""

import re
import tomllib
from typing import Final

import pytest

from tests.house.released import Released, broken, may_break, read
from tests.house.walk import ROOT

FILE: Final = ROOT / "schema.released.graphql"
CONTRACT: Final = (ROOT / "schema.graphql").read_text()
VERSION: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
RELEASES: Final = re.findall(
    r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
)
"""The newest first; what is not released yet stands under its own heading."""


def _newest() -> Released | None:
    return read(FILE.read_text()) if FILE.exists() else None


def test_the_contract_of_the_newest_release_is_kept() -> None:
    """P4: whoever releases runs `make release-schema`, and cannot forget it."""
    newest = _newest()

    assert (newest and newest.version) == (RELEASES[0] if RELEASES else None)


def test_nothing_that_was_released_breaks_unless_the_version_says_so() -> None:
    """P4."""
    newest = _newest()
    if newest is None or may_break(newest.version, VERSION):
        return

    assert broken(newest.contract, CONTRACT) == []


# fmt: off
BREAKS: Final = {
    # what is done                 to what stands in the contract     that becomes
    "FIELD_REMOVED":              ("\n  cancelableUntil: DateTime\n", "\n  openUntil: DateTime\n"),
    "FIELD_CHANGED_KIND":         ("\n  placedAt: DateTime!\n",       "\n  placedAt: DateTime\n"),
    "REQUIRED_ARG_ADDED":         ("\n  order(\n",                    "\n  order(\n    of: ID!\n"),
    "REQUIRED_INPUT_FIELD_ADDED": ("\ninput OrderCancelInput {",      "\ninput OrderCancelInput { n: Int! "),
    "VALUE_REMOVED_FROM_ENUM":    ("\n  PENDING_PAYMENT\n",           "\n  UNPAID\n"),
    "TYPE_REMOVED_FROM_UNION":    (" = OrderCancelSuccess | ",        " = "),
}
# fmt: on


@pytest.mark.parametrize("kind", BREAKS)
def test_what_breaks_clients_would_be_found(kind: str) -> None:
    now, then = BREAKS[kind]
    assert now in CONTRACT

    found = broken(CONTRACT, CONTRACT.replace(now, then, 1))

    assert [said.partition(":")[0] for said in found] == [kind], found


def test_what_is_only_added_breaks_nobody() -> None:
    more = CONTRACT.replace(
        "\ninput OrderCancelInput {\n", "\ninput OrderCancelInput {\n  sure: Boolean\n", 1
    ).replace("\ntype Query {\n", "\ntype Query {\n  weather: String\n", 1)

    assert more.count("\n") == CONTRACT.count("\n") + 2
    assert broken(CONTRACT, more) == []


@pytest.mark.parametrize(
    ("released", "version", "may"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.9", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "0.10.0", True),
        ("0.2.0", "0.1.0", False),
        ("0.9.4", "1.0.0", True),
        ("1.0.0", "1.9.0", False),
        ("1.9.0", "2.0.0", True),
        ("2.0.0", "1.9.0", False),
    ],
)
def test_a_version_says_whether_it_may_break(released: str, version: str, *, may: bool) -> None:
    assert may_break(released, version) is may


def test_a_release_is_read_back_as_it_is_written() -> None:
    assert read(f"# ordergraph 0.1.0\n{CONTRACT}") == Released("0.1.0", CONTRACT)
    with pytest.raises(AssertionError, match="make release-schema"):
        read(CONTRACT)
