"""One's own private limit in the API."""

from datetime import datetime
from typing import Self

import strawberry

from ordergraph.api.scalars import Money
from ordergraph.disputes.quiet import models
from ordergraph.disputes.quiet.process import MOST_CHANGES
from ordergraph.kernel import money


@strawberry.type(
    description="What you would settle for; nobody else is told, not even that you have said it."
)
class PrivateLimit:
    amount: Money | None = strawberry.field(
        description="As buyer the least that you take, as seller the most that you give; null when"
        " you took it back."
    )
    set_at: datetime = strawberry.field(description="When you said so.")
    changes_left: int = strawberry.field(
        description="How often you may still set another one; taking it back costs nothing."
    )

    @classmethod
    def of(cls, row: models.PrivateLimit, currency: str) -> Self:
        minor = row.amount_minor
        return cls(
            amount=None if minor is None else Money.of(money.Money(minor, currency)),
            set_at=row.set_at,
            changes_left=MOST_CHANGES - row.changes,
        )
