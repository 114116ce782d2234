"""Text becomes a syntax tree, within bounds that hold while it is read."""

from collections.abc import Callable
from typing import Final, TypeVar

from graphql import DocumentNode, GraphQLSyntaxError, SelectionSetNode, Source, TypeNode, ValueNode
from graphql.language.parser import Parser

from ordergraph.api.documents.limits import LimitExceeded, Limits

NESTING: Final = 64
"""How deep anything may nest, so that whoever recurses into it stays far from Python's own limit.
More than what the limit of depth allows, because inline fragments nest and add no depth."""
T = TypeVar("T")


def parse(text: str, limits: Limits) -> DocumentNode:
    """Read a document; raises LimitExceeded, or GraphQLSyntaxError."""
    parser = _Bounded(text, limits)
    try:
        return parser.parse_document()
    except GraphQLSyntaxError:
        if parser.tokens > limits.tokens:
            raise LimitExceeded("tokens", limits.tokens, parser.tokens, or_more=True) from None
        raise


class _Bounded(Parser):
    """The library's own; it stops before it is deep inside."""

    def __init__(self, text: str, limits: Limits) -> None:
        super().__init__(
            Source(text),
            max_lexical_tokens=limits.tokens,
            max_comments=limits.tokens,
            allow_empty_selection_sets=False,  # `{}` is none of GraphQL's, whatever the library takes
        )
        self._limits = limits
        self._level = 0

    @property
    def tokens(self) -> int:
        """How many there were until it stopped, without comments."""
        return self._lexical_token_counter

    def parse_selection_set(self) -> SelectionSetNode:
        return self._inside(super().parse_selection_set)

    def parse_value_literal(self, is_const: bool) -> ValueNode:
        return self._inside(lambda: super(_Bounded, self).parse_value_literal(is_const))

    def parse_type_reference(self) -> TypeNode:
        return self._inside(super().parse_type_reference)

    def _inside(self, parse: Callable[[], T]) -> T:
        self._level += 1
        if self._level > NESTING:
            raise LimitExceeded("depth", self._limits.depth, self._level, or_more=True)
        node = parse()
        self._level -= 1
        return node
