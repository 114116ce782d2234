"""How a query or a mutation runs, once its document is read, measured and validated.

Strawberry's `execute` would open four contexts around each operation for its extensions, and look for
what we know by then. What ours are for is written down here instead, in their order; subscriptions,
which are long, go Strawberry's way (`Schema.stream`), with the extensions themselves.
"""

import asyncio
import time
from collections.abc import Container
from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import GraphQLError
from strawberry import Schema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from ordergraph.api.context import MOMENT, Context, Moment
from ordergraph.api.documents.library import Document
from ordergraph.api.faults import field_of, presented
from ordergraph.api.introspection import KNOWN
from ordergraph.api.metered import count, measure
from ordergraph.api.preparing import executor_of
from ordergraph.infra import tracing


async def run(
    schema: Schema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: Context,
    kinds: Container[OperationType],
) -> ExecutionResult:
    """Run the operation of this name, or the only one. Whatever fails in it is among its errors.

    Raises CannotGetOperationTypeError where nobody knows which is meant, and
    InvalidOperationTypeError for a kind that does not run here, as Strawberry does.
    """
    with tracing.span("operation", "server") as span:
        began = time.perf_counter()
        MOMENT.set(Moment())
        chosen = document.operation(name)
        kind = chosen.leading
        if kind is not None and kind not in kinds:
            raise InvalidOperationTypeError(kind)
        if kind is None or chosen.kind is None:
            raise CannotGetOperationTypeError(name)
        result = await _told(schema, document, name, variables, context)
        measure(span, kind, chosen.label, context, result.errors or (), began)
        return result


async def _told(
    schema: Schema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: Context,
) -> ExecutionResult:
    """What is answered; what everybody is told alike may be known."""
    alike = KNOWN.key(schema, document, name, variables)
    if alike is None:
        return await _result(schema, document, name, variables, context)
    return KNOWN.get(alike) or KNOWN.keep(
        alike, await _result(schema, document, name, variables, context)
    )


async def show(
    schema: Schema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: Context,
    shown: object,
) -> ExecutionResult:
    """Answer the subscription of this name once, about this object: what its field would yield."""
    MOMENT.set(Moment())
    result = await _result(schema, document, name, variables, context, shown)
    count(result.errors or ())
    return result


async def _result(
    schema: Schema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: Context,
    root: object = None,
) -> ExecutionResult:
    """What is answered; its errors are presentable."""
    result = await _executed(schema, document, name, variables, context, root)
    if result.errors:
        field = partial(field_of, schema, document.tree, name)
        result.errors = presented(result.errors, field)
    return result


async def _executed(
    schema: Schema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: Context,
    root: object,
) -> ExecutionResult:
    if document.problems:
        return PreExecutionError(data=None, errors=document.problems)
    try:
        executor = executor_of(schema, document, name, variables, context, root)
        if isinstance(executor, list):
            return ExecutionResult(data=None, errors=executor)
        done: Any = executor.execute_operation()
        if isawaitable(done):
            done = await done
    except asyncio.CancelledError:
        if _is_ended():
            raise
        return PreExecutionError(data=None, errors=[_as_error(RuntimeError("ended by nobody"))])
    except Exception as problem:  # noqa: BLE001  (an edge: it is masked, and logged)
        return PreExecutionError(data=None, errors=[_as_error(problem)])
    return ExecutionResult(data=done.data, errors=done.errors)


def _is_ended() -> bool:
    """Whether somebody ends this operation; else it waited for what was ended, which is a fault of ours."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _as_error(problem: Exception) -> GraphQLError:
    if isinstance(problem, GraphQLError):
        return problem
    return GraphQLError(str(problem), original_error=problem)
