"""docs/clients.md: what it says that runs is taken out of the page and run, so that it cannot grow old."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.clients.bench import Bench
from tests.house.walk import ROOT
from tests.tour.installation import Installation

PAGE: Final = (ROOT / "docs" / "clients.md").read_text()
SNIPPET: Final = re.compile(r"<!-- runs: (\w+)(?: (\w+))? -->\n```\w+\n(.*?)```", re.DOTALL)
SNIPPETS: Final = {name: (module, text) for name, module, text in SNIPPET.findall(PAGE)}
REQUIRE: Final = """import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
"""
TAG: Final = re.compile(r"graphql`\w+ (\w+).*?`", re.DOTALL)
SAID: Final = {
    "apollo": ["CANCELED", "SCHEDULED"],
    "urql": [r"\w{4}-\w{4}", "PROCESSING|CANCELED|SHIPPED|DELIVERED|COMPLETED"],
    "relay": ["Ada Buyer"],
    "gql": ["{'order': {'status': 'CANCELED'}}", "SCHEDULED"],
}


def told(text: str, served: Installation) -> str:
    """The snippet, with the address and the token that the page cannot know."""
    address = served.urls[0].removeprefix("http://")
    return text.replace("127.0.0.1:8000", address).replace("TOKEN", served.token("ada"))


def test_all_that_the_page_says_it_runs_is_run() -> None:
    assert set(SNIPPETS) == set(SAID)
    assert PAGE.count("▶\n") == len(SNIPPETS)
    assert PAGE.count("(not run)\n") == 3


def compiled(bench: Bench, module: str, text: str) -> str:
    """What Relay's compiler and its Babel plugin make of a module: each tag is its artifact."""
    folder = bench.folder / "page"
    (folder / "__generated__").mkdir(parents=True)
    (folder / "package.json").write_text('{"type": "commonjs"}')
    (folder / f"{module}.js").write_text(text)
    settings = {"src": "page", "schema": "schema.graphql", "language": "javascript"}
    artifacts = {"artifactDirectory": "page/__generated__", "eagerEsModules": False}
    (bench.folder / "page.json").write_text(json.dumps(settings | artifacts))
    bench.play("node_modules/relay-compiler/cli.js", "page.json")
    return REQUIRE + TAG.sub(r'require("./page/__generated__/\1.graphql.js")', text)


@pytest.mark.parametrize("name", ["apollo", "urql", "relay"])
def test_an_example_in_javascript_does_what_it_says(
    bench: Bench, served: Installation, name: str
) -> None:
    """P2."""
    module, text = SNIPPETS[name]
    script = told(compiled(bench, module, text) if module else text, served)
    (bench.folder / f"page_{name}.mjs").write_text(script)

    said = bench.play("--import", "./websocket.mjs", f"page_{name}.mjs").splitlines()

    assert len(said) == len(SAID[name])
    assert all(map(re.fullmatch, SAID[name], said)), said


def test_the_example_in_python_does_what_it_says(served: Installation, tmp_path: Path) -> None:
    """P2: queries and mutations over httpx, subscriptions over websockets."""
    script = tmp_path / "page.py"
    script.write_text(told(SNIPPETS["gql"][1], served))

    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.stdout.splitlines() == SAID["gql"], done.stderr
