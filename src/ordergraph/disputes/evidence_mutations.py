"""The mutation that hands evidence in."""

from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.pages import Edge
from ordergraph.disputes import evidence
from ordergraph.disputes.evidence_types import HANDED_IN, Evidence
from ordergraph.disputes.types import MoveError
from ordergraph.disputes.words import EvidenceType
from ordergraph.files.graphql import AttachError, read_ids


@strawberry.input(description="What you show: a note, or files, or both.")
class EvidenceInput:
    type: EvidenceType = strawberry.field(description="What it shows.")
    note: str = strawberry.field(
        default="", description="What you say of it, at most 1,000 characters; all sides read it."
    )
    attachment_ids: list[relay.GlobalID] = strawberry.field(
        default_factory=list, description="Files of your own, stored and not attached yet."
    )


@strawberry.input(description="What you show in which dispute: a note, or files, or both.")
class DisputeEvidenceAddInput(EvidenceInput):
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")


def read_evidence(info: Info, given: EvidenceInput) -> evidence.NewEvidence:
    """What an input hands in; more files than may hang on it are refused."""
    files = read_ids(info, given.attachment_ids)
    return evidence.NewEvidence(type=given.type, note=given.note, attachment_ids=files)


@strawberry.type(description="Handed in: stored once, in order, for good.")
class DisputeEvidenceAddSuccess:
    edge: Edge[Evidence] = strawberry.field(
        description="The evidence, and its place in Dispute.evidence."
    )


DisputeEvidenceAddResult = Annotated[
    DisputeEvidenceAddSuccess | AttachError | MoveError,
    strawberry.union("DisputeEvidenceAddResult"),
]


@strawberry.type
class EvidenceMutation:
    @mutation(description="Show what proves your word: both sides, until the dispute is over.")
    async def dispute_evidence_add(
        self,
        info: Info,
        input: DisputeEvidenceAddInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeEvidenceAddResult:
        dispute_id, new = uuid_of(input.dispute_id, "Dispute"), read_evidence(info, input)
        async with info.context.transaction() as tx:
            row = await evidence.hand_in(tx, dispute_id, new)
        return DisputeEvidenceAddSuccess(
            edge=Edge(cursor=HANDED_IN.cursor(row), node=Evidence.of(row))
        )
