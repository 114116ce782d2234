"""Results and failures as the GraphQL JSON that goes out."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response
from strawberry.types import ExecutionResult

NOT_STORED: Final = {"cache-control": "no-store"}


def payload(result: ExecutionResult) -> dict[str, Any]:
    """What an answer holds. Where nothing was executed there is no `data`."""
    shown: dict[str, Any] = {} if result.data is None and result.errors else {"data": result.data}
    if result.errors:
        shown["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        shown["extensions"] = result.extensions
    return shown


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
