"""A schema that may not be asked for: no introspection, and no error that tells names of it."""

import re
from collections.abc import Iterable
from typing import Any, Final

from graphql import FieldNode, GraphQLError, ValidationRule

from ordergraph.api.documents.walking import ROOTS

OFFER: Final = re.compile(r"\s*Did you mean\b.*", re.DOTALL)
QUOTE: Final = "'"
QUOTED: Final = re.compile(r"'[^']*'")
WORD: Final = re.compile(r"\w+")


class NoIntrospection(ValidationRule):
    """Refuses to tell the schema. `__typename` tells clients what they got, and stays."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in ROOTS:
            self.report_error(
                GraphQLError(
                    f"The schema may not be asked for here: {node.name.value}.",
                    node,
                    extensions={"code": "INTROSPECTION_DISABLED"},
                )
            )


def discreet(errors: Iterable[GraphQLError], sent: str) -> list[GraphQLError]:
    """The same errors. Those of the request name nothing of the schema that its sender did not.

    Names stand in quotes, and so does what was sent: where that has a quote in it, nobody knows which
    of them begins a name, so whatever stands on either side of one is hushed.
    """
    shown, known = list(errors), set(WORD.findall(sent))
    hushed = _hushed_around if QUOTE in sent else _hushed_within
    for error in shown:
        if error.path is None:
            error.message = hushed(OFFER.sub("", error.message), known)
    return shown


def _hushed_within(message: str, known: set[str]) -> str:
    return QUOTED.sub(lambda quoted: _hushed(quoted[0], known, f"{QUOTE}…{QUOTE}"), message)


def _hushed_around(message: str, known: set[str]) -> str:
    return QUOTE.join(_hushed(piece, known, "…") for piece in message.split(QUOTE))


def _hushed(text: str, known: set[str], otherwise: str) -> str:
    return text if known.issuperset(WORD.findall(text)) else otherwise
