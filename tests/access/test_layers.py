"""What a resolver shows comes through one layer below it, which asks what the viewer may see (A7).

A resolver that reads a table by itself could forget to ask. So what is GraphQL touches no table: rows
come from a domain's `queries`, or from a loader, and a new one that does otherwise fails here.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tortoise.models import Model

from tests.house.walk import ROOT, files, name

READING: Final = {
    "all", "filter", "exclude", "get", "get_or_none", "first", "exists", "raw", "in_bulk",
    "annotate", "select_for_update", "create", "bulk_create", "update_or_create", "get_or_create",
}  # fmt: skip
STATEMENTS: Final = {"execute_query", "execute_query_dict", "execute_script"}
BY_THEMSELVES: Final = {
    # who reads a table in a resolver: why nothing is forgotten there
    "src/ordergraph/deadletters/graphql.py": "asks for the operator's role in the same function",
}
ASK_UNDER_ANOTHER_NAME: Final = {
    # a look-up by id: what it asks
    "reason": "nothing: reasons are for everybody",
    "parts.line": "orders.queries.lines_visible_to",
    "parts.event": "orders.queries.events_visible_to",
    "withdrawal.document": "withdrawals.queries.documents_visible_to",
}


def _resolvers() -> Iterator[tuple[Path, ModuleType]]:
    """The modules that make types of the API, and the looks that loaders take."""
    for path in files("src/ordergraph"):
        text = path.read_text()
        if "@strawberry" in text or "@mutation(" in text:
            dotted = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
            yield path, importlib.import_module(dotted.removesuffix(".__init__"))


def _meant(node: ast.expr, module: ModuleType) -> Any:
    """What a dotted name stands for in that module."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute):
        return getattr(_meant(node.value, module), node.attr, None)
    return None


def _touches(path: Path, module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        asked, of = node.func.attr, _meant(node.func.value, module)
        is_table = isinstance(of, type) and issubclass(of, Model)
        if (is_table and asked in READING) or asked in STATEMENTS:
            yield f"{name(path)}:{node.lineno}: {ast.unparse(node.func)}"


def test_no_resolver_reads_a_table_by_itself() -> None:
    found = [
        touch
        for path, module in _resolvers()
        if name(path) not in BY_THEMSELVES
        for touch in _touches(path, module)
    ]

    assert found == [], "let a query that starts from visible_to(actor) read it"


def test_who_reads_by_themselves_still_does() -> None:
    resolvers = {name(path): (path, module) for path, module in _resolvers()}

    assert [n for n in BY_THEMSELVES if not list(_touches(*resolvers[n]))] == []


def test_the_look_sees_the_resolvers() -> None:
    """A look at nothing would always be content."""
    seen = {name(path) for path, _ in _resolvers()}

    assert {"src/ordergraph/orders/graphql.py", "src/ordergraph/disputes/mutations.py"} <= seen
    assert len(seen) > 30


def test_every_loader_that_is_asked_by_id_asks_for_the_viewer() -> None:
    """`node` looks up by these: their names say that they ask, and their look is given the viewer."""
    for path, module in _resolvers():
        for kind in vars(module).values():
            loader = getattr(kind, "loader", None)
            if isinstance(loader, str) and kind.__module__ == module.__name__:
                asks = "visible" in loader or loader in ASK_UNDER_ANOTHER_NAME
                assert asks, f"{name(path)}: {loader}"
