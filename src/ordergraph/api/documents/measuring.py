"""The size of a document, with its fragments expanded, in time that grows as its text does.

Every definition is walked once, by itself. What a fragment comes to is known before whatever spreads
it is added up: so it counts as often as it is spread, and is never walked again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from ordergraph.api.documents.limits import CAP
from ordergraph.api.documents.sizes import NOTHING, Full
from ordergraph.api.documents.walking import Counts, Part, Place, walk


class Cyclic(Exception):
    """Fragments that spread one another in a circle: they have no size."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a document comes to."""

    counts: Counts
    """Of each, the most that one of its operations or fragments has."""
    operations: Mapping[str | None, Part]
    fragments: Sequence[tuple[str, Part]]
    """Each of them after all those that it spreads."""
    is_one: bool
    """Whether there is one operation, so that no name is needed to say which is meant."""
    steps: int
    """The work of measuring: nodes that were looked at, and spreads that were added up."""

    def full(self, operation: str | None, variables: Mapping[str, Any]) -> Full:
        """How much the named operation, or the only one, answers when all its pages are full."""
        part = self.chosen(operation)
        if part is None:
            return NOTHING  # there is no such operation, which the executor says
        given, found = {**part.defaults, **variables}, dict[str, Full]()
        for name, fragment in self.fragments:
            found[name] = fragment.block.full(given, found)
        return part.block.full(given, found)

    @property
    def varies(self) -> bool:
        """Whether variables have a say in how much is answered."""
        parts = (*self.operations.values(), *(fragment for _, fragment in self.fragments))
        return any(part.block.varies for part in parts)

    def roots(self, operation: str | None) -> Mapping[str, int]:
        """How often each field of Query or Mutation stands in the operation."""
        found: dict[str, Counter[str]] = {}
        for name, fragment in self.fragments:
            found[name] = _roots(fragment, found)
        part = self.chosen(operation)
        return {} if part is None else _roots(part, found)

    def chosen(self, name: str | None) -> Part | None:
        """The operation of this name, or the only one; None where nobody knows which is meant."""
        if name is None:
            return next(iter(self.operations.values())) if self.is_one else None
        return self.operations.get(name)


def measure(document: DocumentNode, schema: GraphQLSchema) -> Measured:
    """Measure a document, valid or not; raises Cyclic."""
    operations = [
        (d.name.value if d.name else None, walk(d, schema))
        for d in document.definitions
        if isinstance(d, OperationDefinitionNode)
    ]
    fragments = {
        d.name.value: walk(d, schema)
        for d in document.definitions
        if isinstance(d, FragmentDefinitionNode)
    }
    ordered = [(name, fragments[name]) for name in _ordered(fragments)]
    totals = _totals(ordered)
    parts = [part for _, part in (*operations, *ordered)]
    return Measured(
        counts=_most(
            *(_total(part, totals) for _, part in operations),
            *(replace(total, root_fields=0) for total in totals.values()),
        ),
        operations=dict(operations),
        fragments=ordered,
        is_one=len(operations) == 1,
        steps=sum(part.steps + len(part.spreads) for part in parts),
    )


def _roots(part: Part, known: Mapping[str, Counter[str]]) -> Counter[str]:
    total = Counter(part.roots)
    for name, place in part.spreads:
        if place.depth == 0 and name in known:
            total += known[name]
    return total


def _ordered(fragments: Mapping[str, Part]) -> Iterable[str]:
    spread = {
        name: [other for other, _ in part.spreads if other in fragments]
        for name, part in fragments.items()
    }
    try:
        return list(TopologicalSorter(spread).static_order())
    except CycleError:
        raise Cyclic from None


def _totals(ordered: Iterable[tuple[str, Part]]) -> dict[str, Counts]:
    totals: dict[str, Counts] = {}
    for name, part in ordered:
        totals[name] = _total(part, totals)
    return totals


def _total(part: Part, totals: Mapping[str, Counts]) -> Counts:
    """A definition with everything that it spreads; what is not there counts nothing."""
    total = replace(part.counts)
    for name, place in part.spreads:
        if name in totals:
            _add(total, totals[name], place)
    return total


def _add(total: Counts, spread: Counts, at: Place) -> None:
    total.depth = max(total.depth, at.depth + spread.depth)
    total.aliases = _sum(total.aliases, spread.aliases)
    total.directives = _sum(total.directives, spread.directives)
    if at.depth == 0 and not at.meta:
        total.root_fields = _sum(total.root_fields, spread.root_fields)
    total.introspection_depth = max(
        total.introspection_depth, at.meta_depth + spread.introspection_depth
    )
    total.introspection_lists = _sum(total.introspection_lists, spread.introspection_lists)
    total.introspection_nesting = max(
        total.introspection_nesting, at.nesting + spread.introspection_nesting
    )
    told = at.times * spread.introspection_fields
    total.introspection_fields = min(total.introspection_fields + told, CAP + 1)


def _sum(one: int, other: int) -> int:
    return min(one + other, CAP + 1)


def _most(*counts: Counts) -> Counts:
    """Of each, the most."""
    return Counts(
        **{f.name: max((getattr(c, f.name) for c in counts), default=0) for f in fields(Counts)}
    )
