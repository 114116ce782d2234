"""Where the clients' scripts run: copies of ours, beside the packages, with one server to talk to."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    introspection_from_schema,
    is_abstract_type,
    parse,
)

from ordergraph.graphiql.node import Node
from ordergraph.schema import schema
from ordergraph.tour import documents as tour
from ordergraph.tour.quarrel import documents as quarrel
from tests.clients.packages import HERE
from tests.house.walk import ROOT

PATIENCE_S: Final = 110
SCHEMA: Final = schema._schema
SOURCES: Final[Mapping[str, ModuleType]] = {"tour": tour, "quarrel": quarrel}


@dataclass(frozen=True)
class Bench:
    """A folder in which Node finds our scripts and the packages."""

    node: Node
    folder: Path
    installation: Mapping[str, Any] = field(default_factory=dict)

    def run(self, script: str, **more: Any) -> str:
        """Run one script's checks; the test fails with what it said if any of them does."""
        told = json.dumps({**self.installation, **more})
        return self.play("--test-reporter=spec", "--test-force-exit", script, INSTALLATION=told)

    def play(self, *args: str, **env: str) -> str:
        """Run Node.js in the folder and return what it printed."""
        done = subprocess.run(
            [str(self.node.node), *args],
            cwd=self.folder,
            env={**os.environ, "NO_COLOR": "1", "NODE_NO_WARNINGS": "1", **env},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{args[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def lay_out(folder: Path, modules: Path) -> Path:
    """Put everything in its place that the scripts look for."""
    for file in HERE.iterdir():
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    shutil.copyfile(ROOT / "schema.graphql", folder / "schema.graphql")
    (folder / "introspection.json").write_text(json.dumps(introspection_from_schema(SCHEMA)))
    (folder / "possible-types.json").write_text(json.dumps(possible_types()))
    (folder / "node_modules").symlink_to(modules)
    (folder / "documents").mkdir()
    for name, text in documents():
        (folder / "documents" / f"{name}.graphql").write_text(text)
    return folder


def possible_types() -> dict[str, list[str]]:
    """As graphql-codegen's fragment-matcher writes them."""
    return {
        name: [member.name for member in SCHEMA.get_possible_types(kind)]
        for name, kind in SCHEMA.type_map.items()
        if is_abstract_type(kind)
    }


def documents() -> Iterator[tuple[str, str]]:
    """Every operation that the tour's apps send."""
    for source, module in SOURCES.items():
        for name, value in vars(module).items():
            if isinstance(value, str) and _is_operation(value):
                yield f"{source}_{name.lower()}", value


def _is_operation(text: str) -> bool:
    try:
        parsed = parse(text)
    except GraphQLError:
        return False
    return any(isinstance(part, OperationDefinitionNode) for part in parsed.definitions)
