"""The new evidence of an appeal: without any there is nothing to look at once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ordergraph.appeals.models import Appeal, AppealEvidence
from ordergraph.disputes.words import EvidenceType
from ordergraph.kernel.refusal import InvalidInput, Refusal
from ordergraph.kernel.text import NOTE_LIMIT, written

MOST: Final = 20


@dataclass(eq=False)
class EvidenceRequired(Refusal):
    """`missing`: what has to be there."""

    missing: str
    says = {
        "en": "New evidence is required: {missing}.",
        "de": "Es braucht neue Belege: {missing}.",
    }


@dataclass(frozen=True, slots=True)
class NewEvidence:
    type: EvidenceType
    note: str


def check(given: Sequence[NewEvidence]) -> list[NewEvidence]:
    """Return it as it is stored, or refuse."""
    if not given:
        raise EvidenceRequired("evidence")
    if len(given) > MOST:
        raise InvalidInput(field="evidence", problem=f"at most {MOST}")
    return [
        NewEvidence(
            piece.type,
            written(piece.note, field=f"evidence.{n}.note", limit=NOTE_LIMIT, required=True),
        )
        for n, piece in enumerate(given)
    ]


async def keep(appeal: Appeal, pieces: Sequence[NewEvidence]) -> None:
    rows = [
        AppealEvidence(appeal_id=appeal.id, position=n, type=piece.type, note=piece.note)
        for n, piece in enumerate(pieces, start=1)
    ]
    await AppealEvidence.bulk_create(rows)
