"""Links to an evidence pack: who asked is in them, so that the pack shows what that person may see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

import strawberry

from ordergraph.api.context import Context
from ordergraph.files.graphql import TemporaryLink
from ordergraph.files.links import Links, SignedLink
from ordergraph.files.process import READ_WITHIN
from ordergraph.identity.claims import Identity
from ordergraph.kernel.actor import Actor, Role

PACK: Final = "evidence pack"
"""The purpose of these links."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which pack, in which form, in which language, for whom: good while what they came with is."""

    dispute_id: UUID
    form: str
    language: str
    asker: Identity

    @property
    def actor(self) -> Actor:
        return self.asker.actor

    def signed(self, links: Links, now: datetime) -> SignedLink:
        """The link with which it is fetched."""
        given_at = self.asker.issued_at
        facts = {
            "dispute": str(self.dispute_id),
            "form": self.form,
            "language": self.language,
            "user": str(self.actor.user_id),
            "roles": sorted(self.actor.roles),
            "token": self.asker.token_id,
            "given": given_at.timestamp() if given_at else None,
        }
        return links.to("packs", PACK, facts, now + READ_WITHIN)

    @classmethod
    def read(cls, links: Links, token: str, now: datetime) -> Self:
        """What a link asks for; raises BadLink."""
        facts: dict[str, Any] = links.read(PACK, token, now)
        return cls(UUID(facts["dispute"]), facts["form"], facts["language"], _asker(facts))


def _asker(facts: dict[str, Any]) -> Identity:
    """As far as a link tells; one of an earlier version tells no token."""
    actor = Actor(frozenset(Role[role] for role in facts["roles"]), UUID(facts["user"]))
    until, given = facts["until"], facts.get("given")
    return Identity(
        actor=actor,
        external_id="",
        display_name="",
        expires_at=datetime.fromtimestamp(until, UTC),
        token_id=facts.get("token"),
        issued_at=datetime.fromtimestamp(given, UTC) if given is not None else None,
    )


@strawberry.type(
    description="The order, the parties, the payment, the timeline with its hashes, messages,"
    " evidence with its hashes, and the decision; made when it is fetched."
)
class EvidencePack:
    json: TemporaryLink = strawberry.field(
        description="For machines: `schema` names the version of its shape."
    )
    pdf: TemporaryLink = strawberry.field(description="For people.")

    @classmethod
    def of(cls, dispute_id: UUID, context: Context, now: datetime) -> Self:
        links, asker = context.desk.keeper.links, context.identity
        assert asker is not None, "nobody sees a dispute who has not come as somebody"

        def link(form: str) -> TemporaryLink:
            order = Order(dispute_id, form, context.language, asker)
            return TemporaryLink.of(order.signed(links, now))

        return cls(json=link("json"), pdf=link("pdf"))
