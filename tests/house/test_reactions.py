"""Whatever happens is told, and whoever has work is woken."""

import subprocess
import sys
from dataclasses import fields
from typing import get_type_hints
from uuid import UUID, uuid4

import pytest

import ordergraph.schema  # noqa: F401  (imports every domain, so that every event is known)
from ordergraph.kernel.event import Event
from ordergraph.reactions import DELIVER_OUTBOX, JOBS, Nudge, Wake, follow_ups
from workers import outbox, refunds


def _event(kind: type[Event]) -> Event:
    hints = get_type_hints(kind)
    samples = {UUID: uuid4(), str: "word", int: 1, bool: False}
    return kind(**{f.name: samples.get(hints[f.name]) for f in fields(kind)})


@pytest.mark.parametrize("kind", Event.known.values(), ids=Event.known)
def test_every_event_nudges_who_watches_its_order_and_rings_for_its_telling(
    kind: type[Event],
) -> None:
    event = _event(kind)

    led_to = list(follow_ups(event))

    assert Nudge(f"order:{event.order_id}") in led_to
    assert Wake(DELIVER_OUTBOX) in led_to
    dispute_id = getattr(event, "dispute_id", None)
    assert (Nudge(f"dispute:{dispute_id}") in led_to) is (dispute_id is not None)
    assert (Wake(JOBS.get(kind.type, "")) in led_to) is (kind.type in JOBS)


def test_every_ring_is_for_an_event_and_a_job_that_there_are() -> None:
    jobs = {job.__name__ for job in (outbox.deliver_outbox, refunds.send_refunds)}

    assert set(JOBS) <= set(Event.known)
    assert {*JOBS.values(), DELIVER_OUTBOX} == jobs


@pytest.mark.parametrize("module", ["ordergraph.telling", "ordergraph.cli"])
def test_a_process_that_answers_nobody_knows_every_event_without_the_schema(module: str) -> None:
    """Making the schema takes as long as everything else that a command imports."""
    code = (
        f"import sys, {module}; from ordergraph.kernel.event import Event; "
        "assert 'strawberry' not in sys.modules; print(*Event.known)"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(told.stdout.split()) == set(Event.known)
