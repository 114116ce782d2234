"""One clock decides: the database's. The machine's own is read in few places, each with its reason (J9)."""

import ast
from typing import Final

from tests.house.walk import files, name

READS: Final = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow",
    "time.gmtime", "time.localtime", "time.time", "time.time_ns",
}  # fmt: skip
"""What tells the time of day. How long something takes is another question: monotonic clocks are free."""

# fmt: off
MAY: Final = {
    # tokens are signed and judged by machines that do not know our database
    "src/ordergraph/identity/remembering.py":      "until when a token that was checked is good",
    "src/ordergraph/identity/revoking.py":         "which tokens that were taken back have ended",
    "src/ordergraph/identity/signed.py":           "whether a token has ended",
    "src/ordergraph/identity/tokens.py":           "from when to when a token is good",
    "src/ordergraph/transports/sockets/term.py":   "when a socket's token ends",
    "src/ordergraph/transports/streams.py":        "when a stream's token ends",
    # others compare it with clocks of theirs
    "src/ordergraph/notifications/mailing.py":     "the Date of a mail",
    "src/ordergraph/outgoing/posting.py":          "a Retry-After that is a date",
    "src/ordergraph/outgoing/signing.py":          "the moment of a signature",
    # nothing is due by it
    "src/ordergraph/checks.py":                    "how far the machine's clock is from the database's",
    "src/ordergraph/files/storages/local.py":      "how old a leftover is, by the disk's clock",
    "src/ordergraph/infra/logs.py":                "when a line was logged",
    "workers/ticks.py":                            "when to look next; what is due is asked of the database",
}
# fmt: on


def _readers() -> set[str]:
    return {
        name(path)
        for path in files("src", "workers")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in READS
    }


def test_no_deadline_is_judged_by_a_machines_own_clock() -> None:
    """J9."""
    assert _readers() == set(MAY)


def test_nobody_hides_a_clock_behind_another_name() -> None:
    """`from time import time` would not be seen."""
    hidden = [
        name(path)
        for path in files("src", "workers")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        if {alias.name for alias in node.names} & {"time", "time_ns", "localtime", "gmtime"}
    ]

    assert hidden == []
