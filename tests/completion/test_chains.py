"""A document that is one chain of fields is answered as any other, the first time and every time."""

from typing import Any

import pytest
from graphql import parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Plain

from tests.completion.small import House, hasty, run, shelved

NULLS = {
    "at the root": "query ($c: Boolean = true) { home @skip(if: $c) { number } }",
    "below it": "query ($c: Boolean = true) { home { number @include(if: $c) } }",
    "in a fragment": "query ($c: Boolean = true) { home { ... @skip(if: $c) { number } } }",
    "beside others": "query ($c: Boolean = true) { home { plate number @skip(if: $c) } }",
}


@pytest.mark.parametrize("text", NULLS.values(), ids=NULLS)
async def test_null_where_it_is_decided_what_is_answered_is_told_each_time_alike(text: str) -> None:
    document, by = parse(text), shelved(hasty())

    async def told(executor: type[Any]) -> Any:
        result = await run(document, [House(number=1)], executor, c=None)
        return result.data, [error.formatted for error in result.errors or ()]

    usual = await told(Plain)

    assert usual[1]
    assert [await told(by) for _ in range(3)] == [usual] * 3
