"""The one line of a notification, in somebody's language."""

from ordergraph.kernel.actor import Role
from ordergraph.notifications.models import Notification
from ordergraph.notifications.process import operator_title, title


def line(row: Notification, language: str) -> str:
    if row.side is Role.OPERATOR:
        facts = {"number": row.order_number, "subject": row.subject}
        return operator_title(row.type, row.actor_role, facts, language)
    assert row.order_number is not None, "the sides are told of orders"
    return title(row.type, row.actor_role, row.order_number, language)
