"""All modules of the house, and what is in them."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import ordergraph
import workers

ROOT = Path(__file__).parents[2]
GENERATED = {ROOT / "src/ordergraph/migrations/0001_initial.py"}


def files(*folders: str) -> list[Path]:
    """The Python files that people write."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if path not in GENERATED]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file with its length, from its first decorator to its last line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield node.name, (node.end_lineno or start) - start + 1


def import_everything() -> None:
    """Import each module, so that every refusal and event is known."""
    for package in (ordergraph, workers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and module.name != "workers.main":
                importlib.import_module(module.name)


def descendants(kind: type) -> set[type]:
    """Every class below this one, but for those that tests make up."""
    below = {child for sub in kind.__subclasses__() for child in {sub, *descendants(sub)}}
    return {child for child in below if child.__module__.startswith("ordergraph")}
