"""Which evidence helps whom, for each reason: a table. Pure."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from ordergraph.disputes.words import EvidenceType
from ordergraph.kernel.actor import Role

T = EvidenceType
BUYER, SELLER = Role.BUYER, Role.SELLER
Had = tuple[Role, EvidenceType]
"""Who handed in what."""
USUAL: Final = ""
"""Stands for each reason that has no rows of its own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What helps one side. `required`: without it that side will hardly be believed."""

    side: Role
    type: EvidenceType
    required: bool


# fmt: off
ROWS: Final = (
    # reason             whom it helps  what is required                             what helps besides
    ("not-received",     BUYER,         (),                                          (T.CONVERSATION,)),
    ("not-received",     SELLER,        (T.PROOF_OF_SHIPMENT, T.PROOF_OF_DELIVERY),  ()),
    ("not-as-described", BUYER,         (T.PHOTO, T.ITEM_DESCRIPTION),               (T.VIDEO,)),
    ("not-as-described", SELLER,        (T.ITEM_DESCRIPTION,),                       (T.PHOTO, T.CONVERSATION)),
    ("damaged",          BUYER,         (T.PHOTO,),                                  (T.VIDEO, T.PROOF_OF_DAMAGE)),
    ("damaged",          SELLER,        (T.PROOF_OF_SHIPMENT,),                      (T.PHOTO,)),
    ("defective",        BUYER,         (T.PHOTO,),                                  (T.VIDEO, T.PROOF_OF_DAMAGE)),
    ("defective",        SELLER,        (T.ITEM_DESCRIPTION,),                       (T.CONVERSATION,)),
    ("wrong-item",       BUYER,         (T.PHOTO,),                                  (T.ITEM_DESCRIPTION,)),
    ("wrong-item",       SELLER,        (T.ITEM_DESCRIPTION,),                       (T.PHOTO,)),
    ("missing-parts",    BUYER,         (T.PHOTO,),                                  (T.ITEM_DESCRIPTION,)),
    ("missing-parts",    SELLER,        (T.ITEM_DESCRIPTION,),                       (T.PHOTO, T.PROOF_OF_SHIPMENT)),
    ("empty-package",    BUYER,         (T.PHOTO,),                                  (T.VIDEO, T.PROOF_OF_DAMAGE)),
    ("empty-package",    SELLER,        (T.PROOF_OF_SHIPMENT,),                      (T.PHOTO,)),
    ("counterfeit",      BUYER,         (T.PHOTO,),                                  (T.PROOF_OF_DAMAGE, T.ITEM_DESCRIPTION)),
    ("counterfeit",      SELLER,        (T.ITEM_DESCRIPTION,),                       (T.PHOTO, T.OTHER)),
    (USUAL,              BUYER,         (),                                          (T.CONVERSATION,)),
    (USUAL,              SELLER,        (),                                          (T.ITEM_DESCRIPTION, T.CONVERSATION)),
)
# fmt: on
KNOWN: Final = frozenset(reason for reason, *_ in ROWS)


def checklist(reason: str, role: Role) -> list[Wanted]:
    """What helps in a dispute for this reason: a side hears of its own part, the office of both."""
    named = reason if reason in KNOWN else USUAL
    return [
        Wanted(side, type_, required=type_ in needed)
        for row, side, needed, also in ROWS
        if row == named and (side is role or role not in (BUYER, SELLER))
        for type_ in (*needed, *also)
    ]


def missing(reason: str, role: Role, had: AbstractSet[Had]) -> Iterator[EvidenceType]:
    """What is required of this side and was not handed in yet."""
    return (
        item.type
        for item in checklist(reason, role)
        if item.required and (item.side, item.type) not in had
    )
