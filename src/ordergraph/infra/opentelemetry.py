"""OpenTelemetry itself: imported by tracing.py, and only where traces are asked for."""

from importlib.metadata import version
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as Theirs
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ordergraph.infra.tracing import HEADER

PROPAGATOR: Final = TraceContextTextMapPropagator()


class Span:
    """One of ours, made of one of theirs."""

    def __init__(self, theirs: Theirs) -> None:
        self._theirs = theirs
        context = theirs.get_span_context()
        flags = f"{int(context.trace_flags):02x}"
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags}"

    def rename(self, name: str) -> None:
        self._theirs.update_name(name)

    def note(self, **facts: str | float) -> None:
        self._theirs.set_attributes(facts)

    def fail(self, kind: str) -> None:
        self._theirs.set_status(Status(StatusCode.ERROR))
        self._theirs.set_attribute("error.type", kind)

    def end(self) -> None:
        self._theirs.end()


class Engine:
    """Sends in batches, from a thread of its own; where it goes stands in the environment."""

    def __init__(self, service: str) -> None:
        about = {"service.name": service, "service.version": version("ordergraph")}
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES of the environment win
        resource = Resource(about).merge(Resource.create())
        named = resource.attributes.get("service.name", "")
        if str(named).startswith("unknown_service"):
            resource = resource.merge(Resource(about))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("ordergraph")

    def start(self, name: str, kind: str, parent: str) -> Span:
        context = PROPAGATOR.extract({HEADER: parent})
        return Span(self._tracer.start_span(name, context, kind=SpanKind[kind.upper()]))

    def close(self) -> None:
        self._provider.shutdown()


def engine(service: str) -> Engine:
    return Engine(service)
