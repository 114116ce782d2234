"""Attachments, and evidence that they hang on; what hangs on something never changes."""

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import RunSQL
from uuid_utils.compat import uuid7

from ordergraph.disputes.words import EvidenceType
from ordergraph.files.process import AttachedTo, AttachmentStatus
from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    "attachments": {
        "attachments_size":      "size > 0",
        "attachments_status":    "status IN ('AWAITING_UPLOAD', 'STORED', 'DISCARDED')",
        "attachments_seen":      "status <> 'STORED' OR (sha256 IS NOT NULL AND stored_at IS NOT NULL)",
        "attachments_attached":  "num_nulls(attached_at, attached_as, attached_to_id, place) IN (0, 4) AND (attached_at IS NULL OR status = 'STORED')",
        "attachments_hook":      "attached_as IN ('EVIDENCE', 'MESSAGE')",
    },
    "evidence": {
        "evidence_position":     "position > 0",
        "evidence_author":       "author_role IN ('BUYER', 'SELLER', 'OPERATOR')",
        "evidence_type_known":   "type IN ('PHOTO', 'VIDEO', 'PROOF_OF_SHIPMENT', 'PROOF_OF_DELIVERY', 'PROOF_OF_RETURN', 'PROOF_OF_DAMAGE', 'ITEM_DESCRIPTION', 'CONVERSATION', 'OTHER')",
    },
}

INDEXES = {
    "attachments_abandoned": "INDEX {name} ON attachments (expires_at) WHERE attached_at IS NULL",
    "attachments_hung":      "UNIQUE INDEX {name} ON attachments (attached_to_id, place) WHERE attached_at IS NOT NULL",
}
# fmt: on

APPEND_ONLY = ("evidence",)
NEVER_EMPTIED = ("evidence",)

HUNG_UP = """
CREATE TRIGGER attachments_hung_never_change BEFORE UPDATE OR DELETE ON attachments FOR EACH ROW
WHEN (OLD.attached_at IS NOT NULL) EXECUTE FUNCTION ordergraph_never_change();
"""
HUNG_DOWN = "DROP TRIGGER attachments_hung_never_change ON attachments;"


class Migration(LeanMigration):
    dependencies = [("models", "0011_returns")]

    operations = [
        ops.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "order",
                    fields.ForeignKeyField(
                        "models.Order",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("uploader_id", fields.UUIDField()),
                ("file_name", fields.CharField(max_length=130)),
                ("content_type", fields.CharField(max_length=60)),
                ("size", fields.BigIntField()),
                ("storage", fields.CharField(max_length=40)),
                ("storage_key", fields.CharField(unique=True, max_length=80)),
                (
                    "status",
                    fields.CharEnumField(
                        description="AttachmentStatus", enum_type=AttachmentStatus, max_length=32
                    ),
                ),
                ("sha256", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("stored_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "attached_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "attached_as",
                    fields.CharEnumField(
                        null=True, description="AttachedTo", enum_type=AttachedTo, max_length=32
                    ),
                ),
                ("attached_to_id", fields.UUIDField(null=True)),
                ("place", fields.SmallIntField(null=True)),
            ],
            options={
                "table": "attachments",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One file. Once it hangs on something it never changes; until then only its uploader sees it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True),
                ),
                (
                    "dispute",
                    fields.ForeignKeyField(
                        "models.Dispute",
                        source_field="dispute_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                (
                    "type",
                    fields.CharEnumField(
                        description="EvidenceType", enum_type=EvidenceType, max_length=32
                    ),
                ),
                ("note", fields.TextField(unique=False)),
                ("author_id", fields.UUIDField(null=True)),
                ("author_role", fields.CharField(max_length=16)),
                ("submitted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "evidence",
                "app": "models",
                "unique_together": (("dispute", "position"),),
                "pk_attr": "id",
                "table_description": "What one side shows to prove its word: handed in once, in order, never changed.",
            },
            bases=["Model"],
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.append_only(APPEND_ONLY),
        guards.never_emptied(NEVER_EMPTIED),
        RunSQL(HUNG_UP, HUNG_DOWN),
    ]
