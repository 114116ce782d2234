"""A private limit leaves no trace before the two of them meet; test_secrets.py asks at all doors."""

from typing import Any

import pytest
from strawberry import relay

from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from tests.disputes.documents import moved, sent
from tests.disputes.documents import opened as opened_by_phone
from tests.disputes.prying import Doors, done
from tests.market import ADA, BEN, LAMPS, OLGA, Market
from tests.notifications.feed import tell
from tests.walking import sample
from tests.watching import snapshot

SIDES = {"buyer": (ADA, LAMPS), "seller": (LAMPS, ADA)}
each_side = pytest.mark.parametrize(("setter", "other"), SIDES.values(), ids=SIDES)


async def limited(market: Market, who: Actor, id_: str, amount: str | None) -> dict[str, Any]:
    said = ", amount: null" if amount is None else f', amount: "{amount}"'
    return await moved(market, who, "disputeLimitSet", id_, said)


async def opened(market: Market) -> dict[str, Any]:
    """A dispute with something in its thread, about which everyone has been told."""
    dispute = await opened_by_phone(market)
    await sent(market, LAMPS, dispute["id"], "What happened?")
    await tell(market)
    return dispute


@each_side
async def test_a_limit_changes_no_row_but_itself_and_its_key(
    market: Market, setter: Actor, other: Actor
) -> None:
    """No event, version, notification, message, mark: nothing that anything could be read from."""
    id_ = (await opened(market))["id"]
    await limited(market, other, id_, {ADA: "60.00", LAMPS: "5.00"}[other])
    before = await snapshot()

    for amount in ("10.00", "20.00", None):
        assert (await limited(market, setter, id_, amount))["__typename"] == (
            "DisputeLimitSetSuccess"
        )

    assert {table for table, _ in await snapshot() ^ before} == {
        "private_limits",
        "idempotency_keys",
    }


@each_side
async def test_no_mutation_answers_otherwise_when_the_other_side_has_a_limit(
    market: Market, setter: Actor, other: Actor
) -> None:
    """Two disputes that are the same but for the limit: the same answer, by as many statements."""
    twins: list[dict[str, Any]] = []

    for name, takes, document in (await Doors.found(market, 0)).mutations:
        if "disputeId" not in takes.fields:
            continue
        for who in (other, OLGA, BEN):
            if not await still_open(twins):
                twins = await two_alike(market, setter)
            found = []
            for twin in twins:
                given = sample(takes, {"disputeId": [twin["id"]], "ID": [twin["id"]]})
                found.append(await done(market, who, document, given))
            assert found[0][1:] == found[1][1:], name


async def two_alike(market: Market, setter: Actor) -> list[dict[str, Any]]:
    """Two disputes; in the second one this side has set a limit."""
    twins = [await opened(market) for _ in range(2)]
    await limited(market, setter, twins[1]["id"], {ADA: "80.00", LAMPS: "2.00"}[setter])
    return twins


async def still_open(twins: list[dict[str, Any]]) -> bool:
    ids = [relay.from_base64(twin["id"])[1] for twin in twins]
    rows = await Dispute.filter(id__in=ids)
    return len(rows) == 2 and all(row.status == "AWAITING_SELLER" for row in rows)


@each_side
async def test_setting_a_limit_that_does_not_meet_the_others_takes_as_many_statements_as_without(
    market: Market, setter: Actor, other: Actor
) -> None:
    twins = await two_alike(market, setter)
    document = """mutation Do($input: DisputeLimitSetInput!) {
      disputeLimitSet(input: $input) { __typename ... on DisputeLimitSetSuccess { dispute {
        status closedAt myLimit { amount { amount } changesLeft } actions { kind available }
      } } ... on UserError { message } } }"""
    apart = {ADA: "70.00", LAMPS: "9.00"}[other]

    for amount in (apart, apart, "0.00", "0.01" if other is LAMPS else "84.70", None):
        found = [
            await done(market, other, document, {"disputeId": twin["id"], "amount": amount})
            for twin in twins
        ]
        assert found[0][1:] == found[1][1:]
