"""Tortoise's migration, without the copies of all models, and the queries over them, that nobody looks at.

That it was run is written down in its own transaction: Tortoise does so in the next one, and who dies in
between could migrate no more.
"""

from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import ConnectionHandler
from tortoise.migrations import Migration
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import AddField, CreateModel, Operation, RunSQL
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

LOOKS_AT_WHAT_IT_MADE: Final = (AddField, CreateModel, RunSQL)
"""Neither way do these ask what was there before them; nor do others of the kind change what they made."""


class LeanMigration(Migration):
    """Copying the state around each operation took most of the time, up and still more down."""

    async def apply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        _ask_nothing(state)
        if dry_run or collect_sql or schema_editor is None:
            return await super().apply(
                state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
            )
        in_transaction = schema_editor.client.capabilities.supports_transactions
        for operation in self.operations:
            before = state if isinstance(operation, LOOKS_AT_WHAT_IT_MADE) else state.clone()
            operation.state_forward(self.app_label, state)
            await self._run_database_forward(
                operation, before, state, schema_editor, in_transaction
            )
        state.validate_relations_initialized()
        await MigrationRecorder(schema_editor.client).record_applied(self.app_label, self.name)
        return state

    async def unapply(
        self,
        state: State,
        *,
        dry_run: bool = False,
        schema_editor: BaseSchemaEditor | None = None,
        collect_sql: bool = False,
    ) -> State:
        _ask_nothing(state)
        if dry_run or collect_sql or schema_editor is None:
            return await super().unapply(
                state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql
            )
        in_transaction = schema_editor.client.capabilities.supports_transactions
        for operation, before, after in reversed(self._steps(state)):
            await self._run_database_backward(
                operation, after, before, schema_editor, in_transaction
            )
        await MigrationRecorder(schema_editor.client).record_unapplied(self.app_label, self.name)
        return state

    def _steps(self, state: State) -> list[tuple[Operation, State, State]]:
        """Each operation, what it found and what it left; those that may share a state do."""
        steps = []
        after = state.clone()
        for operation in self.operations:
            if not operation.reversible:
                raise ValueError(f"{operation} in {self} is not reversible")
            before = after
            if not isinstance(operation, LOOKS_AT_WHAT_IT_MADE):
                after = before.clone()
            operation.state_forward(self.app_label, after)
            steps.append((operation, before, after))
        return steps


class Written(MigrationRecorder):
    """Reads what has been run; each migration has written it down already."""

    async def record_applied(self, app: str, name: str) -> None:
        """In its own transaction."""

    async def record_unapplied(self, app: str, name: str) -> None:
        """In its own transaction, too."""


class LeanExecutor(MigrationExecutor):
    """Tortoise's own, for such migrations."""

    def __init__(self, connection: BaseDBAsyncClient, apps: dict[str, dict[str, Any]]) -> None:
        super().__init__(connection, apps)
        self.recorder = self.loader.recorder = Written(connection)


def _ask_nothing(state: State) -> None:
    """A state without connections builds no queries over its models, anew after each operation."""
    state.apps._connections = ConnectionHandler()  # noqa: SLF001  (it is given there once for all)
