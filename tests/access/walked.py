"""Every way in which an id can be handed to the API, found by introspection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_required_input_field,
)

from tests.walking import sample

TYPE_OF: Final = {
    # input and field: whose id it takes, where the name does not say it
    "ThreadMarkReadInput.upTo": "Message",
    "NotificationsMarkReadInput.upTo": "Notification",
    "DisputeAssignInput.operatorId": "User",
    "DisputeQueueFilterInput.assignedTo": "User",
    "DisputeQueueFilterInput.seller": "User",
    "LineQuantityInput.lineId": "OrderLine",
    "RefundLineInput.lineId": "OrderLine",
}
LEAF: Final = {"UpTo": "Message"}
WORDS: Final = {
    "String": ["Hello."], "Decimal": ["1.00"], "Int": [1], "CurrencyCode": ["EUR"],
    "sellerExternalId": ["nordic-lamps"], "reasonHandle": ["damaged"], "countryCode": ["DE"],
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where in an input an id stands: the way to it, and of what type it is."""

    way: tuple[str, ...]
    kind: str

    @property
    def name(self) -> str:
        return ".".join(self.way)


def places(takes: GraphQLInputObjectType, schema: GraphQLSchema) -> list[Place]:
    """All of an input, those inside of others too."""
    return list(_places(takes, schema, ()))


def _places(
    takes: GraphQLInputObjectType, schema: GraphQLSchema, way: tuple[str, ...]
) -> Iterator[Place]:
    for name, asked in takes.fields.items():
        of = get_named_type(asked.type)
        if isinstance(of, GraphQLInputObjectType):
            yield from _places(of, schema, (*way, name))
        elif of.name == "ID":
            yield Place((*way, name), _kind(f"{takes.name}.{name}", name, schema))


def _kind(called: str, name: str, schema: GraphQLSchema) -> str:
    """By its name: disputeId is a Dispute's, endpointId of the only kind that ends so."""
    stem = _stem(name)
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    kinds = [kind.name for kind in schema.get_possible_types(node)]
    ending = [kind for kind in kinds if kind.endswith(stem)]
    kind = TYPE_OF.get(called) or (stem if stem in kinds else ending[0] if len(ending) == 1 else "")
    assert kind in kinds, f"say in walked.TYPE_OF whose id {called} takes"
    return kind


def _stem(name: str) -> str:
    stem = name.removesuffix("s").removesuffix("Id")
    return stem[:1].upper() + stem[1:]


@dataclass(frozen=True)
class Filling:
    """An input that is right as far as possible, with this id at that place.

    All other ids are the asker's own things; what may be left out is, unless the place is in it.
    """

    own: Mapping[str, str]
    place: Place
    id_: str

    def of(self, takes: GraphQLInputObjectType, way: tuple[str, ...] = ()) -> dict[str, Any]:
        return {
            name: self._value(asked.type, (*way, name))
            for name, asked in takes.fields.items()
            if is_required_input_field(asked) or self._leads(*way, name)
        }

    def _leads(self, *way: str) -> bool:
        return self.place.way[: len(way)] == way

    def _value(self, kind: Any, way: tuple[str, ...]) -> Any:
        if isinstance(kind, GraphQLNonNull | GraphQLList):
            inner = self._value(kind.of_type, way)
            return [inner] if isinstance(kind, GraphQLList) else inner
        if isinstance(kind, GraphQLInputObjectType):
            return self.of(kind, way)
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        if kind.name != "ID":
            return sample(kind, WORDS, way[-1])
        return self.id_ if way == self.place.way else self._own(_stem(way[-1]))

    def _own(self, stem: str) -> str:
        fitting = [id_ for kind, id_ in self.own.items() if kind.endswith(LEAF.get(stem, stem))]
        return self.own.get(stem) or (fitting[0] if fitting else self.id_)
