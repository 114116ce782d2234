"""What the two sides show, what would help, and all of it in one file."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.pages import PAGE, Connection, Slice, paged
from ordergraph.api.ready import loaded
from ordergraph.disputes.evidence_types import HANDED_IN, Evidence, EvidenceChecklist
from ordergraph.disputes.pack.links import EvidencePack
from ordergraph.disputes.parts.part import Part


@strawberry.type
class Proved(Part):
    @loaded(description="What both sides handed in to prove their word, oldest first.")
    async def evidence(
        self, info: Info, first: int = PAGE, after: str | None = None
    ) -> Connection[Evidence]:
        wanted = Slice(first, after).of(HANDED_IN)
        found = await info.context.load.shown.evidence.load((self.row.id, wanted))
        return paged(found, HANDED_IN, wanted, Evidence.of)

    @loaded(description="Which evidence would help, and what of it is there.")
    async def evidence_checklist(self, info: Info) -> EvidenceChecklist:
        role = await self.role(info)
        reason = await info.context.load.reason.load(self.row.reason_id)
        had = await info.context.load.shown.had.load(self.row.id)
        return EvidenceChecklist.of(reason.handle, role, had)

    @loaded(description="Everything that you see of it in one file, as for a bank: to download.")
    async def evidence_pack(self, info: Info) -> EvidencePack:
        return EvidencePack.of(self.row.id, info.context, await info.context.now())
