"""The peers' npm packages, installed once into a folder outside git, with the scripts beside them."""

import shutil
from pathlib import Path
from typing import Final

from ordergraph.graphiql import node

SCRIPTS: Final = Path(__file__).resolve().parent / "servers" / "node"
OLDEST: Final = (22, 0)  # PostGraphile's, though it does not say so


def node_command(script: str) -> tuple[str, ...]:
    """How to run a script: Node looks for packages from where the script lies, so it is copied."""
    node.CACHE.mkdir(parents=True, exist_ok=True)
    home = node.CACHE / "bench"
    with node.alone(node.CACHE / "bench.lock"):
        tool = node.find(oldest=OLDEST)
        node.install(SCRIPTS, home, tool)
        for found in SCRIPTS.glob("*.mjs"):
            shutil.copyfile(found, home / found.name)
    return (str(tool.node), str(home / script))
