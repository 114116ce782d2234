"""What sellers answer by rule: the table without a database, and what it leads to."""

import asyncio
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.rules.actions import publish
from ordergraph.disputes.rules.models import SellerRules
from ordergraph.disputes.rules.process import Complaint, Rule, RuleAnswer, answer
from ordergraph.disputes.words import DecidedBy, DisputeOutcome, DisputeStatus
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import InvalidInput, NotAllowed
from tests.disputes.court import GOODS_FIRST, act, disputed, refund_of, refused, told
from tests.market import ADA, DAY, LAMPS, OLGA, PAPER, Market, gid

EUR, YEN = (Rule(currency=c, accept_up_to_minor=500, offer_to_keep=True) for c in ("EUR", "JPY"))
ONLY_KEEP = Rule(currency="EUR", accept_up_to_minor=None, offer_to_keep=True)
ONLY_SMALL = Rule(currency="EUR", accept_up_to_minor=500, offer_to_keep=False)
ACCEPT, KEEP = RuleAnswer


def complaint(minor: int, **other: Any) -> Complaint:
    return Complaint(
        reason=other.get("reason", "damaged"),
        amount=Money(minor, "EUR"),
        with_return=other.get("with_return", True),
        return_cost=Money(other.get("cost", 600), "EUR"),
    )


# fmt: off
CASES = [
    # the rule   what is asked for                       what it answers
    (EUR,        complaint(500),                         ACCEPT),  # up to includes
    (EUR,        complaint(500, with_return=False),      ACCEPT),
    (EUR,        complaint(501),                         KEEP),
    (EUR,        complaint(599),                         KEEP),
    (EUR,        complaint(600),                         None),  # sending costs no more than that
    (EUR,        complaint(501, with_return=False),      None),  # nothing would go back anyway
    (ONLY_KEEP,  complaint(1),                           KEEP),
    (ONLY_KEEP,  complaint(1, with_return=False),        None),
    (ONLY_SMALL, complaint(501),                         None),
    (YEN,        complaint(1),                           None),  # another currency
    (EUR,        complaint(1, reason="eu-withdrawal"),   None),  # the law answers
]
# fmt: on


@pytest.mark.parametrize(("rule", "asked", "said"), CASES)
def test_the_first_rule_that_fits_answers(
    rule: Rule, asked: Complaint, said: RuleAnswer | None
) -> None:
    assert answer([YEN, rule] if rule is not YEN else [YEN], asked) is said


def test_without_rules_the_seller_answers() -> None:
    assert answer([], complaint(1)) is None


async def small(market: Market, minor: int, **other: Any) -> Dispute:
    return await disputed(market, amount=Money(minor, "EUR"), **other)


@pytest.mark.parametrize("other", [{}, {"asked": GOODS_FIRST}], ids=["money", "goods first"])
async def test_a_small_sum_is_granted_in_the_transaction_that_asked_for_it(
    market: Market, other: dict[str, Any]
) -> None:
    book = await act(market, LAMPS, publish, [EUR])

    dispute = await small(market, 500, **other)

    assert (dispute.status, dispute.outcome) == (
        DisputeStatus.RESOLVED,
        DisputeOutcome.REFUNDED_FULL,
    )
    assert (dispute.decided_by, dispute.return_paid_by) == (DecidedBy.SELLER, None)
    refund = await refund_of(dispute)
    assert refund is not None
    assert refund.amount_minor == 500
    assert [offer.status for offer in await Offer.all()] == ["ACCEPTED"]
    row = (await EventRow.filter(type="dispute.accepted_by_rule"))[0]
    assert (row.actor_role, row.actor_id) == (Role.SELLER, None)
    assert row.data["by_rule"] == book.version == 1


async def test_what_is_not_worth_sending_back_is_offered_to_keep(market: Market) -> None:
    await act(market, LAMPS, publish, [ONLY_KEEP])

    dispute = await small(market, 489, asked=GOODS_FIRST)  # sending cost 4.90

    assert dispute.status is DisputeStatus.AWAITING_BUYER
    assert dispute.buyer_response_due_at == market.clock.at + 7 * DAY
    offers = {offer.made_by: offer for offer in await Offer.all()}
    assert {by: o.status for by, o in offers.items()} == {"BUYER": "OPEN", "SELLER": "OPEN"}
    made = offers["SELLER"]
    assert (made.type, made.amount_minor, made.by_rule, made.author_id) == ("REFUND", 489, 1, None)
    assert (await told(dispute.order_id))[-2:] == ["dispute.opened", "dispute.offered_by_rule"]


async def test_where_no_rule_fits_the_seller_is_asked(market: Market) -> None:
    await act(market, LAMPS, publish, [EUR])
    anything = Rule(currency="EUR", accept_up_to_minor=9999, offer_to_keep=False)
    await act(market, PAPER, publish, [anything])  # another seller's

    dispute = await small(market, 501)

    assert dispute.status is DisputeStatus.AWAITING_SELLER
    assert (await told(dispute.order_id))[-1] == "dispute.opened"


async def test_versions_count_up_and_what_is_in_force_is_not_published_again(
    market: Market,
) -> None:
    for rules in ([EUR], [EUR], [], [EUR, YEN], [YEN, EUR]):
        newest = await act(market, LAMPS, publish, rules)

    assert newest.version == 3
    assert [rule.currency for rule in newest.each] == ["EUR", "JPY"]
    assert await SellerRules.all().count() == 3


async def test_publishing_at_once_makes_one_version_after_the_other(market: Market) -> None:
    rules = [Rule(currency="EUR", accept_up_to_minor=n, offer_to_keep=False) for n in range(1, 9)]

    await asyncio.gather(*(act(market, LAMPS, publish, [rule]) for rule in rules))

    versions = await SellerRules.all().order_by("version").values_list("version", flat=True)
    assert list(versions) == list(range(1, 9))


async def test_a_version_is_never_changed(market: Market) -> None:
    book = await act(market, LAMPS, publish, [EUR])

    with pytest.raises(IntegrityError, match="append-only"):
        await SellerRules.filter(id=book.id).update(version=9)


@pytest.mark.parametrize(
    "rules",
    [
        [EUR, ONLY_KEEP],
        [Rule(currency="EUR", accept_up_to_minor=0, offer_to_keep=False)],
        [Rule(currency="EUR", accept_up_to_minor=-1, offer_to_keep=False)],
        [EUR] * 31,
    ],
)
async def test_rules_that_cannot_be_are_refused(market: Market, rules: list[Rule]) -> None:
    async with refused(InvalidInput):
        await act(market, LAMPS, publish, rules)


async def test_only_sellers_publish_rules(market: Market) -> None:
    for who in (ADA, OLGA):
        async with refused(NotAllowed):
            await act(market, who, publish, [EUR])


RULES = """query Rules($id: ID!) {
  viewer { sellerRules { version rules { currency acceptUpTo { amount } offerToKeep } }
    sellerRulesHistory(first: 1) { nodes { id version } pageInfo { hasNextPage } } }
  node(id: $id) { ... on SellerRules { version } } }"""


async def test_rules_are_seen_by_their_seller_and_by_operators_alone(market: Market) -> None:
    await act(market, LAMPS, publish, [ONLY_SMALL])
    book = await act(market, LAMPS, publish, [ONLY_SMALL, YEN])

    found = {who: await market.ask(who, RULES, id=gid("SellerRules", book.id))
             for who in (LAMPS, OLGA, ADA, PAPER)}  # fmt: skip

    own = found[LAMPS]["viewer"]
    assert own["sellerRules"]["version"] == 2
    assert own["sellerRules"]["rules"][0] == {
        "currency": "EUR",
        "acceptUpTo": {"amount": "5.00"},
        "offerToKeep": False,
    }
    assert own["sellerRulesHistory"]["pageInfo"] == {"hasNextPage": True}
    assert {who for who, said in found.items() if said["node"]} == {LAMPS, OLGA}
    assert all(not found[who]["viewer"]["sellerRules"] for who in (OLGA, ADA, PAPER))
