"""A schema that may not be asked for: no introspection, and no error that tells names of it."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from graphql import FieldNode, GraphQLError, ValidationRule

ASKING: Final = frozenset({"__schema", "__type"})
OFFER: Final = re.compile(r"\s*Did you mean\b.*", re.DOTALL)
QUOTED: Final = re.compile(r"'[^']*'")
WORD: Final = re.compile(r"\w+")


class NoIntrospection(ValidationRule):
    """Refuses to tell the schema. `__typename` tells clients what they got, and stays."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in ASKING:
            self.report_error(
                GraphQLError(
                    f"The schema may not be asked for here: {node.name.value}.",
                    node,
                    extensions={"code": "INTROSPECTION_DISABLED"},
                )
            )


def discreet(errors: Iterable[GraphQLError], sent: str) -> list[GraphQLError]:
    """The same errors. Those of the request name nothing of the schema that its sender did not."""
    shown, known = list(errors), set(WORD.findall(sent))
    for error in shown:
        if error.path is None:
            error.message = QUOTED.sub(partial(_hushed, known), OFFER.sub("", error.message))
    return shown


def _hushed(known: set[str], quoted: re.Match[str]) -> str:
    return quoted[0] if known.issuperset(WORD.findall(quoted[0])) else "'…'"
