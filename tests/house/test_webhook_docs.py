"""docs/webhooks.md says what is true."""

import re
import runpy
from base64 import b64encode
from pathlib import Path
from typing import Any

from graphql import parse, validate

from ordergraph.outgoing.process import MOST_ENDPOINTS, RETRIES
from ordergraph.outgoing.signing import headers
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


def test_a_receiver_without_a_library_knows_what_is_ours() -> None:
    """From the page alone, by any of two secrets; not what was changed, nor what is old."""
    (code,) = [
        code for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "hmac" in code
    ]
    page: dict[str, Any] = {}
    exec(code, page)  # noqa: S102  (our own page)
    old, new, other = [f"whsec_{b64encode(letter * 32).decode()}" for letter in (b"o", b"n", b"x")]
    body = '{"type":"webhook.test","data":"ü"}'

    signed = headers("msg_1", body, [old, new])
    stale = {**signed, "webhook-timestamp": str(int(signed["webhook-timestamp"]) - 301)}

    for secret, of, said, ours in (
        (old, signed, body, True),
        (new, signed, body, True),
        (other, signed, body, False),
        (new, signed, body + " ", False),
        (new, stale, body, False),
    ):
        assert page["is_ours"](secret, of, said.encode()) is ours


def test_the_pauses_that_it_names_are_those_of_the_table() -> None:
    said = " ".join(TEXT.split())
    units = {"s": 1, "min": 60, "h": 3600}
    (listed,) = re.findall(r"comes again after (.*?) \(each", said)

    named = [int(n) * units[unit] for n, unit in re.findall(r"(\d+) (s|min|h)\b", listed)]

    assert named == [pause.total_seconds() for pause in RETRIES]
    assert MOST_ENDPOINTS == 100
