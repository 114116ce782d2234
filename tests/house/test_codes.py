"""The codes of errors: each that is given stands in the table, and each of the table is given."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ordergraph.api.codes import CODES
from tests.house.walk import files

SHOUTED = re.compile(r"[A-Z]+(_[A-Z]+)*")
GIVEN = [
    path
    for path in files("src")
    if path.parts[-2] in {"api", "documents", "transports", "sockets", "protection"}
    and path.name != "codes.py"
]


def _strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _codes(path: Path) -> Iterator[str]:
    """What stands as a code: under that name, as a class's, or as an argument of a fault."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Dict):
            told = [v for k, v in zip(node.keys, node.values, strict=True) if _is(k, "code")]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
            told = [node.value]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("__init__", "Fault")):
            told = node.args
        else:
            continue
        for value in told:
            if isinstance(value, ast.Constant) and SHOUTED.fullmatch(str(value.value)):
                yield str(value.value)


def _is(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def test_every_code_that_is_given_stands_in_the_table() -> None:
    given = {code for path in GIVEN for code in _codes(path)}

    assert given - set(CODES) == set()
    assert {"BAD_REQUEST", "INTERNAL", "UNAUTHENTICATED", "RATE_LIMITED"} <= given


def test_every_code_of_the_table_is_given() -> None:
    assert set(CODES) - {text for path in GIVEN for text in _strings(path)} == set()
