"""What the marketplace chooses: its numbers and its list of reasons."""

import asyncio

import pytest

from ordergraph.kernel.actor import SYSTEM, Actor, Role
from ordergraph.kernel.policy import Change, Policy
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


async def test_choosing_some_numbers_leaves_the_others_and_says_what_changed(
    market: Market,
) -> None:
    await _publish(market, Policy(refund_delay_s=9))

    async with market.edge.transaction(SYSTEM) as tx:
        done = await actions.publish_changes(tx, {"hold_max_s": 5, "refund_delay_s": 9})

    assert (done.version, done.changes) == (2, (Change("hold_max_s", 604_800, 5),))
    assert await queries.policy() == (2, Policy(refund_delay_s=9, hold_max_s=5))


async def test_a_number_beyond_its_limit_is_not_published(market: Market) -> None:
    with pytest.raises(InvalidInput, match="refund_delay_s: between 0 and 60d"):
        await _publish(market, Policy(refund_delay_s=61 * 86_400))

    assert await queries.policy() == (0, Policy())


async def test_two_who_publish_at_once_make_two_versions(market: Market) -> None:
    numbers: list[dict[str, int]] = [{"hold_max_s": 5}, {"refund_delay_s": 9}]

    async def published(chosen: dict[str, int]) -> None:
        async with market.edge.transaction(SYSTEM) as tx:
            await actions.publish_changes(tx, chosen)

    for _ in range(5):
        await asyncio.gather(*(published(chosen) for chosen in numbers))

    assert await queries.policy() == (2, Policy(refund_delay_s=9, hold_max_s=5))


POLICY = """query Q($version: Int) { policy(version: $version) {
  version publishedAt numbers { name value usual meaning } } }"""


async def test_an_operator_reads_every_version(market: Market) -> None:
    await _publish(market, Policy(late_cancellation=True, cancel_window_s=43_200))

    newest, usual, none = [
        (await market.ask(OLGA, POLICY, version=version))["policy"] for version in (None, 0, 9)
    ]

    assert (newest["version"], newest["publishedAt"]) == (1, "2026-11-23T12:00:00.000Z")
    chosen = {n["name"]: (n["value"], n["usual"]) for n in newest["numbers"]}
    assert chosen["cancel_window_s"] == ("12h", "24h")
    assert chosen["late_cancellation"] == ("true", "false")
    assert (usual["version"], usual["publishedAt"]) == (0, None)
    assert all(number["value"] == number["usual"] for number in usual["numbers"])
    assert none is None


@pytest.mark.parametrize("actor", [ADA, LAMPS, None])
async def test_nobody_else_reads_the_policy(market: Market, actor: Actor | None) -> None:
    result = await market.execute(actor, POLICY)

    code = "FORBIDDEN" if actor else "UNAUTHENTICATED"
    assert [error.extensions["code"] for error in result.errors] == [code]


async def test_an_order_says_under_which_policy_it_was_placed(market: Market) -> None:
    await _publish(market, Policy())
    order = await market.place()

    document = "query Q($id: ID!) { order(id: $id) { policyVersion } }"
    assert await market.ask(ADA, document, id=gid("Order", order.id)) == {
        "order": {"policyVersion": 1}
    }


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
