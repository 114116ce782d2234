"""Tokens that were taken back, one by one or all of somebody's."""

from tortoise import fields
from tortoise.migrations import operations as ops

from ordergraph.infra import guards
from ordergraph.infra.migration import LeanMigration

INDEXES = {
    "revoked_tokens_news": "INDEX {name} ON revoked_tokens (revoked_at)",
    "revoked_tokens_over": "INDEX {name} ON revoked_tokens (expires_at)",
    "revoked_users_news": "INDEX {name} ON revoked_users (revoked_at)",
}


class Migration(LeanMigration):
    dependencies = [("models", "0017_withdrawals")]
    operations = [
        ops.CreateModel(
            name="RevokedToken",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, max_length=255, unique=True, db_index=True),
                ),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "revoked_tokens",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One token, by its `jti` or by what was signed; forgotten when it would have expired anyway.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RevokedUser",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("revoked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "revoked_users",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Nothing that somebody was given until then is good any more.",
            },
            bases=["Model"],
        ),
        guards.indexes(INDEXES),
    ]
