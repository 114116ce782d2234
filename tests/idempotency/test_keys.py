"""Where a key may stand, what one looks like, and that nothing is done while one is not in order."""

from typing import Any

import pytest

from ordergraph.infra.idempotency import IdempotencyKey
from ordergraph.kernel.actor import Role
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from tests.api.doors import bearer, http, socket
from tests.idempotency.deeds import CANCEL, document
from tests.market import ADA, FRESH, Market, gid
from tests.watching import snapshot

AT_THE_FIELD = """mutation Do($input: OrderCancelInput!, $k: String! = "from a default") {
  orderCancel(input: $input) @idempotent(key: $k) { __typename } }"""
TWO = """mutation Two($one: OrderCancelInput!, $other: OrderCancelInput!) {
  one: orderCancel(input: $one) %s { ...A }  other: orderCancel(input: $other) %s { ...A } }
  fragment A on OrderCancelResult { __typename ... on UserError { message } }"""
MARK = "mutation { notificationsMarkRead(input: {}) { __typename } %s }"


def _at(key: str) -> str:
    return f'@idempotent(key: "{key}")'


async def _refused(
    market: Market, text: str, code: str, *, key: str | None = None, **variables: Any
) -> list[Any]:
    """The whole request is refused with this code, and nothing has changed."""
    before = await snapshot()
    result = await market.execute(ADA, text, key=key, **variables)
    assert {error.extensions["code"] for error in result.errors} == {code}
    assert result.data is None
    assert await snapshot() == before
    return list(result.errors)


async def _two(market: Market) -> dict[str, Any]:
    return {"one": await CANCEL.ready(market), "other": await CANCEL.ready(market)}


async def test_without_a_key_nothing_is_done(market: Market) -> None:
    given = await CANCEL.ready(market)

    (error,) = await _refused(
        market, document("orderCancel"), "IDEMPOTENCY_KEY_REQUIRED", input=given
    )

    assert error.path == ["orderCancel"]
    assert "@idempotent" in error.message


async def test_a_key_may_stand_at_the_field_as_a_variable_a_default_or_a_literal(
    market: Market,
) -> None:
    for text, variables in (
        (AT_THE_FIELD, {"k": "from a variable"}),
        (AT_THE_FIELD, {}),
        (AT_THE_FIELD.replace('$k: String! = "from a default"', "").replace("$k", '"said"'), {}),
    ):
        await market.ask(ADA, text, key=None, input=await CANCEL.ready(market), **variables)

    assert {row.key for row in await IdempotencyKey.all()} == {
        "from a variable",
        "from a default",
        "said",
    }


async def test_the_header_is_a_key_over_http(market: Market) -> None:
    given = await CANCEL.ready(market)
    body = {"query": document("orderCancel"), "variables": {"input": given}}
    async with http(market) as client:
        answers = [
            await client.post("/graphql", json=body, headers=bearer("ada") | headers)
            for headers in ({"Idempotency-Key": "k-1"}, {"idempotency-key": "k-1"}, {})
        ]

    first, again, without = [answer.json() for answer in answers]
    assert first == again
    assert first["data"]["orderCancel"]["__typename"] == "OrderCancelSuccess"
    assert without["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    assert (await IdempotencyKey.all().get()).key == "k-1"


@pytest.mark.parametrize("header", ["", "ü", "x" * 256, "a\tb"])
async def test_a_header_that_is_no_key_is_refused_over_http(market: Market, header: str) -> None:
    given = await CANCEL.ready(market)
    body = {"query": document("orderCancel"), "variables": {"input": given}}
    raw = {**bearer("ada"), "idempotency-key": header.encode()}
    async with http(market) as client:
        answer = await client.post("/graphql", json=body, headers=raw)  # type: ignore[arg-type]  # bytes, too

    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert not await IdempotencyKey.exists()


async def test_over_a_socket_the_key_stands_at_the_field(market: Market) -> None:
    """The headers of the handshake are there for all that comes over it: they serve no mutation."""
    given = await CANCEL.ready(market)
    async with socket(market, {"idempotency-key": "of the handshake"}) as line:
        await line.init(**bearer("ada"))
        await line.subscribe(document("orderCancel"), input=given)
        refused = await line.hear()
        assert await line.hear() == {"type": "complete", "id": "1"}
        await line.subscribe(AT_THE_FIELD, input=given, k="k-1")
        done = await line.hear()

    (error,) = refused["payload"]["errors"]
    assert error["extensions"]["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    assert done["payload"]["data"]["orderCancel"]["__typename"] == "OrderCancelSuccess"
    assert (await IdempotencyKey.all().get()).key == "k-1"


async def test_a_key_in_both_places_must_be_the_same(market: Market) -> None:
    given = await CANCEL.ready(market)

    await _refused(market, AT_THE_FIELD, "BAD_USER_INPUT", key="other", input=given, k="k-1")
    done = await market.ask(ADA, AT_THE_FIELD, key="from a default", input=given)

    assert done["orderCancel"]["__typename"] == "OrderCancelSuccess"


async def test_one_field_written_twice_is_one_mutation_with_one_key(market: Market) -> None:
    """GraphQL merges the two; their directives may differ."""
    field = "orderCancel(input: $input) {} {{ __typename }}"
    text = "mutation Do($input: OrderCancelInput!) {{ {} {} }}"
    given = await CANCEL.ready(market)

    differ = text.format(field.format(_at("a")), field.format(_at("b")))
    await _refused(market, differ, "BAD_USER_INPUT", input=given)
    once = text.format(field.format(""), field.format(_at("a")))
    done = await market.ask(ADA, once, key=None, input=given)

    assert done["orderCancel"]["__typename"] == "OrderCancelSuccess"


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve", "tab\there", "line\nhere", "\x7f", "😀"])
async def test_a_key_is_up_to_255_printable_characters_of_ascii(market: Market, key: str) -> None:
    given = await CANCEL.ready(market)

    for header in (key, None):
        variables = {} if header is not None else {"k": key}
        text = document("orderCancel") if header is not None else AT_THE_FIELD
        (error,) = await _refused(
            market, text, "BAD_USER_INPUT", key=header, input=given, **variables
        )
        assert error.path == ["orderCancel"]


@pytest.mark.parametrize("key", ["x", "x" * 255, " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
async def test_any_printable_ascii_is_a_key(market: Market, key: str) -> None:
    given = await CANCEL.ready(market)

    await market.ask(ADA, document("orderCancel"), key=key, input=given)

    assert (await IdempotencyKey.all().get()).key == key


# ── several mutations in one request ─────────────────────────────────────────────────────────


async def test_several_mutations_have_a_key_each(market: Market) -> None:
    variables = await _two(market)

    done = await market.ask(ADA, TWO % (_at("a"), _at("b")), key=None, **variables)
    again = await market.ask(ADA, TWO % (_at("a"), _at("b")), key=None, **variables)

    assert done == again
    assert {answer["__typename"] for answer in done.values()} == {"OrderCancelSuccess"}
    assert await Order.filter(status=OrderStatus.CANCELED).count() == 2


async def test_if_one_of_several_has_none_not_even_the_first_is_done(market: Market) -> None:
    variables = await _two(market)

    (error,) = await _refused(market, TWO % (_at("a"), ""), "IDEMPOTENCY_KEY_REQUIRED", **variables)

    assert error.path == ["other"]


async def test_the_header_serves_one_mutation_only(market: Market) -> None:
    variables = await _two(market)

    for keys in (("", ""), (_at("a"), _at("b"))):
        (error,) = await _refused(market, TWO % keys, "BAD_USER_INPUT", key="k", **variables)
        assert "header serves a request with one mutation" in error.message


async def test_what_is_skipped_needs_no_key_and_a_typename_is_no_mutation(market: Market) -> None:
    text = """mutation Do($input: OrderCancelInput!, $yes: Boolean! = true) {
      __typename  again: orderCancel(input: $input) @skip(if: $yes) { __typename }
      ...F }
      fragment F on Mutation { orderCancel(input: $input) { __typename } }"""

    done = await market.ask(ADA, text, key="k", input=await CANCEL.ready(market))

    assert done["orderCancel"]["__typename"] == "OrderCancelSuccess"


async def test_a_key_that_two_fields_share_is_the_first_ones(market: Market) -> None:
    variables = await _two(market)

    done = await market.ask(ADA, TWO % (_at("a"), _at("a")), key=None, **variables)

    assert done["one"]["__typename"] == "OrderCancelSuccess"
    assert done["other"]["__typename"] == "IdempotencyError"
    assert await Order.filter(status=OrderStatus.CANCELED).count() == 1


async def test_even_the_very_same_thing_is_not_done_twice_under_one_key_in_one_request(
    market: Market,
) -> None:
    """Whether the first was done or refused: each needs a key of its own."""
    given = {"orderId": gid("Order", (await market.place()).id)}
    text = """mutation Two($given: OrderConfirmReceiptInput!) {
      a: orderConfirmReceipt(input: $given) @idempotent(key: "k") { __typename }
      b: orderConfirmReceipt(input: $given) @idempotent(key: "k") { __typename } }"""

    done = await market.ask(ADA, text, key=None, given=given)

    assert [a["__typename"] for a in done.values()] == ["WrongStateError", "IdempotencyError"]


# ── what needs none ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [None, FRESH, ""])
async def test_a_mark_needs_no_key_and_bears_one(market: Market, key: str | None) -> None:
    await market.place()

    done = await market.ask(ADA, MARK % "", key=key)

    assert done["notificationsMarkRead"]["__typename"] == "NotificationsMarkReadSuccess"
    assert not await IdempotencyKey.exists()


async def test_a_mark_waits_until_the_keys_beside_it_are_in_order(market: Market) -> None:
    order = await market.place()
    cancel = f'orderCancel(input: {{orderId: "{gid("Order", order.id)}", reasonHandle: "other"}})'

    await _refused(market, MARK % f"{cancel} {{ __typename }}", "IDEMPOTENCY_KEY_REQUIRED")
    done = await market.ask(ADA, MARK % f"{cancel} {_at('k')} {{ __typename }}", key=None)

    assert done["orderCancel"]["__typename"] == "OrderCancelSuccess"


@pytest.mark.parametrize("key", [None, "k", ""])
async def test_nobody_is_told_first_of_all_that_they_are_nobody(
    market: Market, key: str | None
) -> None:
    given = await CANCEL.ready(market)

    results = [
        await market.execute(None, document("orderCancel"), key=key, input=given),
        await market.execute(None, MARK % "", key=key),
    ]

    for result in results:
        assert [e.extensions["code"] for e in result.errors] == ["UNAUTHENTICATED"]
    assert not await IdempotencyKey.exists()


async def test_who_may_not_move_the_clock_is_told_so_with_or_without_a_key(market: Market) -> None:
    body = {"query": 'mutation { testClockAdvance(input: {by: "1h"}) { __typename } }'}
    async with http(market) as client:
        answers = [
            await client.post("/graphql", json=body, headers=bearer("ada", Role.BUYER) | key)
            for key in ({}, {"idempotency-key": "k"})
        ]

    codes = [answer.json()["errors"][0]["extensions"]["code"] for answer in answers]
    assert codes == ["FORBIDDEN", "FORBIDDEN"]
