"""Writes the parts of README.md that the code knows better: the machines, the codes and the settings.

`make docs` runs it; a test says when one is stale.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ordergraph.api.codes import CODES
from ordergraph.appeals.process import APPEAL
from ordergraph.cancellations.process import CANCELLATION
from ordergraph.disputes.process import DISPUTE
from ordergraph.kernel.process import Process
from ordergraph.orders.process import ORDER
from ordergraph.outgoing.process import catalogue
from ordergraph.reactions import EVENTS
from ordergraph.refunds.process import REFUND
from ordergraph.settings import known

README = Path(__file__).parent.parent / "README.md"
WEBHOOKS = Path(__file__).parent / "webhooks.md"
SECTION = r"(<!-- generated: {name} -->\n).*?(<!-- end -->)"


def diagram(process: Process[Any, Any]) -> str:
    """Draw a table of moves as a Mermaid state diagram; what a clock does is in brackets."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {process.start}"]
    for move in process.moves:
        if move.start is move.to:  # nothing to draw
            continue
        who = (
            f"[{move.clock}]" if move.clock else "/".join(sorted(role.lower() for role in move.by))
        )
        lines.append(f"    {move.start} --> {move.to}: {_title(move.action)} — {who}")
    lines += [f"    {state} --> [*]" for state in process.states if state in process.final]
    return "\n".join([*lines, "```"])


def _title(action: str) -> str:
    return action.lower().replace("_", " ")


def settings_table() -> str:
    """List every variable with its default and meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in known().items():
        default = field.get_default(call_default_factory=True)
        rows.append(f"| `{name}` | {_shown(default)} | {field.description} |")
    return "\n".join(rows)


def codes_table() -> str:
    """List every code of an error with its status and meaning."""
    rows = ["| code | HTTP | meaning |", "|---|---|---|"]
    rows += [f"| `{code}` | {status} | {meaning} |" for code, (status, meaning) in CODES.items()]
    return "\n".join(rows)


def _shown(default: object) -> str:
    if default in (None, {}):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def sections() -> Iterator[tuple[str, str]]:
    yield "the life of an order", diagram(ORDER)
    yield "the life of a late request", diagram(CANCELLATION)
    yield "the life of a refund", diagram(REFUND)
    yield "the life of a dispute", diagram(DISPUTE)
    yield "the life of an appeal", diagram(APPEAL)
    yield "codes", codes_table()
    yield "settings", settings_table()


def events_table() -> str:
    """List every event that webhooks tell of, and what the message's data has."""
    assert EVENTS, "importing it has made every event known"
    rows = ["| type | what has happened | members of `data` |", "|---|---|---|"]
    for name, says, members in catalogue():
        rows.append(f"| `{name}` | {says} | {', '.join(f'`{member}`' for member in members)} |")
    return "\n".join(rows)


def _filled(content: str, section: re.Match[str]) -> str:
    return f"{section[1]}{content}\n{section[2]}"


def renewed(text: str, parts: Iterable[tuple[str, str]] | None = None) -> str:
    """Return the text with each generated section as it should be today; the README's by default."""
    for name, content in sections() if parts is None else parts:
        pattern = re.compile(SECTION.format(name=re.escape(name)), re.DOTALL)
        text, count = pattern.subn(partial(_filled, content), text)
        assert count == 1, f"there is no section {name!r}"
    return text


def renewed_webhooks(text: str) -> str:
    """Return docs/webhooks.md with its table of events as it should be today."""
    return renewed(text, [("events", events_table())])


if __name__ == "__main__":
    for document, renew in ((README, renewed), (WEBHOOKS, renewed_webhooks)):
        before = document.read_text()
        after = renew(before)
        document.write_text(after)
        done = "is as it was" if after == before else "renewed"
        sys.stdout.write(f"{document.name} {done}\n")
