"""The clients' npm packages, installed once: `python -m tests.clients.packages`."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from ordergraph.graphiql import node

HERE: Final = Path(__file__).resolve().parent / "node"


def installed(cache: Path = node.CACHE) -> tuple[node.Node, Path]:
    """A Node.js, and the folder node_modules: nothing happens when the lock file is the same."""
    cache.mkdir(parents=True, exist_ok=True)
    with node.alone(cache / "clients.lock"):
        tool = node.find(cache)
        return tool, node.install(HERE, cache / "clients", tool)


def main() -> int:
    """Install, and return the exit code; without packages there are no tests of clients."""
    try:
        installed()
    except (node.ToolError, OSError, subprocess.TimeoutExpired) as problem:
        sys.stderr.write(f"The clients' packages could not be installed. {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
