"""Dashboard, alerts and handbook speak of what there is."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ordergraph.books import meters
from ordergraph.books.queries import Overdue
from ordergraph.cli import app
from ordergraph.infra import counters
from ordergraph.infra.heartbeat import Beat
from ordergraph.settings import known

ROOT = Path(__file__).parents[2]
ALERTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "ops/alerts.yml").read_text())["groups"][0][
    "rules"
]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "ops/grafana/ordergraph.json").read_text())
HANDBOOK = (ROOT / "docs/operate.md").read_text()
OF_THE_CLIENT = {"process_resident_memory_bytes"}
"""Prometheus' own library tells it."""


def _told() -> set[str]:
    """Every name that /metrics can tell, when everything has happened once."""
    now = datetime.now(UTC)
    reading = meters.Reading(
        now=now,
        late=Overdue(1, now),
        open_refunds={"SCHEDULED": 1},
        waiting=1,
        waiting_since=now,
        dead={"outbox": 1},
        differences=0,
        reconciled_at=now,
    )
    counters.OPERATIONS.labels("Name", "query", "ok").observe(0.1)
    counters.REQUESTS.labels("graphql", "POST", "200").inc()
    counters.ERRORS.labels("INTERNAL").inc()
    beat = Beat("x", [("ordergraph_gateway_calls", {"call": "refund", "outcome": "busy"}, 1.0)])
    beat.samples.append(("ordergraph_jobs", {"job": "send_refunds", "outcome": "done"}, 1.0))
    around = meters.Around(beats=[beat], queue_depth=0, subscriptions=0, documents={"hit": 1})
    text = meters.text(reading, around).decode()
    return set(re.findall(r"^([a-z_]+)(?:\{| )", text, re.MULTILINE))


def _asked(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:ordergraph|process)_[a-z_]+", expression)) - {"process_"}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))
def test_an_alert_asks_for_numbers_that_are_told(alert: dict[str, Any]) -> None:
    asked = _asked(alert["expr"])

    assert asked
    assert asked <= _told()


def test_there_are_four_alerts_and_each_has_its_chapter() -> None:
    anchors = {
        re.sub(r"[^a-z -]", "", line.removeprefix("### ").lower()).replace(" ", "-")
        for line in HANDBOOK.splitlines()
        if line.startswith("### ")
    }

    assert len(ALERTS) == 4
    for alert in ALERTS:
        page, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert page == "docs/operate.md"
        assert anchor in anchors


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_for_numbers_that_are_told(panel: dict[str, Any]) -> None:
    asked = {name for target in panel["targets"] for name in _asked(target["expr"])}

    assert asked
    assert asked - OF_THE_CLIENT <= _told()


def test_panels_do_not_lie_on_each_other() -> None:
    taken = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_every_variable_that_the_handbook_names_is_there() -> None:
    named = set(re.findall(r"`(ORDERGRAPH_[A-Z_]+)(?:=[a-z]+)?`", HANDBOOK))

    assert len(named) > 10
    assert named <= set(known())


def test_every_command_that_the_handbook_names_is_there() -> None:
    lines = set(re.findall(r"ordergraph ((?:[a-z-]+ ?)+)", HANDBOOK))
    commands = {line.split()[0] for line in lines} & _all_commands()

    assert {"migrate", "serve", "worker", "check", "reconcile", "revoke"} <= commands
    for command in ("revoke user", "revoke token"):
        assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 0


def _all_commands() -> set[str]:
    named = {c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands}  # type: ignore[union-attr]  # each has one
    return named | {str(group.name) for group in app.registered_groups}


def test_every_metric_that_the_handbook_names_is_told() -> None:
    named = set(re.findall(r"`(ordergraph_[a-z_]+)`", HANDBOOK))

    assert named
    assert named <= _told()
