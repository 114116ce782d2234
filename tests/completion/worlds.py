"""Objects of every type of a schema that refer to each other; some of it is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import strawberry
from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_abstract_type,
)

from ordergraph.api.columns import COLUMNS
from ordergraph.api.completion.reading import BACKREF
from ordergraph.api.faults import Forbidden
from ordergraph.kernel.refusal import NotFound
from tests.completion.twin import GIVEN, Coroutine, Later, Raises

EACH = 3
"""How many objects there are of each type."""
CHOICES = 7
"""How many things a resolver may give that takes arguments."""
EAST = timezone(timedelta(hours=5, minutes=30))
LEAVES: dict[str, tuple[Any, ...]] = {
    "String": ("", "plain", "Straße \u2028 \U0001f4e6", 'a "quote"', "K7Q4"),
    "ID": ("7", "x" * 40, 7),
    "Int": (0, 1, -1, 2**31 - 1, -(2**31), True),
    "Boolean": (True, False),
    "Float": (0.0, 1.5),
    "Decimal": (Decimal("12.30"), Decimal(0), Decimal("1E+3")),
    "CurrencyCode": ("EUR", "JPY"),
    "DateTime": (
        datetime(2026, 11, 23, 12, tzinfo=UTC),
        datetime(2026, 11, 23, 12, 0, 0, 999_999, UTC),
        datetime(999, 1, 2, 3, 4, 5, 1_000, EAST),
    ),
}


class Stranger:
    """Of no type, and with nothing that anybody asks for."""


class Iterable:
    """Can be gone through, and is no list."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __iter__(self) -> Any:
        return iter(self._items)


class World:
    """`wrong` is how many of a hundred values are not what they should be."""

    def __init__(self, schema: GraphQLSchema, seed: int, wrong: int) -> None:
        self._schema = schema
        self._random = Random(seed)  # noqa: S311  (a lottery, and one that can be held again)
        self.wrong = wrong
        self._problems: list[Exception] = []
        roots = {"Query", "Mutation", "Subscription"}
        """Where something wrong would leave nothing to look at."""
        kinds = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
        ours = [kind for kind in kinds if BACKREF in kind.extensions]
        self._pool = {kind.name: [_empty(kind) for _ in range(EACH)] for kind in ours}
        for kind in ours:
            self._wrong = 0 if kind.name in roots else wrong
            for each in self._pool[kind.name]:
                self._fill(kind, each)

    def root(self, document: DocumentNode) -> Any:
        """One of the objects of its type, for the document to begin at."""
        for problem in self._problems:  # raised again and again, they would keep every frame
            problem.__traceback__ = problem.__context__ = problem.__cause__ = None
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        kind = self._schema.get_root_type(operation.operation)
        assert kind is not None
        return self._random.choice(self._pool[kind.name])

    def _fill(self, kind: GraphQLObjectType, source: Any) -> None:
        own: dict[str, Any] = source.__dict__
        given: dict[str, list[Any]] = {}
        own["row"] = SimpleNamespace(currency="EUR")
        for field in kind.fields.values():
            ours = field.extensions[BACKREF]
            value = self._value(field.type)
            if ours.python_name == "_id":
                own[type(source).resolve_id_attr()] = self._identity()
            elif ours.base_resolver is not None:
                more = [self._value(field.type) for _ in range(CHOICES if field.args else 0)]
                given[ours.python_name] = [self._made(each) for each in (value, *more)]
            elif isinstance(getattr(type(source), ours.python_name, None), property):
                self._fill_row(own["row"], ours.metadata.get(COLUMNS, ()), field, value)
            elif not self._is_wrong():
                own[ours.python_name] = value
        own[GIVEN] = given
        if self._is_wrong() and self._is_wrong():
            strawberry.cast(self._random.choice(list(self._pool.values()))[0].__class__, source)

    def _fill_row(
        self, row: Any, columns: tuple[str, ...], field: GraphQLField, value: Any
    ) -> None:
        money = str(field.type).strip("!") == "Money"
        for column in columns:
            setattr(row, column, self._random.choice((0, 1230, -1)) if money else value)

    def _identity(self) -> Any:
        usual = (uuid4(), "word", 7)
        return self._random.choice((None, 1.5, Later("7"))) if self._is_wrong() else usual[0]

    def _made(self, value: Any) -> Any:
        """What a resolver gives, or makes, or raises."""
        if self._is_wrong():
            choices = (RuntimeError("boom"), Forbidden(), NotFound(what="Order"))
            return Raises(self._problem(self._random.choice(choices)))
        if self._is_wrong():
            return Coroutine(value)
        return Later(value) if self._random.random() < 0.2 else value

    def _is_wrong(self) -> bool:
        return self._random.random() * 100 < self._wrong

    def _value(self, kind: Any) -> Any:
        if self._is_wrong():
            return self._strange(kind)
        if isinstance(kind, GraphQLNonNull):
            return self._some(kind.of_type)
        if self._nothing():
            return None
        return self._some(kind)

    def _nothing(self) -> bool:
        return self._random.random() < 0.2

    def _some(self, kind: Any) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._some(kind.of_type)
        if isinstance(kind, GraphQLList):
            items = [self._value(kind.of_type) for _ in range(self._random.randrange(4))]
            return self._random.choice((list, list, tuple))(items)
        if isinstance(kind, GraphQLEnumType):
            return self._random.choice(list(kind.extensions[BACKREF].wrapped_cls))
        if kind.name in LEAVES:
            return self._random.choice(LEAVES[kind.name])
        if is_abstract_type(kind):
            kind = self._random.choice(self._schema.get_possible_types(kind))
        return self._random.choice(self._pool[kind.name])

    def _problem(self, problem: Exception) -> Exception:
        self._problems.append(problem)
        return problem

    def _strange(self, kind: Any) -> Any:
        choices: tuple[Callable[[], Any], ...] = (
            lambda: None,
            lambda: self._problem(RuntimeError("as a value")),
            lambda: Later(self._some(kind)),
            lambda: self._random.choice(("7", 7, 2**40, 1.5, b"bytes", Undefined, {}, [])),
            Stranger,
            lambda: Iterable([self._some(kind)]),
            lambda: [self._some(kind)],
            lambda: self._random.choice(self._random.choice(list(self._pool.values()))),
        )
        return self._random.choice(choices)()


def _empty(kind: GraphQLObjectType) -> Any:
    definition = kind.extensions[BACKREF]
    template = definition.concrete_of or definition
    return object.__new__(template.origin)
