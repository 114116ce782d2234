"""Which columns of an order decide whether it can be canceled: a screen reads no others for it."""

from datetime import UTC, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any, Final, get_type_hints

import pytest

from ordergraph.cancellations.buttons import can_cancel
from ordergraph.cancellations.process import CancellationStatus, Ground, OrderFacts, OrderStory
from ordergraph.kernel.actor import Role
from ordergraph.orders.process import ORDER, OrderAction, OrderStatus

NOW: Final = datetime(2026, 11, 29, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
STORY: Final = dict.fromkeys({*get_type_hints(OrderStory)} - {*get_type_hints(OrderFacts)})


def request(status: CancellationStatus, due_at: datetime) -> Any:
    return SimpleNamespace(status=status, whole=True, response_due_at=due_at, decided_at=NOW)


REQUESTS: Final = (
    None,
    request(CancellationStatus.REQUESTED, NOW + HOUR),
    request(CancellationStatus.REQUESTED, NOW - HOUR),
    request(CancellationStatus.REJECTED, NOW + HOUR),
    request(CancellationStatus.APPROVED, NOW + HOUR),
)
MOMENTS: Final = (None, NOW - HOUR, NOW + HOUR)


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("role", Role)
def test_where_the_table_allows_it_nothing_else_is_looked_at(
    status: OrderStatus, role: Role
) -> None:
    """Where it does not, the answer is no, whoever looks at what."""
    allowed = ORDER.allows(OrderAction.CANCEL, status, role)
    for until, ship_by, late, asked in product(MOMENTS, MOMENTS, (True, False), REQUESTS):
        facts: Any = {"status": status, "cancelable_until": until, "late_cancellation": late}
        facts["ship_by_at"] = ship_by
        whole: Any = SimpleNamespace(**facts, **STORY)
        expected = can_cancel(Ground(whole, asked), role, NOW)
        if allowed:
            assert can_cancel(Ground(SimpleNamespace(**facts), asked), role, NOW) is expected
        else:
            assert expected is False
