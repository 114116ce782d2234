"""What every job is given."""

from typing import Any, TypeAlias

from ordergraph.wiring import Wiring

Ctx: TypeAlias = dict[str, Any]
"""arq's own: `wiring` is put in when the worker starts."""


def wiring(ctx: Ctx) -> Wiring:
    found = ctx["wiring"]
    assert isinstance(found, Wiring), "the worker has started"
    return found
