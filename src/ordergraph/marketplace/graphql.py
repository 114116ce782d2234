"""Reasons and the policy in the API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.columns import STANDS
from ordergraph.api.context import Info
from ordergraph.api.nodes import Loaded
from ordergraph.api.scalars import publish
from ordergraph.kernel import policy
from ordergraph.kernel.actor import Role
from ordergraph.kernel.language import DEFAULT
from ordergraph.marketplace import models, queries
from ordergraph.marketplace.models import Fault, ReasonContext

publish(ReasonContext)
publish(Fault)


def label(labels: Mapping[str, str], language: str) -> str:
    return labels.get(language, labels[DEFAULT])


@strawberry.type(
    description="Why somebody cancels or complains. The list is the marketplace's own."
)
class Reason(Loaded, relay.Node):
    loader: ClassVar[str] = "reason"

    id: relay.NodeID[UUID]
    handle: str = strawberry.field(
        description="The stable name to send, such as no-longer-needed.",
        metadata={STANDS: "handle"},
    )
    context: ReasonContext = strawberry.field(
        description="What the reason is for.", metadata={STANDS: "context"}
    )
    fault: Fault = strawberry.field(description="Whose doing it is.", metadata={STANDS: "fault"})
    retired: bool = strawberry.field(
        description="Whether it can no longer be picked.", metadata={STANDS: "retired"}
    )
    labels: strawberry.Private[dict[str, str]]
    suggested: strawberry.Private[dict[str, dict[str, str]]]

    @strawberry.field(description="The text to show, in the language of Accept-Language.")
    def label(self, info: Info) -> str:
        return label(self.labels, info.context.language)

    @strawberry.field(
        description="A polite first message over this reason, in the language of Accept-Language, to"
        " change as they like; null where there is none."
    )
    def suggested_message(
        self,
        info: Info,
        role: Annotated[
            Role, strawberry.argument(description="Who writes: the buyer, or the seller.")
        ],
    ) -> str | None:
        said = self.suggested.get(role)
        return said.get(info.context.language, said[DEFAULT]) if said else None

    @classmethod
    def of(cls, row: models.Reason) -> Self:
        return cls(
            id=row.id,
            handle=row.handle,
            context=row.context,
            fault=row.fault,
            retired=row.retired,
            labels=row.labels,
            suggested=row.suggested,
        )


@strawberry.type(description="One of the numbers that the marketplace chooses.")
class PolicyNumber:
    name: str = strawberry.field(description="Its name, such as cancel_window_s.")
    value: str = strawberry.field(description="As the policy commands write it: 24h, 7d, true.")
    usual: str = strawberry.field(description="What it is where nothing else was chosen.")
    meaning: str = strawberry.field(description="What it is for.")


@strawberry.type(
    description="A published set of numbers; each order keeps those it was placed under."
)
class Policy:
    version: int = strawberry.field(description="It counts up; 0 are the defaults.")
    published_at: datetime | None = strawberry.field(
        description="Since when orders are placed under it; null for the defaults."
    )
    numbers: list[PolicyNumber] = strawberry.field(description="All of them.")

    @classmethod
    def of(cls, row: models.PolicyVersion | None) -> Self:
        chosen = policy.Policy.from_json(row.numbers) if row else policy.Policy()
        return cls(
            version=row.version if row else 0,
            published_at=row.published_at if row else None,
            numbers=[
                PolicyNumber(
                    name=name,
                    value=policy.shown(name, getattr(chosen, name)),
                    usual=policy.shown(name, getattr(policy.Policy(), name)),
                    meaning=policy.about(name),
                )
                for name in policy.NUMBERS
            ],
        )


@strawberry.type
class MarketplaceQuery:
    @strawberry.field(
        description="For operators: the numbers that new orders get, or those of another version;"
        " null when there is no such version."
    )
    async def policy(self, info: Info, version: int | None = None) -> Policy | None:
        info.context.require_operator()
        row = await queries.policy_version(version)
        return Policy.of(row) if row or not version else None

    @strawberry.field(
        description="The reasons that you may give today, in the order to show them;"
        " without a token, a buyer's."
    )
    async def reasons(self, info: Info, context: ReasonContext) -> list[Reason]:
        roles = info.context.actor.roles or {Role.BUYER}
        return [Reason.of(row) for row in await queries.reasons(context, roles)]

    @strawberry.field(description="The server's clock: count down from this, not from the phone's.")
    async def now(self, info: Info) -> datetime:
        return await info.context.now()
