"""Writes the functions that complete the objects of one place in a document: a line for each field.

For `{ number placedAt total { amount } }` of an order:

    def complete(source, told):
        if source.__class__ not in k0: k1(source, told)
        return {
            'number': x if (x := source.number).__class__ is str else k2(x, told),
            'placedAt': k4(x) if (x := source.placed_at).__class__ is k5 else k3(x, told),
            'total': k6(source.total, told),
        }
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from ordergraph.api.completion.arguments import Given
from ordergraph.api.completion.kinds import classes, members
from ordergraph.api.completion.reading import BACKREF, reading
from ordergraph.api.completion.values import (
    Complete,
    NotPure,
    dispatched,
    leaf,
    listed,
    made,
    refuse_strange,
    refused,
)
from ordergraph.api.ready import Nodes, NotReady, Ready, at_once

Place: TypeAlias = Callable[[Any, Any, list[str]], Any]
"""As Complete; into the list it puts the names of the fields that graphql-core has to add."""
SAME: Final = {
    "String": "{x}.__class__ is str",
    "ID": "{x}.__class__ is str",
    "Boolean": "{x}.__class__ is bool",
    "Int": "{x}.__class__ is int and -2147483648 <= x <= 2147483647",
}
"""Of which values the built-in scalars make nothing else."""
OF_CLASS: Final = {"DateTime": datetime, "Decimal": Decimal, "CurrencyCode": str}
"""Of which class the values of our own scalars are; all of them have a text."""


class Writer:
    """Writes for one executor: its document, and its variables that include and skip."""

    def __init__(
        self, executor: Executor[Any], spend: Callable[[], None], *, in_list: bool = False
    ) -> None:
        self._executor = executor
        self._spend = spend
        """To be called for each field; raises NotPure when there were too many."""
        self._in_list = in_list

    def place(
        self, kind: GraphQLObjectType, details: FieldDetailsList
    ) -> tuple[Place, GroupedFieldSet]:
        """The objects of a place, as far as they are pure; and what may be left to graphql-core."""
        body = _Body(kind, "source, told, late")
        left: GroupedFieldSet = {}
        pure = 0
        for name, field in self._fields(kind, details):
            try:
                text, may_wait = self._field(body, kind, field)
                pure += "source" in text
            except NotPure:
                text, may_wait = "", True
            if may_wait:
                left[name] = field
                text = body.attempt(name, text) if text else f"late.append({name!r})"
            body.add(name, _or_written(kind, field, text) if may_wait else text)
        if not pure:
            raise NotPure
        return body.function(), left

    def complete(
        self, kind: GraphQLOutputType, details: FieldDetailsList, *, required: bool = False
    ) -> Complete:
        """A function for values of this type, wherever they are; raises NotPure."""
        if isinstance(kind, GraphQLNonNull):
            return self.complete(kind.of_type, details, required=True)
        if isinstance(kind, GraphQLList):
            return listed(self._of_list().complete(kind.of_type, details), required=required)
        if is_leaf_type(kind):
            return leaf(kind, required=required)
        if is_abstract_type(kind):
            return self._abstract(kind, details, required=required)
        assert isinstance(kind, GraphQLObjectType), "there are no other kinds of types"
        body = _Body(kind, "source, told", nullable=not required)
        for name, field in self._fields(kind, details):
            text, may_wait = self._field(body, kind, field)
            if may_wait and self._in_list:
                text = body.ask(text)
            body.add(name, _or_written(kind, field, text) if may_wait else text)
        return body.function()

    def _of_list(self) -> "Writer":
        return self if self._in_list else Writer(self._executor, self._spend, in_list=True)

    def _fields(
        self, kind: GraphQLObjectType, details: FieldDetailsList
    ) -> Iterator[tuple[str, FieldDetailsList]]:
        """What is selected of an object, by the names in the answer."""
        fields, deferred, _ = self._executor.collect_subfields(kind, details)
        if deferred:
            raise NotPure
        yield from fields.items()

    def _field(
        self, body: "_Body", kind: GraphQLObjectType, details: FieldDetailsList
    ) -> tuple[str, bool]:
        """An expression for what is answered, and whether it may have to wait; raises NotPure."""
        name = details[0].node.name.value
        if name == "__typename":
            return repr(kind.name), False
        field = self._executor.schema.get_field(kind, name)
        if field is None:
            raise NotPure
        refuse_unusual(details)
        self._spend()
        way = reading(kind, field)
        complete = self.complete(field.type, details)
        value = way.text.format(
            by=body.know(way.by) if way.by else "",
            given=body.know(Given(field, details[0].node)) if field.args else "",
        )
        return body.shown(field.type, value, made(complete) if way.made else complete), way.may_wait

    def _abstract(
        self, kind: GraphQLAbstractType, details: FieldDetailsList, *, required: bool
    ) -> Complete:
        kinds = members(kind, self._executor.schema)
        if not kinds:
            raise NotPure
        spend, in_list = self._spend, self._in_list

        def write(member: type, told: Any) -> Complete:
            writer = Writer(told.executor, spend, in_list=in_list)
            try:
                return writer.complete(kinds[member], details, required=True)
            except NotPure:
                return refused

        return dispatched(write, required=required)


def refuse_unusual(details: FieldDetailsList) -> None:
    """Raise NotPure for what comes later than the rest, or stands in a fragment that has arguments."""
    for node, deferred, given in details:
        streams = any(directive.name.value == "stream" for directive in node.directives or ())
        if streams or deferred is not None or given is not None:
            raise NotPure


def _or_written(kind: GraphQLObjectType, details: FieldDetailsList, text: str) -> str:
    """What may have to wait may also have been answered by what read its object."""
    if not issubclass(kind.extensions[BACKREF].origin, Ready):
        return text
    nodes: Nodes = tuple(id(each.node) for each in details)
    return f"w if (w := source.written.get({nodes})) is not None else {text}"


class _Body:
    """A function that is being written, and what it knows by name."""

    def __init__(self, kind: GraphQLObjectType, arguments: str, *, nullable: bool = False) -> None:
        self._kind = kind
        self._known: dict[str, Any] = {"at_once": at_once}
        self._fields: list[str] = []
        self._head = [f"def complete({arguments}):"]
        if nullable:
            self._head.append("    if source is None: return None")
        self._admit()

    def know(self, thing: object) -> str:
        name = f"k{len(self._known)}"
        self._known[name] = thing
        return name

    def add(self, name: str, text: str) -> None:
        self._fields.append(f"        {name!r}: {text},")

    def attempt(self, name: str, text: str) -> str:
        """What may have to wait is left to graphql-core when it does, or fails."""
        call = f"lambda source, told: {text}"
        return f"{self.know(_attempted)}({call}, source, told, late, {name!r})"

    def ask(self, text: str) -> str:
        """What may have to wait in an item of a list asks, and lets the others ask, too."""
        return f"{self.know(_asked)}(lambda source, told: {text}, source, told)"

    def shown(self, kind: GraphQLOutputType, value: str, complete: Complete) -> str:
        """An expression for a value as it stands in the answer: the usual ones without a call."""
        plain = get_nullable_type(kind)
        usual, text = self._usual(plain) if is_leaf_type(plain) else ("", "")
        otherwise = self.know(complete)
        if not usual:
            return f"{otherwise}({value}, told)"
        check = usual.format(x=f"(x := {value})")
        return f"{text} if {check} else {otherwise}(x, told)"

    def _usual(self, kind: GraphQLLeafType) -> tuple[str, str]:
        """How to know a usual value x, and what is shown of it; nothing where none is."""
        if isinstance(kind, CustomGraphQLEnumType):
            usual = f"{{x}}.__class__ is {self.know(kind.wrapped_cls)}"
            return usual, f"{self.know(_names(kind))}[x._name_]"
        if kind.name in OF_CLASS:
            usual = f"{{x}}.__class__ is {self.know(OF_CLASS[kind.name])}"
            return usual, f"{self.know(kind.coerce_output_value)}(x)"
        return SAME.get(kind.name, ""), "x"

    def _admit(self) -> None:
        """Let in the objects of the very class, and look twice at all others."""
        check = f"source.__class__ not in {self.know(classes(self._kind))}"
        if self._kind.is_type_of is not None:
            check += f" or getattr(source, {TYPE_CAST_ATTRIBUTE!r}, None) is not None"
        self._head.append(f"    if {check}: {self.know(_admission(self._kind))}(source, told)")

    def function(self) -> Callable[..., Any]:
        text = "\n".join([*self._head, "    return {", *self._fields, "    }"])
        code = compile(text, f"<completion of {self._kind.name}>", "exec")
        exec(code, self._known)  # noqa: S102  (we wrote it: names of the schema, and quoted ones of the document)
        complete: Callable[..., Any] = self._known["complete"]
        return complete


def _attempted(attempt: Complete, source: object, told: Any, late: list[str], name: str) -> object:
    try:
        return attempt(source, told)
    except Exception:  # noqa: BLE001  (graphql-core does it again, and tells what is wrong)
        late.append(name)
        return None


def _asked(attempt: Complete, source: object, told: Any) -> object:
    """What stands for it does not matter: with something to wait for, the whole answer is made again."""
    try:
        return attempt(source, told)
    except NotReady as no:
        if no.wait is None:
            raise
        told.waits.add(no.wait)
        return None


@cache
def _names(kind: CustomGraphQLEnumType) -> dict[str, str]:
    """What is shown of each member."""
    members: Any = kind.wrapped_cls
    return {member.name: kind.coerce_output_value(member) for member in members}


@cache
def _admission(kind: GraphQLObjectType) -> Complete:
    """What graphql-core and Strawberry ask of an object of this kind."""
    is_type_of = kind.is_type_of

    def admit(source: Any, told: Any) -> None:
        refuse_strange(source)
        if is_type_of is not None and is_type_of(source, told) is not True:
            raise NotPure

    return admit
