"""Finding reminders whose time has come."""

from uuid import UUID

from ordergraph.orders import queries as orders
from ordergraph.reminders.models import Reminder


async def claim(reminder_id: UUID) -> Reminder | None:
    """For sweeps: hold its order, or None when somebody else holds it just now, or nothing waits any more.

    Whatever ends a wait holds the order, so a row that is still there then says that it goes on.
    """
    seen = await Reminder.get_or_none(id=reminder_id)
    if seen is None or await orders.claim(seen.order_id) is None:
        return None
    return await Reminder.get_or_none(id=reminder_id)
