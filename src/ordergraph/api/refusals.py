"""How a refusal becomes a GraphQL value: one type for each refusal, one interface for all."""

from collections.abc import Callable
from dataclasses import fields
from functools import cached_property
from typing import Any, Protocol, TypeVar

import strawberry
from strawberry.schema.schema_converter import field_contains_type
from strawberry.types.field import StrawberryField

from ordergraph.api.context import Info
from ordergraph.api.scalars import Money
from ordergraph.kernel import money, refusal
from ordergraph.kernel.refusal import Refusal

E = TypeVar("E", bound="UserError")


class Blocked(Protocol):
    """Something to press, and what stands in its way."""

    refusal: Refusal | None


@strawberry.interface(description="An expected no: nothing has changed. More kinds may come.")
class UserError:
    message: str = strawberry.field(
        description="A sentence for the person, in the language of Accept-Language."
    )


class Answer:
    """Turns one kind of refusal into one type."""

    def __init__(self, error_type: type[UserError]) -> None:
        self.error_type = error_type

    def shown(self, exception: Refusal, language: str) -> UserError:
        """Copy the facts that the type names; the sentence comes in the person's language."""
        facts = {name: _shown(getattr(exception, name)) for name in self._facts}
        return self.error_type(message=exception.sentence(language), **facts)

    @cached_property
    def _facts(self) -> list[str]:
        """A field with a resolver finds its value itself."""
        return [f.name for f in fields(self.error_type) if f.init and f.name != "message"]


ANSWERS: dict[type[Refusal], Answer] = {}


def answers(exception: type[Refusal]) -> Callable[[type[E]], type[E]]:
    """Register a GraphQL type as the answer to a refusal; fields of one name are copied."""

    def register(error_type: type[E]) -> type[E]:
        assert exception not in ANSWERS, f"{exception.__name__} has an answer already"
        ANSWERS[exception] = Answer(error_type)
        return error_type

    return register


def answer_to(exception: Refusal, language: str) -> UserError:
    """The very error that a mutation would answer."""
    return ANSWERS[type(exception)].shown(exception, language)


def blocked_by(command: str = "the mutation") -> Any:
    """The field `blockedBy` of a type that has `refusal`: most who ask for buttons do not ask for it."""

    @strawberry.field(description=f"The very error that {command} would answer now.")
    def answered(self: Blocked, info: Info) -> UserError | None:
        return answer_to(self.refusal, info.context.language) if self.refusal else None

    return answered


def _shown(value: Any) -> Any:
    return Money.of(value) if isinstance(value, money.Money) else value


@answers(refusal.NotFound)
@strawberry.type(description="Absent, or not visible to you: the two answer alike.")
class NotFoundError(UserError):
    what: str = strawberry.field(description="What was looked for, such as order.")


@answers(refusal.NotAllowed)
@strawberry.type(description="Your role may not do this, whatever the state.")
class NotAllowedError(UserError):
    action: str = strawberry.field(description="The action that was refused.")


@answers(refusal.WrongState)
@strawberry.type(description="The state does not allow this action now.")
class WrongStateError(UserError):
    action: str = strawberry.field(description="The action that was refused.")
    state: str = strawberry.field(description="The state that refuses it.")


@answers(refusal.InvalidInput)
@strawberry.type(description="A value that can be read but not accepted. Nothing was stored.")
class InvalidInputError(UserError):
    field: str = strawberry.field(description="The input's field, such as lines.0.quantity.")


@answers(refusal.AmountTooHigh)
@strawberry.type(description="More money than there is to give back.")
class AmountTooHighError(UserError):
    maximum: Money = strawberry.field(description="The most that is possible.")


@answers(refusal.KeyBusy)
@answers(refusal.KeyReused)
@strawberry.type(
    description="The idempotency key belongs to something else, or its first request still runs."
    " Nothing was done by this one."
)
class IdempotencyError(UserError):
    retryable: bool = strawberry.field(
        description="Whether asking again with the same key helps; if not, use a fresh key."
    )


CommonError = (
    NotFoundError | NotAllowedError | WrongStateError | InvalidInputError | IdempotencyError
)
"""What every mutation may be answered with."""


class Refusals:
    """All refusals, each where it is one of a field's answers; a strawberry.ExceptionHandler by shape.

    Strawberry asks each handler for each field of the schema whether it is for it. A handler for each
    refusal made that two thirds of the time in which the schema is made, so there is one for all.
    """

    exception_type = Refusal
    error_type = InvalidInputError
    """Wherever any refusal is an answer, this one is (CommonError)."""

    def handle(self, exception: Refusal, *, field: StrawberryField, info: Info) -> UserError | None:
        answer = ANSWERS.get(type(exception))
        if answer is None or not field_contains_type(field, answer.error_type):
            return None  # it is raised as it is
        return answer.shown(exception, info.context.language)
