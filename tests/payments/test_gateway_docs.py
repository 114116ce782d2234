"""docs/gateways.md is true: its tokens are the sandbox's, and its example keeps the contract."""

import re
import sys
from types import ModuleType
from unittest import SkipTest

import pytest

from ordergraph.payments.gateways.sandbox_tokens import TOKENS
from ordergraph.testing.gateways import GatewayContract
from tests.house.walk import ROOT

PAGE = (ROOT / "docs" / "gateways.md").read_text()
PROMISES = sorted(name for name in dir(GatewayContract) if name.startswith("test_"))


def _code(name: str) -> str:
    (code,) = re.findall(rf"```python\n# {name}\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The test module of the page, with the gateway of the page."""
    modules = {name: ModuleType(name) for name in ("ordergraph_till", "test_till")}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(_code(f"{name}.py"), name, "exec"), vars(module))  # noqa: S102  (our own page)
    return modules["test_till"]


async def test_the_example_keeps_every_promise_that_a_till_can_be_asked_for(
    example: ModuleType,
) -> None:
    skipped = set()
    for name in PROMISES:
        try:
            await getattr(GatewayContract(), name)(example.Bench())
        except SkipTest:
            skipped.add(name)

    troubled = ("lost", "never_arrived", "declined_", "pending", "later", "forgotten", "too_many")
    others = ("bank", "somebody", "message")
    assert skipped <= {
        name for name in PROMISES if any(word in name for word in (*troubled, *others))
    }
    assert len(PROMISES) - len(skipped) >= 19


def test_every_token_of_the_sandbox_is_explained() -> None:
    table = PAGE[PAGE.index("| token |") : PAGE.index("## Your own")]
    named = set[str]()
    for row in table.splitlines():
        prefix = ""
        for full, rest in re.findall(r"`(tok_[a-z]+_?[a-z_]*|…(_[a-z_]+))`", row):
            if rest:
                named.add(prefix + rest)
            else:
                named.add(full)
                prefix = "_".join(full.split("_")[:2])

    assert named == set(TOKENS)
