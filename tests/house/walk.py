"""All modules of the house, and what is in them."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


class Definition(NamedTuple):
    """A module, a class or a function of a file."""

    kind: type[ast.AST]
    name: str
    docstring: str
    length: int
    """From its first decorator to its last line."""

    @property
    def is_function(self) -> bool:
        return self.kind in FUNCTIONS


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def definitions(path: Path) -> list[Definition]:
    """All of a file: the module itself, and what it defines."""
    return list(_definitions(ast.parse(path.read_text())))


def _definitions(tree: ast.Module) -> Iterator[Definition]:
    yield Definition(ast.Module, "", ast.get_docstring(tree) or "", 0)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            length = (node.end_lineno or start) - start + 1
            yield Definition(type(node), node.name, ast.get_docstring(node) or "", length)


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
