"""Lines of what happened in the thread, internal notes of operators, suggested first messages."""

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from uuid_utils.compat import uuid7

from ordergraph.disputes.words import MessageKind
from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

# fmt: off
CHECKS = {
    "messages": {
        "messages_kind":       "CASE kind WHEN 'TEXT'  THEN body IS NOT NULL AND event_type IS NULL AND facts IS NULL"
                               "          WHEN 'EVENT' THEN body IS NULL AND event_type IS NOT NULL AND facts IS NOT NULL"
                               "          ELSE false END",
    },
    "internal_notes": {
        "internal_notes_body": "char_length(body) BETWEEN 1 AND 4000",
    },
}

INDEXES = {
    "internal_notes_newest": "INDEX {name} ON internal_notes (dispute_id, written_at, id)",
}
# fmt: on

APPEND_ONLY = ("internal_notes",)
NEVER_EMPTIED = ("internal_notes",)


class Migration(LeanMigration):
    dependencies = [("models", "0012_files")]
    operations = [
        ops.CreateModel(
            name="InternalNote",
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
                ("author_id", fields.UUIDField()),
                ("body", fields.TextField(unique=False)),
                ("written_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "internal_notes",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What staff write to each other about a dispute. No party ever learns that there is one.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="Message",
            options={
                "table": "messages",
                "app": "models",
                "unique_together": (("dispute", "position"),),
                "pk_attr": "id",
                "table_description": "One line of a thread: stored once, in order, never changed.",
            },
        ),
        ops.AlterField(
            model_name="Message",
            name="body",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Message",
            name="event_type",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="Message",
            name="facts",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Message",
            name="kind",
            field=fields.CharEnumField(
                default=MessageKind.TEXT,
                description="MessageKind",
                db_default="TEXT",
                enum_type=MessageKind,
                max_length=32,
            ),
        ),
        ops.AddField(
            model_name="Reason",
            name="suggested",
            field=fields.JSONField(default=dict, db_default={}, encoder=JSON_DUMPS, decoder=loads),
        ),
        guards.checks(CHECKS),
        guards.indexes(INDEXES),
        guards.append_only(APPEND_ONLY),
        guards.never_emptied(NEVER_EMPTIED),
    ]
