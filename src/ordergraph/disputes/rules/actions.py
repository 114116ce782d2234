"""Publishing seller's rules, and letting them answer a dispute that opens."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ordergraph.disputes import addresses, offers
from ordergraph.disputes.models import Offer
from ordergraph.disputes.process import DisputeAction
from ordergraph.disputes.queries import Held
from ordergraph.disputes.rules import queries
from ordergraph.disputes.rules.events import DisputeAcceptedByRule, OfferMadeByRule
from ordergraph.disputes.rules.models import SellerRules
from ordergraph.disputes.rules.process import (
    MOST_CURRENCIES,
    Complaint,
    Rule,
    RuleAnswer,
    answer,
)
from ordergraph.disputes.sellers import seller_in_turn
from ordergraph.disputes.settling import Verdict, move, resolve
from ordergraph.disputes.telling import tell
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import DecidedBy, OfferStatus
from ordergraph.infra.database import Tx
from ordergraph.infra.turns import RULING
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import InvalidInput

PUBLISH_RULES: Final = "PUBLISH_RULES"
NOBODY: Final = Actor(frozenset({Role.SELLER}))
"""Who acts when a rule does: the seller's side, and no person."""


async def publish(tx: Tx, rules: Sequence[Rule]) -> SellerRules:
    """Make these the seller's rules for disputes that open from now on; none at all is fine, too.

    Publishing what is in force changes nothing.
    """
    seller_id = await seller_in_turn(tx, RULING, PUBLISH_RULES)
    _check(rules)
    before = await queries.newest(seller_id)
    said = [rule.to_json() for rule in sorted(rules, key=lambda rule: rule.currency)]
    if before is not None and before.rules == said:
        return before
    version = before.version + 1 if before else 1
    return await SellerRules.create(
        seller_id=seller_id, version=version, rules=said, published_at=tx.now
    )


def _check(rules: Sequence[Rule]) -> None:
    if len(rules) > MOST_CURRENCIES:
        raise InvalidInput(field="rules", problem=f"at most {MOST_CURRENCIES}")
    twice = [code for code, count in Counter(rule.currency for rule in rules).items() if count > 1]
    if twice:
        raise InvalidInput(field="rules", problem=f"one rule for each currency: {twice[0]}")
    for place, rule in enumerate(rules):
        if rule.accept_up_to_minor is not None and rule.accept_up_to_minor <= 0:
            raise InvalidInput(field=f"rules.{place}.acceptUpTo", problem="must be more than zero")


async def apply(tx: Tx, opened: Held, reason: str) -> None:
    """Let the seller's rules answer a dispute that was opened in this transaction.

    What a rule does is a move of the seller's like any other, only that no person made it.
    """
    dispute, order, _ = opened
    book = await queries.newest(order.seller_id)
    if book is None:
        return
    asked = await offers.asked(dispute)
    complaint = Complaint(
        reason=reason,
        amount=asked.amount,
        with_return=Terms.of(asked).with_return,
        return_cost=await addresses.cost_of(order, dispute.opened_at),
    )
    said = answer(book.each, complaint)
    if said is not None:
        held = Held(dispute, order, Role.SELLER)
        await DOES[said](replace(tx, actor=NOBODY), held, asked, book.version)


async def _accept(tx: Tx, held: Held, asked: Offer, version: int) -> None:
    """The buyer gets what they asked for, and need not send anything back."""
    dispute, order, _ = held
    await offers.end(tx, asked, OfferStatus.ACCEPTED)
    verdict = Verdict(
        action=DisputeAction.ACCEPT, decided_by=DecidedBy.SELLER, approved=asked.amount
    )
    await resolve(tx, held, verdict)
    event = DisputeAcceptedByRule(order_id=order.id, dispute_id=dispute.id, by_rule=version)
    await tell(tx, held, event)


async def _offer_to_keep(tx: Tx, held: Held, asked: Offer, version: int) -> None:
    """All the money for goods that stay; the buyer has to answer."""
    dispute, order, _ = held
    await offers.put(tx, held, Terms(amount=asked.amount), Role.SELLER, by_rule=version)
    due_at = tx.now + order.policy.span("buyer_response_s")
    await move(tx, held, DisputeAction.COUNTER_OFFER, buyer_response_due_at=due_at)
    event = OfferMadeByRule(order_id=order.id, dispute_id=dispute.id, by_rule=version)
    await tell(tx, held, event)


Does = Callable[[Tx, Held, Offer, int], Awaitable[None]]
DOES: Final[Mapping[RuleAnswer, Does]] = {
    RuleAnswer.ACCEPT: _accept,
    RuleAnswer.OFFER_TO_KEEP: _offer_to_keep,
}
