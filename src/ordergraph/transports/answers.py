"""What goes out over HTTP when no operation ran, and how every answer is marked."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

NOT_STORED: Final = {"cache-control": "no-store"}


def failure(
    status: int, message: str, code: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A request that never became an operation: still GraphQL's JSON."""
    body: dict[str, Any] = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return Response(
        orjson.dumps(body),
        status_code=status,
        media_type="application/json",
        headers={**NOT_STORED, **(headers or {})},
    )
