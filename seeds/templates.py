"""The decisions that operators begin with, in words for both sides, in English and German."""

from typing import NamedTuple

from ordergraph.disputes.decisions.models import DecisionTemplate
from ordergraph.disputes.decisions.process import DecisionOutcome


class Row(NamedTuple):
    handle: str
    outcome: DecisionOutcome
    reason: str | None
    label: tuple[str, str]
    text: tuple[str, str]


FULL, PART, NONE, WITH_RETURN = DecisionOutcome

# fmt: off
TEMPLATES = (
    #   handle                 suggests     for the reason       label and text, English and German
    Row("never-arrived",       FULL,        "not-received",      ("It never arrived", "Nie angekommen"),
        ("The carrier cannot prove that the parcel was delivered. The buyer gets the money back.",
         "Der Zusteller kann die Zustellung nicht belegen. Der Käufer bekommt das Geld zurück.")),
    Row("delivery-proven",     NONE,        "not-received",      ("Delivery is proven", "Zustellung belegt"),
        ("The carrier proves that the parcel was delivered to the address of the order. There is no refund.",
         "Der Zusteller belegt, dass das Paket an der Adresse der Bestellung ankam. Es gibt keine Erstattung.")),
    Row("not-as-described",    WITH_RETURN, "not-as-described",  ("Not as described: return it", "Nicht wie beschrieben: zurück"),
        ("The goods are not what was described. The buyer sends them back and then gets the money.",
         "Die Ware entspricht nicht der Beschreibung. Der Käufer schickt sie zurück und bekommt dann das Geld.")),
    Row("small-defect",        PART,        "defective",         ("A small defect", "Kleiner Mangel"),
        ("The goods have a defect, and can be used. The buyer keeps them and gets a part of the price back.",
         "Die Ware hat einen Mangel, ist aber brauchbar. Der Käufer behält sie und bekommt einen Teil zurück.")),
    Row("damage-shown",        FULL,        "damaged",           ("The damage is shown", "Schaden belegt"),
        ("The pictures show that the goods were damaged when they came. The buyer gets the money back.",
         "Die Bilder zeigen, dass die Ware beschädigt ankam. Der Käufer bekommt das Geld zurück.")),
    Row("counterfeit",         FULL,        "counterfeit",       ("A counterfeit", "Fälschung"),
        ("The goods are a counterfeit and must not be sent on. The buyer gets the money back.",
         "Die Ware ist eine Fälschung und darf nicht weitergeschickt werden. Der Käufer bekommt das Geld zurück.")),
    Row("no-evidence",         NONE,        None,                ("Nothing was shown", "Nichts belegt"),
        ("What the buyer complains of could not be shown. There is no refund.",
         "Was der Käufer beanstandet, ließ sich nicht belegen. Es gibt keine Erstattung.")),
)
# fmt: on


async def keep_templates() -> None:
    """Bring the rows up to date with the table above; whether one is retired stays as it is."""
    rows = [
        DecisionTemplate(
            handle=row.handle,
            labels=dict(zip(("en", "de"), row.label, strict=True)),
            texts=dict(zip(("en", "de"), row.text, strict=True)),
            outcome=row.outcome,
            reason_handle=row.reason,
            position=position,
        )
        for position, row in enumerate(TEMPLATES)
    ]
    await DecisionTemplate.bulk_create(
        rows,
        on_conflict=["handle"],
        update_fields=["labels", "texts", "outcome", "reason_handle", "position"],
    )
