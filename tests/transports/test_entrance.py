"""The line that each request leaves in the log."""

from http import HTTPStatus

from structlog.testing import capture_logs

from tests.market import Market
from tests.transports.serving import client


async def test_a_status_is_logged_as_its_number(market: Market) -> None:
    """Not as HTTPStatus, which people would read as <HTTPStatus.UNSUPPORTED_MEDIA_TYPE: 415>."""
    with capture_logs() as logs:
        async with client(market) as line:
            answer = await line.post("/graphql", content="")

    (said,) = [entry for entry in logs if entry["event"] == "request"]
    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert repr(said["status"]) == "415"
