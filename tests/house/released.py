"""What a release promises: the contract that it had, and which versions may break it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graphql import GraphQLSchema, build_schema, find_breaking_changes

NOTE: Final = "# ordergraph "
"""How schema.released.graphql begins; the version follows."""


@dataclass(frozen=True, slots=True)
class Released:
    """The contract of the newest release."""

    version: str
    contract: str


def read(text: str) -> Released:
    first, _, contract = text.partition("\n")
    assert first.startswith(NOTE), "the first line names the version: `make release-schema`"
    return Released(first.removeprefix(NOTE), contract)


def broken(released: str, contract: str) -> list[str]:
    """What a client of the released contract would miss."""
    changes = find_breaking_changes(_built(released), _built(contract))
    return [f"{change.type.name}: {change.description}" for change in changes]


@lru_cache(2)
def _built(contract: str) -> GraphQLSchema:
    """It takes a second, and one of the two is often the same."""
    return build_schema(contract, assume_valid=True)


def may_break(released: str, version: str) -> bool:
    """Semantic Versioning: a higher major version may, and below 1.0 a higher minor one."""
    before, after = _numbers(released), _numbers(version)
    told_apart_by = 2 if after[0] == 0 else 1
    return after[:told_apart_by] > before[:told_apart_by]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
