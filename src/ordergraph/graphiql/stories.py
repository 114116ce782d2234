"""The ready tabs: what stories.toml says, read and checked once."""

import hashlib
import json
import re
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_name("stories.toml")
OPERATION: Final = re.compile(r"^(?:query|mutation|subscription) (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Story:
    """One ready tab."""

    number: int
    title: str
    role: str
    say: str
    query: str
    variables: str
    names: tuple[str, ...]


def read() -> tuple[Story, ...]:
    """Return the tabs in their order; GraphiQL names a tab after its first operation."""
    rows = tomllib.loads(SOURCE.read_text(encoding="utf-8"))["story"]
    return tuple(_story(number, row) for number, row in enumerate(rows, start=1))


def _story(number: int, row: dict[str, object]) -> Story:
    query = str(row["query"])
    return Story(
        number=number,
        title=str(row["title"]),
        role=str(row["role"]),
        say=str(row["say"]),
        query=query,
        variables=json.dumps(row["variables"], indent=2) if "variables" in row else "",
        names=tuple(OPERATION.findall(query)),
    )


def version(stories: tuple[Story, ...]) -> str:
    """Return a word that changes with the tabs, so that a browser drops the ones it kept."""
    text = json.dumps([asdict(story) for story in stories])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
