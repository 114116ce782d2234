"""Nobody sets what is not theirs to set, or looks past a cursor that is not theirs (A4, R5)."""

import base64
import re
from typing import Any, Final

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type

from ordergraph.kernel.actor import Actor
from tests.access.town import Town
from tests.disputes.prying import as_bytes
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER

SUSPECT: Final = re.compile(
    r"status|state$|At$|Until$|^by$|By$|owner|buyer|seller|author|role|version|outcome"
    r"|^id$|amount|price|total|paid|currency|cost|fee|captured|refunded|verified|internal",
    re.IGNORECASE,
)
"""Names of what the server decides, or of what only one side may say."""

MEANT: Final = {
    # input and field: why a client says it
    "AmountOverInput.amount": "a filter",
    "AmountOverInput.currencyCode": "a filter",
    "AppealGrantInput.amount": "the operator's ruling, at most what is asked for",
    "DisputeAppealInput.amount": "what the side asks for, at most what is left",
    "DisputeDecideInput.amount": "the operator's ruling, at most what is left",
    "DisputeDecideInput.returnPaidBy": "a part of the terms",
    "DisputeLimitSetInput.amount": "what the side would settle for",
    "DisputeOfferMakeInput.amount": "the terms that are offered, at most what is left",
    "DisputeOfferMakeInput.returnPaidBy": "the terms that are offered",
    "DisputeOpenInput.amount": "what the buyer asks for, at most what is left",
    "DisputeQueueFilterInput.amountOver": "a filter for operators",
    "OrderLineInput.unitPrice": "the shop's cart, frozen when it is placed",
    "OrderPlaceInput.buyerExternalId": "refused for everybody but staff",
    "OrderPlaceInput.currency": "the shop's cart, frozen when it is placed",
    "OrderPlaceInput.sellerExternalId": "from whom is bought: a known seller",
    "OrderShipInput.promisedAt": "the carrier's promise, bounded by the policy",
    "RefundLineInput.amount": "a part of what the line cost, at most what is left of it",
    "RefundHoldInput.until": "the operator's own date, bounded by the policy",
    "ReturnAddressSetInput.currency": "of the estimate",
    "ReturnAddressSetInput.estimatedCost": "the seller's estimate for their own address",
    "SellerRuleInput.currency": "of the seller's own rule",
    "TestClockAdvanceInput.by": "in development alone",
    "WebhookEndpointReplayInput.until": "what staff have sent once more",
}
READS: Final = {
    "purchases": (ADA, BEN, "{ viewer { purchases(first: 9%s) { edges { cursor node { id } } } } }"),
    "sales": (LAMPS, PAPER, "{ viewer { sales(first: 9%s) { edges { cursor node { id } } } } }"),
    "disputes": (ADA, BEN, "{ viewer { disputes(first: 9%s) { edges { cursor node { id } } } } }"),
    "disputes of a seller": (
        LAMPS, PAPER, "{ viewer { disputes(first: 9%s) { edges { cursor node { id } } } } }",
    ),
    "notifications": (
        ADA, BEN, "{ viewer { notifications(first: 9%s) { edges { cursor node { id } } } } }",
    ),
}  # fmt: skip


def test_no_input_has_a_field_that_the_server_decides(schema: GraphQLSchema) -> None:
    found = {
        f"{kind.name}.{name}": str(get_named_type(field.type))
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLInputObjectType)
        for name, field in kind.fields.items()
        if SUSPECT.search(name)
    }

    new = {name: kind for name, kind in found.items() if name not in MEANT and kind != "ID"}
    assert new == {}, "say in MEANT why a client may say it"
    assert set(MEANT) <= set(found), "what is gone needs no reason"


async def _page(town: Town, who: Actor, document: str, after: str | None) -> Any:
    asked = document % (f", after: {orjson.dumps(after).decode()}" if after else "")
    return await town.market.execute(who, asked)


def _edges(result: Any) -> list[dict[str, Any]]:
    return list(next(iter(result.data["viewer"].values()))["edges"])


@pytest.mark.parametrize("name", READS)
async def test_a_cursor_of_somebody_else_leads_to_nothing_of_theirs(town: Town, name: str) -> None:
    owner, other, document = READS[name]
    theirs = _edges(await _page(town, owner, document, None))
    own = {edge["node"]["id"] for edge in _edges(await _page(town, other, document, None))}
    assert theirs
    assert own

    for edge in theirs:
        found = _edges(await _page(town, other, document, edge["cursor"]))
        assert {each["node"]["id"] for each in found} <= own


def _forged(cursor: str) -> dict[str, str]:
    place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    def said(what: Any) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(what)).decode().rstrip("=")

    return {
        "nothing": "x",
        "no base64": "%%%",
        "another kind of list": said([*place, 1]),
        "an object": said({"buyer_id": place[0]}),
        "a list inside": said([[each] for each in place]),
        "nulls": said([None for _ in place]),
        "numbers without end": said([10**18 for _ in place]),
        "words of a database": said(["' OR 1=1 --" for _ in place]),
    }


@pytest.mark.parametrize("name", READS)
async def test_a_cursor_that_was_made_up_is_bad_input(town: Town, name: str) -> None:
    owner, other, document = READS[name]
    cursor = _edges(await _page(town, owner, document, None))[0]["cursor"]
    for what, forged in _forged(cursor).items():
        said = await _page(town, other, document, forged)
        assert [e.extensions["code"] for e in said.errors or []] == ["BAD_USER_INPUT"], what


async def test_ids_of_things_cannot_be_guessed_from_one_another(town: Town) -> None:
    """74 random bits in each, beside its moment; a person's is made of what the provider calls them."""
    for kind, ids in town.theirs.items():
        random = {id_.int & (2**62 - 1) for id_ in ids}
        assert len(random) == len(ids), kind
        assert {id_.version for id_ in ids} <= {4, 5, 7}, kind
        gaps = {abs(a - b) for a in random for b in random if a != b}
        assert not gaps or min(gaps) > 2**20, kind


async def test_staff_are_not_shown_what_is_somebodys_own(town: Town) -> None:
    """Their own lists are empty: what they see as staff, they see by the doors for staff."""
    for _, _, document in READS.values():
        said = await _page(town, OLGA, document, None)
        assert b'"edges":[]' in as_bytes(said)
