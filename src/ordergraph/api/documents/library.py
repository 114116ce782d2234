"""Documents as they are opened: read, measured, validated, and kept for the next who asks the same."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoFragmentCyclesRule,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.graphql import OperationType

from ordergraph.api.documents.limits import LimitExceeded, Limits, exceeded
from ordergraph.api.documents.measuring import Cyclic, Measured, measure
from ordergraph.api.documents.reading import parse
from ordergraph.api.documents.secrecy import NoIntrospection
from ordergraph.api.documents.sizes import Full
from ordergraph.api.documents.walking import ROOTS
from ordergraph.api.faults import MOST_ERRORS, presentable

RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
"""The rules of the specification, and Strawberry's own two."""
Rules = tuple[type[ASTValidationRule], ...]
CLOSED: Final[Rules] = (NoIntrospection, *RULES)

COMPARISONS: Final = 30_000
"""How often the rule of fields that overlap may compare: a name that is asked for n times in one place
takes n² of them. A name thirty times in one place takes a third of this."""
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = COMPARISONS  # the library's way to set it

PRICED: Final = 1_000
"""So many fields of an answer cost as much as an operation: each takes up to 10 µs."""
LIGHTEST: Final = 0.1
"""What an answer of a few fields weighs, whatever it takes to look and to send it."""
ABOUT_SCHEMA: Final = ROOTS | {"__typename"}


class Unfit(Exception):
    """A document that is not run, with what is to be told about it."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = [presentable(error) for error in errors[:MOST_ERRORS]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is known of an operation of a document before it runs."""

    label: str | None
    """What it is called in the document, if it is there."""
    leading: OperationType | None
    """Its kind, or that of the document's first where none is named, be it the only one or not."""
    kind: OperationType | None
    """Its kind; None where nobody knows which operation is meant."""
    changes: Mapping[str, int]
    """How often each field stands in it, if it is a mutation."""
    variables: frozenset[str]
    """The names of those that it declares."""
    size: Full | None
    """How much it answers when all its pages are full; None where variables have a say in that."""
    is_about_schema: bool
    """Whether it asks for the schema and for nothing else, so that everybody is answered the same."""


class Document(str):
    """The text of a document within the limits, and what it was read into."""

    __slots__ = ("_chosen", "measured", "prepared", "problems", "tree")
    tree: DocumentNode
    measured: Measured
    problems: list[GraphQLError]
    """What the rules of validation say against it."""
    prepared: dict[str | None, Any]
    """What whoever executes its operations keeps of them, by their names."""
    _chosen: dict[str | None, Chosen]

    @classmethod
    def of(
        cls, text: str, tree: DocumentNode, measured: Measured, problems: list[GraphQLError]
    ) -> Self:
        document = cls(text)
        document.tree, document.measured, document.problems = tree, measured, problems
        document.prepared, document._chosen = {}, {}
        return document

    def operation(self, name: str | None) -> Chosen:
        """The operation of this name, or the only one."""
        found = self._chosen.get(name)
        if found is None:
            found = self._choose(name)
            if name is None or found.kind is not None:  # others' names are a client's: any number
                self._chosen[name] = found
        return found

    def size(self, name: str | None, variables: Mapping[str, Any]) -> Full:
        """How much the operation of this name answers when all its pages are full."""
        return self.operation(name).size or self.measured.full(name, variables)

    def price(self, name: str | None, variables: Mapping[str, Any]) -> int:
        """As how many operations it counts: each field of a mutation is one, and so are a thousand
        fields that are answered.
        """
        changed = sum(self.operation(name).changes.values())
        return max(changed, 1 + self._told(name, variables) // PRICED)

    def weight(self, name: str | None, variables: Mapping[str, Any]) -> float:
        """How much of an operation it is to answer this once more, when what it follows has changed."""
        return max(LIGHTEST, self._told(name, variables) / PRICED)

    def _told(self, name: str | None, variables: Mapping[str, Any]) -> int:
        """How many fields it answers when all its pages are full."""
        about_schema = self.measured.counts.introspection_fields
        return self.size(name, variables).fields + int(about_schema)

    def _choose(self, name: str | None) -> Chosen:
        measured = self.measured
        label = next(iter(measured.operations), None) if name is None else name
        leading, part = measured.operations.get(label), measured.chosen(name)
        kind = None if part is None else part.kind
        roots = measured.roots(name)
        return Chosen(
            label=label,
            leading=None if leading is None else leading.kind,
            kind=kind,
            changes=roots if kind is OperationType.MUTATION else {},
            variables=frozenset() if part is None else frozenset(part.variables),
            size=None if measured.varies else measured.full(name, {}),
            is_about_schema=kind is OperationType.QUERY
            and not ROOTS.isdisjoint(roots)
            and roots.keys() <= ABOUT_SCHEMA,
        )


@dataclass(slots=True)
class Library:
    """Opens the documents of one process, within limits; keeps those that were fit, the least used
    of them only as long as there is room.
    """

    limits: Limits
    introspection: bool = True
    """Whether a document may ask for the schema."""
    most: int = 1_000
    """How many are kept."""
    most_bytes: int = 4_000_000
    """How long their texts may be together; what was read out of a text is some fifty times as large."""
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    _kept: OrderedDict[str, Document] = field(default_factory=OrderedDict)

    def open(
        self, schema: GraphQLSchema, text: str, name: str | None, variables: Mapping[str, Any]
    ) -> Document:
        """The document of this text, small enough to run its operation of this name; raises Unfit."""
        document = self._known(text) or self._keep(self._read(schema, text))
        over = list(_overfull(document.size(name, variables), self.limits))
        if over:
            raise Unfit(over)
        return document

    def _read(self, schema: GraphQLSchema, text: str) -> Document:
        """Measure before validating: some of the rules take more than linear time."""
        try:
            tree = parse(text, self.limits)
            measured = measure(tree, schema)
        except GraphQLError as problem:
            raise Unfit([problem]) from None
        except Cyclic:
            raise Unfit(validate(schema, tree, [NoFragmentCyclesRule], MOST_ERRORS - 1)) from None
        over = list(exceeded(measured.counts, self.limits))
        if over:
            raise Unfit(over)
        problems = _problems(schema, tree, RULES if self.introspection else CLOSED)
        return Document.of(text, tree, measured, problems)

    def problems(self, schema: GraphQLSchema, text: str) -> Sequence[GraphQLError]:
        """What keeps a document from running, whatever its variables are."""
        try:
            return self.open(schema, text, None, {}).problems
        except Unfit as unfit:
            return unfit.errors

    def knows(self, text: str) -> bool:
        """Whether nothing of it has to be read."""
        return text in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def _known(self, text: str) -> Document | None:
        document = self._kept.get(text)
        if document is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(text)
        return document

    def _keep(self, document: Document) -> Document:
        if document.problems:
            return document
        self._kept[document] = document
        self.bytes += len(document)
        while len(self._kept) > self.most or self.bytes > self.most_bytes:
            dropped, _ = self._kept.popitem(last=False)
            self.bytes -= len(dropped)
        return document


def _overfull(full: Full, limits: Limits) -> Iterator[LimitExceeded]:
    if full.nodes > limits.nodes:
        yield LimitExceeded("nodes", limits.nodes, full.nodes)
    if full.fields > limits.fields:
        yield LimitExceeded("fields", limits.fields, full.fields)


def _problems(schema: GraphQLSchema, tree: DocumentNode, rules: Rules) -> list[GraphQLError]:
    errors = validate(schema, tree, rules, MOST_ERRORS - 1)  # and one that says that it stopped
    if len(errors) < MOST_ERRORS and any(isinstance(e, ValidationAbortedError) for e in errors):
        return [LimitExceeded("comparisons", COMPARISONS, COMPARISONS + 1, or_more=True)]
    return errors


class Opened(SchemaExtension):
    """Takes what the library has read and validated: nothing is done twice."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context
        if isinstance(context.query, Document):
            context.graphql_document = context.query.tree
            context.pre_execution_errors = context.query.problems
        yield
