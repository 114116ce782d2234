"""Operators copy ids from the API's answers, and from the log."""

from uuid import UUID

import pytest
from strawberry import relay

from ordergraph.cli_ids import read_id

ID = UUID("01a22b64-cf72-7a31-8c55-0e6f1f0a9d33")


@pytest.mark.parametrize("text", [relay.to_base64("Order", ID), str(ID), ID.hex])
def test_an_id_is_read_however_it_was_copied(text: str) -> None:
    assert read_id(text, "Order") == ID


@pytest.mark.parametrize(
    "text",
    [
        relay.to_base64("Refund", ID),
        relay.to_base64("Order", "12"),
        relay.to_base64("Order", ID)[:-4],
        "K7Q4-9XWM",
        "T3JkZXI=",
        "/////w==",
        "Ordér",
        "",
    ],
)
def test_what_names_something_else_or_nothing_is_no_id(text: str) -> None:
    assert read_id(text, "Order") is None
