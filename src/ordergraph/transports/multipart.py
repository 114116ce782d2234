"""Subscriptions as Apollo's clients ask for them over HTTP: one multipart answer without an end."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

BOUNDARY: Final = b"\r\n--graphql"


def _part(said: Mapping[str, Any]) -> bytes:
    return b"\r\ncontent-type: application/json\r\n\r\n%b%b" % (orjson.dumps(said), BOUNDARY)


class Parts:
    """Each part is followed by its boundary at once: readers wait for that."""

    # Apollo iOS 2 looks for the version without quotation marks.
    content_type = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    beat_s = 5.0
    opening = BOUNDARY
    beat = _part({})
    closing = b"--\r\n"

    def result(self, answer: bytes) -> bytes:
        return _part({"payload": orjson.Fragment(answer)})

    def fault(self, errors: list[Any]) -> bytes:
        """What cannot run is an error of the transport to these clients, too, as no answer comes."""
        return _part({"payload": None, "errors": errors})
