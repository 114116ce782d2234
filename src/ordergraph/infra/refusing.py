"""What is refused before any application hears of it: in JSON, as GraphQL's own answers are."""

from typing import Any, Final

import orjson

HEADERS: Final = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def refusal(code: str, message: str) -> bytes:
    """The body that says why."""
    error: dict[str, Any] = {"message": message, "extensions": {"code": code}}
    return orjson.dumps({"errors": [error]})
