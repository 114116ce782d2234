"""How the files of the page come to be, with the machine's Node.js or with the wheel's."""

import subprocess
import sys
from pathlib import Path

import pytest

from ordergraph.graphiql import build, node


@pytest.mark.usefixtures("built")
def test_a_second_build_has_nothing_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ordergraph.graphiql.build"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "GraphiQL: up to date\n"
    assert not build.build()


def test_the_lock_file_names_hashes_and_no_registry() -> None:
    for folder in (build.PAGE, Path(__file__).with_name("chromium_package")):
        lock = (folder / "package-lock.json").read_text()

        assert '"resolved"' not in lock
        assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')


@pytest.mark.parametrize("version", [None, "v18.20.0"])
def test_node_comes_out_of_a_wheel_where_the_machine_has_none_or_an_old_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str | None
) -> None:
    if version:
        for name in ("node", "npm"):
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\necho {version}\n")
            program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin" if version else str(tmp_path))

    found = node.find()

    assert found.node.is_relative_to(node.CACHE)
    assert node.run((str(found.node), "--version"), tmp_path).startswith("v24.")
    assert node.run((*found.npm, "--version"), tmp_path, found)[0].isdigit()


def test_a_lock_file_that_does_not_fit_is_refused_in_words(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "package.json").write_text('{"dependencies": {"graphql": "16.15.0"}}')
    (packages / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {"": {}}}')
    (packages / ".npmrc").write_text("offline=true\n")

    with pytest.raises(node.ToolError, match=r"package-lock\.json"):
        node.install(packages, tmp_path / "into", node.find())
    assert not (tmp_path / "into" / "installed").exists()
