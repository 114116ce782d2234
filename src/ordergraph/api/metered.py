"""Counts every operation, on every transport: how long it took, and the codes of its errors."""

import time
from collections.abc import Iterator, Sequence

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from ordergraph.infra import tracing
from ordergraph.infra.counters import ERRORS, NAMES, STREAMS, operations_of


def measure(
    span: tracing.Span,
    kind: OperationType,
    name: str | None,
    context: object,
    errors: Sequence[GraphQLError],
    began: float,
) -> None:
    """Count an operation that began at this reading of `time.perf_counter`."""
    count(errors)
    signed_in = getattr(context, "identity", None) is not None
    label, outcome = NAMES.label(name, is_signed_in=signed_in), "errors" if errors else "ok"
    word = kind.value
    span.rename(f"{word} {label}")
    span.note(**{"graphql.operation.type": word, "ordergraph.outcome": outcome})
    if kind is OperationType.SUBSCRIPTION:
        STREAMS.labels(label, outcome).inc()
    else:
        operations_of(label, word, outcome).observe(time.perf_counter() - began)


def count(errors: Sequence[GraphQLError]) -> None:
    for error in errors:
        ERRORS.labels(str((error.extensions or {}).get("code", "UNKNOWN"))).inc()


class Metered(SchemaExtension):
    """Stands outside all other extensions, so that it sees what a client is answered."""

    def on_operation(self) -> Iterator[None]:
        with tracing.span("operation", "server") as span:
            began = time.perf_counter()
            yield
            context = self.execution_context
            errors = getattr(context.result, "errors", None) or ()
            kind = self._type()
            if kind is None:
                count(errors)
                return
            name = context.operation_name or self._name()
            measure(span, kind, name, context.context, errors, began)

    def _type(self) -> OperationType | None:
        """None for what was no operation: it was not read, or names none."""
        context = self.execution_context
        if context.graphql_document is None:
            return None
        try:
            return context.operation_type
        except RuntimeError:
            return None

    def _name(self) -> str | None:
        operation = self.execution_context._get_first_operation()  # noqa: SLF001  (Strawberry shows the name that was asked for, not the document's)
        return operation.name.value if operation and operation.name else None


def stream_over(name: str | None, outcome: str) -> None:
    """Count a broadcast subscription, of somebody's who is signed in; all others are operations."""
    STREAMS.labels(NAMES.label(name, is_signed_in=True), outcome).inc()
