"""Builds GraphiQL's files from npm packages: `python -m ordergraph.graphiql.build`."""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from ordergraph.graphiql import node

HERE: Final = Path(__file__).resolve().parent
PAGE: Final = HERE / "page"
STATIC: Final = HERE / "static"
"""Built, ignored by git."""


def build(cache: Path = node.CACHE) -> bool:
    """Bring `static/` up to date and return whether there was anything to do."""
    if is_fresh():
        return False
    cache.mkdir(parents=True, exist_ok=True)
    with node.alone(cache / "build.lock"):
        if is_fresh():
            return False
        _bundle(cache)
    return True


def is_fresh() -> bool:
    """Tell whether `static/` was built from the very sources that lie here now."""
    stamp = STATIC / "built-from"
    return stamp.exists() and stamp.read_text() == _inputs()


def _inputs() -> str:
    """Return a hash of every file that decides what is built."""
    digest = hashlib.sha256()
    for file in sorted(path for path in PAGE.iterdir() if path.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _bundle(cache: Path) -> None:
    inputs = _inputs()
    tool = node.find(cache)
    modules = node.install(PAGE, cache / "graphiql", tool)
    fresh = STATIC.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    bundler = (str(tool.node), str(PAGE / "bundle.mjs"), str(fresh), str(modules))
    node.run(bundler, PAGE, tool)
    (fresh / "built-from").write_text(inputs)
    shutil.rmtree(STATIC, ignore_errors=True)
    fresh.rename(STATIC)


def main() -> int:
    """Build, say how it went, and return the exit code."""
    started = time.monotonic()
    try:
        built = build()
    except (node.ToolError, OSError, subprocess.TimeoutExpired) as problem:
        sys.stderr.write(f"GraphiQL could not be built. {problem}\n")
        return 1
    took = time.monotonic() - started
    sys.stdout.write(f"GraphiQL: built in {took:.1f} s\n" if built else "GraphiQL: up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
