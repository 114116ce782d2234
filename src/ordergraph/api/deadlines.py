"""Deadlines as GraphQL shows them."""

from datetime import datetime
from typing import Self

import strawberry

from ordergraph.api.scalars import publish
from ordergraph.kernel import deadline
from ordergraph.kernel.actor import Role
from ordergraph.kernel.language import say

publish(deadline.DeadlineKind)


@strawberry.type(description="Something that happens by itself, unless somebody acts.")
class Deadline:
    kind: deadline.DeadlineKind = strawberry.field(description="Which deadline it is.")
    due_at: datetime = strawberry.field(description="When it happens.")
    waiting_for: Role = strawberry.field(description="Who can still act.")
    consequence: str = strawberry.field(
        description="What happens then, in the language of Accept-Language."
    )

    @classmethod
    def of(cls, running: deadline.Deadline, language: str) -> Self:
        timer = running.timer
        return cls(
            kind=timer.kind,
            due_at=running.due_at,
            waiting_for=timer.waiting_for,
            consequence=say(timer.says, language, {}),
        )
