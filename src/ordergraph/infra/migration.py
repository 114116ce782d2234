"""Tortoise's migration, without the copies of all models that most operations never look at."""

from typing import Final

from tortoise.migrations import Migration
from tortoise.migrations.operations import AddField, CreateModel, RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

LOOKS_AHEAD_ONLY: Final = (AddField, CreateModel, RunSQL)
"""Going forward, these never ask what was there before."""


class LeanMigration(Migration):
    """Copying the state before each operation took most of the time of a new installation."""

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        if dry_run or collect_sql or schema_editor is None:
            return await super().apply(
                state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
            )
        in_transaction = schema_editor.client.capabilities.supports_transactions
        for operation in self.operations:
            before = state if isinstance(operation, LOOKS_AHEAD_ONLY) else state.clone()
            operation.state_forward(self.app_label, state)
            await self._run_database_forward(
                operation, before, state, schema_editor, in_transaction
            )
        state.validate_relations_initialized()
        return state
