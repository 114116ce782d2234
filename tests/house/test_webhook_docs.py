"""docs/webhooks.md says what is true."""

import re
import runpy
from pathlib import Path

from graphql import parse, validate

from ordergraph.outgoing.process import MOST_ENDPOINTS, RETRIES
from ordergraph.schema import schema

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "webhooks.md").read_text()


def test_the_table_of_events_is_fresh() -> None:
    renewed = runpy.run_path(str(ROOT / "docs" / "generate.py"))["renewed_webhooks"]

    assert renewed(TEXT) == TEXT, "run `make docs`"


def test_what_it_tells_operators_to_send_is_valid() -> None:
    bodies = re.findall(r"```graphql\n(.*?)```", TEXT, re.DOTALL)

    assert bodies
    for body in bodies:
        assert validate(schema._schema, parse(body)) == []


def test_the_pauses_that_it_names_are_those_of_the_table() -> None:
    said = " ".join(TEXT.split())
    units = {"s": 1, "min": 60, "h": 3600}
    (listed,) = re.findall(r"comes again after (.*?) \(each", said)

    named = [int(n) * units[unit] for n, unit in re.findall(r"(\d+) (s|min|h)\b", listed)]

    assert named == [pause.total_seconds() for pause in RETRIES]
    assert MOST_ENDPOINTS == 100
