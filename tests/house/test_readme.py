"""README.md says what is true."""

import json
import re
import runpy
from pathlib import Path

import pytest
from graphql import parse, validate

from ordergraph.checks import OLDEST_POSTGRES
from ordergraph.cli import app
from ordergraph.schema import schema

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_generated_parts_are_fresh() -> None:
    renewed = runpy.run_path(str(ROOT / "docs" / "generate.py"))["renewed"]

    assert renewed(README) == README, "run `make docs`"


def test_what_it_tells_people_to_send_is_valid() -> None:
    [body] = re.findall(r"<<'JSON'\n(.*?)\nJSON", README, re.DOTALL)

    problems = validate(schema._schema, parse(json.loads(body)["query"]))

    assert [problem.message for problem in problems] == []


def test_the_database_that_it_wants_is_the_one_that_check_wants() -> None:
    handbook = (ROOT / "docs" / "operate.md").read_text()

    named = re.findall(r"PostgreSQL (\d+) or newer", README + handbook)

    assert {int(version) for version in named} == {OLDEST_POSTGRES}
    assert len(named) >= 2


@pytest.mark.parametrize(
    "named", sorted(set(re.findall(r"(?:src/ordergraph/)?\b[a-z]+/[a-z]+\.py", README)))
)
def test_each_file_that_it_names_is_there(named: str) -> None:
    assert (ROOT / named).exists() or (ROOT / "src" / "ordergraph" / named).exists()


def test_each_command_that_it_names_exists() -> None:
    known = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
    }
    known |= {group.name for group in app.registered_groups}

    named = set(re.findall(r"[`/]ordergraph ([a-z]+(?:-[a-z]+)*)", README))

    assert named
    assert named <= known
