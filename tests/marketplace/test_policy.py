"""What the marketplace chooses: its numbers and its list of reasons."""

import pytest

from ordergraph.kernel.actor import SYSTEM, Actor, Role
from ordergraph.kernel.policy import Policy
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.marketplace import actions, queries
from ordergraph.marketplace.models import PolicyVersion, Reason, ReasonContext
from seeds.reasons import REASONS, keep_reasons
from tests.market import ADA, LAMPS, OLGA, Market, gid

CANCELLATION, DISPUTE = ReasonContext


async def _publish(market: Market, policy: Policy) -> int:
    async with market.edge.transaction(SYSTEM) as tx:
        return await actions.publish(tx, policy)


async def test_before_anything_is_published_the_defaults_hold(market: Market) -> None:  # noqa: ARG001  (it needs the database)
    assert await queries.policy() == (0, Policy())


async def test_publishing_counts_up_and_the_newest_holds(market: Market) -> None:
    longer = Policy(refund_delay_s=9)

    versions = [await _publish(market, policy) for policy in (Policy(), longer)]

    assert versions == [1, 2]
    assert await queries.policy() == (2, longer)


async def test_publishing_what_is_in_force_changes_nothing(market: Market) -> None:
    versions = [await _publish(market, Policy()) for _ in range(3)]

    assert versions == [1, 1, 1]
    assert await PolicyVersion.all().count() == 1


async def test_an_earlier_policy_may_come_back_as_a_new_version(market: Market) -> None:
    versions = [await _publish(market, Policy(hold_max_s=n)) for n in (1, 2, 1)]

    assert versions == [1, 2, 3]


@pytest.mark.parametrize("context", list(ReasonContext))
@pytest.mark.parametrize(
    ("actor", "picks"),
    [
        (ADA, "BUYER"),
        (None, "BUYER"),
        (LAMPS, "SELLER"),
        (OLGA, ""),  # staff act for anybody
    ],
    ids=["buyer", "nobody", "seller", "operator"],
)
async def test_each_role_is_offered_its_own_reasons_in_order_and_in_both_languages(
    market: Market, context: ReasonContext, actor: Actor | None, picks: str
) -> None:
    document = f"{{ reasons(context: {context}) {{ handle label context retired }} }}"

    english = (await market.ask(actor, document))["reasons"]
    german = (await market.ask(actor, document, "de"))["reasons"]

    seeded = [row for row in REASONS if row.context is context and picks in row.picked_by]
    assert [(r["handle"], r["label"]) for r in english] == [(r.handle, r.en) for r in seeded]
    assert [(r["handle"], r["label"]) for r in german] == [(r.handle, r.de) for r in seeded]
    assert {r["context"] for r in english} <= {context}


async def test_seeding_again_brings_rows_up_to_date_and_keeps_the_markets_own(
    market: Market,  # noqa: ARG001  (it needs the database)
) -> None:
    await Reason.filter(handle="other", context=CANCELLATION).update(labels={"en": "Old"})
    own = await Reason.create(
        context=CANCELLATION, handle="own", labels={"en": "Our own"}, picked_by=["BUYER"],
        fault="NONE", position=99,
    )  # fmt: skip
    try:
        await keep_reasons()

        other = await Reason.get(handle="other", context=CANCELLATION)
        assert other.labels["en"] == "Another reason"
        assert await Reason.exists(id=own.id)
        assert await Reason.all().count() == len(REASONS) + 1
    finally:
        await own.delete()


async def test_a_reason_without_the_persons_language_is_told_in_english(market: Market) -> None:
    own = await Reason.create(
        context=DISPUTE, handle="own", labels={"en": "Our own"}, picked_by=["BUYER"],
        fault="NONE", position=99,
    )  # fmt: skip
    try:
        document = "query Q($id: ID!) { node(id: $id) { ... on Reason { handle label } } }"
        found = await market.ask(ADA, document, "de", id=gid("Reason", own.id))

        assert found["node"] == {"handle": "own", "label": "Our own"}
    finally:
        await own.delete()


# fmt: off
MAY_PICK = [
    (Role.BUYER,    CANCELLATION, "no-longer-needed", True),
    (Role.BUYER,    CANCELLATION, "out-of-stock",     False),
    (Role.BUYER,    CANCELLATION, "damaged",          False),
    (Role.BUYER,    DISPUTE,      "damaged",          True),
    (Role.SELLER,   CANCELLATION, "out-of-stock",     True),
    (Role.SELLER,   CANCELLATION, "no-longer-needed", False),
    (Role.SELLER,   DISPUTE,      "damaged",          False),
    (Role.OPERATOR, CANCELLATION, "fraud",            True),
    (Role.OPERATOR, CANCELLATION, "no-longer-needed", True),
    (Role.OPERATOR, CANCELLATION, "no such thing",    False),
]
# fmt: on


@pytest.mark.parametrize(("role", "context", "handle", "may"), MAY_PICK)
async def test_a_reason_is_picked_by_whom_it_is_for(
    market: Market,  # noqa: ARG001  (it needs the database)
    role: Role,
    context: ReasonContext,
    handle: str,
    *,
    may: bool,
) -> None:
    if may:
        assert (await queries.pick(context, handle, role)).handle == handle
    else:
        with pytest.raises(InvalidInput, match="reasonHandle"):
            await queries.pick(context, handle, role)
