"""A worker killed at each point of a refund's way is followed by one that ends it. Promises M1, J3."""

import signal
import sys
from typing import Final
from uuid import UUID

from strawberry import relay

from tests.faults.crashing import Point
from tests.faults.deployment import PATIENCE_S, Deployment, ended

CRASHING: Final = (sys.executable, "-m", "tests.faults.crashing")
SHORT: Final = {"gateway_timeout_s": 1, "refund_lease_s": 3}  # it dies sooner than it times out
UNFINISHED, DONE = "UNKNOWN", "SUCCEEDED"

# fmt: off
ATTEMPTS: Final = {
    # the worker dies              paid by then, and how the refund's attempts end
    Point.BEFORE_THE_CLAIM:       (False, [DONE]),
    Point.CLAIM_WRITTEN:          (False, [DONE]),
    Point.CLAIM_COMMITTED:        (False, [UNFINISHED, DONE]),
    Point.CALLED_WITHOUT_EFFECT:  (False, [UNFINISHED, DONE]),
    Point.EFFECT_WITHOUT_ANSWER:  (True,  [UNFINISHED, DONE]),
    Point.ANSWERED:               (True,  [UNFINISHED, DONE]),
    Point.RECORD_WRITTEN:         (True,  [UNFINISHED, DONE]),
    Point.RECORD_COMMITTED:       (True,  [DONE]),
}
# fmt: on


async def _promised(deployment: Deployment) -> UUID:
    """A refund that falls due by itself."""
    order = await deployment.client("olga").place()
    answer = await deployment.client("ada").cancel(order)
    return UUID(relay.from_base64(answer["refund"]["id"])[1])


async def _is_paid(deployment: Deployment, refund_id: UUID) -> bool:
    query = "SELECT count(*) FROM sandbox_journal WHERE reference = $1"
    return bool(await deployment.books.one(query, refund_id))


async def _attempts(deployment: Deployment, refund_id: UUID) -> list[str]:
    query = "SELECT outcome FROM refund_attempts WHERE refund_id = $1 ORDER BY number"
    return [outcome for (outcome,) in await deployment.books.fetch(query, refund_id)]


async def test_a_worker_killed_at_any_point_leaves_a_refund_that_is_paid_once(
    deployment: Deployment,
) -> None:
    await deployment.api()
    refunds = {point: await _promised(deployment) for point in Point}
    lost = [
        deployment.worker(point.name.lower(), (*CRASHING, str(int(point)), str(refund)), **SHORT)
        for point, refund in refunds.items()
    ]
    assert [await ended(child, PATIENCE_S) for child in lost] == [-signal.SIGKILL] * len(Point)
    paid = {point: await _is_paid(deployment, refund) for point, refund in refunds.items()}
    assert paid == {point: expected for point, (expected, _) in ATTEMPTS.items()}

    deployment.worker("next")
    await deployment.settled(PATIENCE_S)

    attempts = {point: await _attempts(deployment, refund) for point, refund in refunds.items()}
    assert attempts == {point: expected for point, (_, expected) in ATTEMPTS.items()}
    assert await deployment.books.paid_back() == len(Point)
