"""Headers by their names: what Starlette finds by walking through all of them."""

import pytest
from starlette.datastructures import Headers

from ordergraph.transports.heads import Heads

ONCE = [(b"host", b"h"), (b"accept", b"*/*"), (b"x-odd", b"gr\xfcn"), (b"x-empty", b"")]
NAMES = ["host", "Accept", "ACCEPT", "x-odd", "x-empty", "missing"]


@pytest.mark.parametrize("sent", [[], ONCE, [*ONCE, (b"accept", b"text/html"), (b"host", b"")]])
def test_whatever_is_sent_the_same_is_found(sent: list[tuple[bytes, bytes]]) -> None:
    ours, theirs = Heads({"headers": sent}), Headers(raw=sent)

    for name in NAMES:
        assert ours.getlist(name) == theirs.getlist(name)
        assert ours.get(name) == theirs.get(name)
        assert ours.get(name, "else") == theirs.get(name, "else")
        assert (name in ours) == (name in theirs)
    assert ours == theirs
