"""Traces: one from the operation through the job to the gateway, and nothing at all when they are off."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conftest import Servers
from tests.faults.deployment import until
from tests.nursery import Nursery
from tests.operations.canaries import CANARY, TEXT
from tests.operations.plant import CANCEL, RELEASE, Plant, planted
from tests.serving import served

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
EVERYTHING = """
import sys
import ordergraph.app, ordergraph.cli, workers.observed
from ordergraph.infra import tracing
tracing.begin("nobody")
with tracing.span("work") as span:
    span.note(a=1)
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""


@dataclass
class Collector:
    """Receives spans as a real one does: OTLP over HTTP."""

    spans: list[Any] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    raw: bytes = b""

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                a.value.string_value
                for a in resource.resource.attributes
                if a.key == "service.name"
            }
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response(media_type="application/x-protobuf")

    def of(self, trace: str) -> dict[str, Any]:
        return {span.name: span for span in self.spans if span.trace_id.hex() == trace}


@pytest.fixture(scope="module")
async def traced(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> AsyncIterator[tuple[Plant, Collector]]:
    collector = Collector()
    site = Starlette(routes=[Route("/v1/traces", collector.receive, methods=["POST"])])
    async with served(site) as url, _planted(servers, tmp_path_factory, nursery) as plant:
        plant.env = {
            **plant.env,
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "NO_PROXY": "*",
        }
        plant.start("serve")
        plant.start("worker")
        await plant.is_up()
        yield plant, collector


def _planted(servers: Servers, folders: pytest.TempPathFactory, nursery: Nursery) -> Any:
    """Ticks are rare, so that it is a ring that sends the refund."""
    return planted(servers, folders.mktemp("traced"), nursery, sweep_interval_s="59")


async def test_one_trace_leads_from_the_operation_through_the_job_to_the_gateway(
    traced: tuple[Plant, Collector],
) -> None:
    plant, collector = traced
    order = await plant.place()
    first = {"x-request-id": "phone-6"}
    canceled = await plant.ask("ada", CANCEL, first, id=order["id"], note=TEXT)
    await plant.has_looked("phone-6")
    sender = {"traceparent": f"00-{TRACE}-{SPAN}-01", "x-request-id": "phone-7"}
    await plant.ask("nordic-lamps", RELEASE, sender, id=canceled["refund"]["id"])
    await plant.refund_is(order["id"], "SUCCEEDED")

    async def told() -> bool:
        return {"mutation R", "job send_refunds", "gateway refund"} <= set(collector.of(TRACE))

    await until(told)
    spans = collector.of(TRACE)
    operation, job, call = (
        spans[name] for name in ("mutation R", "job send_refunds", "gateway refund")
    )
    assert operation.parent_span_id.hex() == SPAN
    assert job.parent_span_id == operation.span_id
    assert call.parent_span_id == job.span_id
    said = {a.key: a.value.string_value for a in operation.attributes}
    assert said["ordergraph.request_id"] == "phone-7"
    assert said["graphql.operation.type"] == "mutation"
    assert collector.services == {"ordergraph-api", "ordergraph-worker"}
    assert CANARY.encode() not in collector.raw
    assert b"orderCancel" not in collector.raw


def test_what_is_off_is_not_even_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
