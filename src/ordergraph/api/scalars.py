"""Money, moments and words as GraphQL shows them."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, NewType, Self, TypeVar, cast

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from ordergraph.api.faults import BadUserInput
from ordergraph.kernel import money
from ordergraph.kernel.actor import Role
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.words import Words

W = TypeVar("W", bound=type[Words])
CurrencyCode = NewType("CurrencyCode", str)
SHOWN: Final = 2_000
"""How many amounts are remembered as they are shown."""
FARTHEST: Final = 18
"""How far from the decimal point a number may begin, on either side: amounts are minor units in a BIGINT,
whose largest is 9.2e18. Exponents come short, and make numbers that nobody can write out: 1e999999999."""


def _decimal(value: Any) -> Decimal:
    """Decimals come as strings: a JSON number may have lost a cent already."""
    if not isinstance(value, str) or len(value) > 40:
        raise GraphQLError('A decimal is written as a string, such as "12.30".')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise GraphQLError(f"{value!r} is not a decimal number.") from None
    if not number.is_finite() or "_" in value:
        raise GraphQLError(f"{value!r} is not a decimal number.")
    if abs(number.adjusted()) > FARTHEST:
        raise GraphQLError(f"{value!r} is farther from 1 than any amount.")
    return number


def _currency(value: Any) -> CurrencyCode:
    if not isinstance(value, str) or value not in EXPONENTS:
        raise GraphQLError("Not an ISO 4217 currency code, such as EUR.")
    return CurrencyCode(value)


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise GraphQLError("A date and time needs its offset from UTC, such as Z.")
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):  # in UTC it may lie before the year 1
        raise GraphQLError("Not an ISO 8601 date and time, such as 2026-11-23T12:00:00Z.") from None


def show_moment(moment: datetime) -> str:
    """ISO 8601 in UTC, milliseconds, with Z: every phone's parser reads it.

    As isoformat(timespec="milliseconds") says it; orjson takes a fifth of the time.
    """
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = orjson.dumps(moment).decode()  # "2026-11-23T12:00:00.123456+00:00"
    return f"{text[1:24]}Z" if moment.microsecond else f"{text[1:20]}.000Z"


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, as a string: no client loses a cent to floating point.",
        serialize=str,
        parse_value=_decimal,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="ISO 4217, three capital letters.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=_currency,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A date and time in UTC, ISO 8601, such as 2026-11-23T12:00:00.000Z.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=show_moment,
        parse_value=_moment,
    ),
}


@strawberry.type(description="An exact amount of one currency.")
class Money:
    amount: Decimal = strawberry.field(description="With the currency's decimals: 12.30.")
    currency_code: CurrencyCode = strawberry.field(description="The currency.")

    @classmethod
    def of(cls, value: money.Money) -> Self:
        return cast(Self, shown(value.minor, value.currency))


@lru_cache(maxsize=SHOWN)
def shown(minor: int, currency: str) -> Money:
    """So many minor units as Money. Shops have few prices, so most are remembered; none is changed."""
    return Money(amount=money.decimal(minor, currency), currency_code=CurrencyCode(currency))


def read_money(amount: Decimal | None, currency: str) -> money.Money:
    """Read an amount of an input; raise BAD_USER_INPUT for a part of a minor unit."""
    try:
        return money.Money.parse(amount if amount is not None else Decimal(), currency)
    except money.BadMoney as problem:
        raise BadUserInput(f"Not an amount of {currency}: {problem}.") from None


def publish(words: W, name: str | None = None) -> W:
    """Make an enum part of the schema, each value with its own description."""
    strawberry.enum(words, name=name, description=words.__doc__)
    definition: Any = words.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        value.description = words[value.name].about
    return words


publish(Role)  # here, before any type that has one is made
