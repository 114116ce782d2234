"""No N+1: how many statements an answer takes does not depend on how much it shows (Q14)."""

import pytest

from ordergraph.disputes import notes
from ordergraph.disputes.evidence import NewEvidence
from ordergraph.disputes.evidence_types import HANDED_IN
from ordergraph.disputes.models import Evidence
from ordergraph.disputes.words import EvidenceType
from ordergraph.kernel.actor import Actor
from tests.cancellations.late import allow_requests, asked
from tests.disputes.court import disputed
from tests.market import ADA, DAY, LAMPS, OLGA, Market, gid
from tests.states import cancel
from tests.watching import statements

ORDER = """
  id number status buyer { displayName } seller { displayName externalId }
  lines { title paid { amount } } paymentStatus refunded { amount } refundable { amount }
  canCancel actions { kind until blockedBy { message } } deadlines { kind dueAt }
  cancellation { note reason { label } refund { id } order { id } }
  refunds { status order { id } lines { line { title } } actions { kind } steps { kind } deadlines { kind } }
  cancellationPreview { amount { amount } }"""
LISTS = {
    "purchases": f"query Q($n: Int!) {{ viewer {{ purchases(first: $n) {{ nodes {{ {ORDER} }} }} }} }}",
    "sales": f"query Q($n: Int!) {{ viewer {{ sales(first: $n) {{ nodes {{ {ORDER} }} }} }} }}",
}
NODES = f"query Q($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Order {{ {ORDER} }} }} }}"
PEOPLE = {"purchases": ADA, "sales": LAMPS}


async def _market_of(market: Market, count: int) -> list[str]:
    """Some canceled, some not; and a clock that is a statement of its own."""
    placed = [await market.place() for _ in range(count)]
    for order in placed[::2]:
        await cancel(market, order)
    market.tick()
    return [gid("Order", order.id) for order in placed]


async def _count(market: Market, actor: Actor, document: str, **variables: object) -> int:
    with statements() as seen:
        await market.ask(actor, document, **variables)
    return len(seen)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_of_twelve_takes_as_many_statements_as_one_of_two(
    market: Market, name: str
) -> None:
    await _market_of(market, 12)

    few = await _count(market, PEOPLE[name], LISTS[name], n=2)
    many = await _count(market, PEOPLE[name], LISTS[name], n=12)

    assert many == few
    assert few <= 15


LATE = """query Q($n: Int!) { viewer { purchases(first: $n) { nodes {
  canCancel actions { kind until blockedBy { message } } cancellationPreview { request amount { amount } }
  cancellation { status lines { quantity line { title } } actions { kind until } deadlines { kind } }
} } } }"""


async def test_late_requests_take_as_many_statements_for_twelve_orders_as_for_two(
    market: Market,
) -> None:
    await allow_requests(market)
    placed = [await market.place() for _ in range(12)]
    market.clock.advance(2 * DAY)
    for order in placed[::2]:
        await asked(market, order)

    few = await _count(market, ADA, LATE, n=2)
    many = await _count(market, ADA, LATE, n=12)

    assert many == few


DISPUTES = """query Q($n: Int!, $after: String!) { viewer { disputes(first: $n) { nodes {
  status order { number } reason { label } lines { quantity line { title } } asked amountRequested { amount }
  offers { id } buyerOffer { id } sellerOffer { id } myLimit { amount { amount } } returnAddress { id }
  messages(first: 3) { nodes { body author { displayName } } } unreadCount readCursors { role }
  evidence(first: 3) { pageInfo { hasNextPage } nodes { note attachments { id } author { displayName } } }
  more: evidence(first: 1, after: $after) { nodes { note } }
  evidenceChecklist { items { type } } evidencePack { pdf { url } } decision { id } appeals { id }
  refund { id } actions { kind until blockedBy { message } } deadlines { kind dueAt } } } } }"""


NOTED = """query Q($n: Int!, $after: String) { disputes(first: $n) { nodes {
  internalNotes(first: 1) { pageInfo { endCursor } nodes { body author { displayName } dispute { id } } }
  more: internalNotes(after: $after) { nodes { body } } } } }"""


@pytest.mark.parametrize("actor", [ADA, LAMPS], ids=["buyer", "seller"])
async def test_disputes_take_as_many_statements_for_six_as_for_two(
    market: Market, actor: Actor
) -> None:
    """Each with two pages of evidence."""
    shown = [NewEvidence(type=EvidenceType.PHOTO, note=note) for note in ("One.", "Two.")]
    for _ in range(6):
        await disputed(market, evidence=shown)
    market.tick()
    after = HANDED_IN.cursor(await Evidence.filter(note="One.").first())

    few = await _count(market, actor, DISPUTES, n=2, after=after)
    many = await _count(market, actor, DISPUTES, n=6, after=after)

    assert many == few


async def test_notes_of_six_disputes_take_as_many_statements_as_those_of_two(
    market: Market,
) -> None:
    for _ in range(6):
        dispute = await disputed(market)
        for text in ("One.", "Two."):
            async with market.edge.transaction(OLGA) as tx:
                await notes.add(tx, dispute.id, text)
    market.tick()
    first = await market.ask(OLGA, NOTED, n=6)
    after = first["disputes"]["nodes"][0]["internalNotes"]["pageInfo"]["endCursor"]

    few = await _count(market, OLGA, NOTED, n=2, after=after)
    many = await _count(market, OLGA, NOTED, n=6, after=after)

    assert many == few


async def test_looking_up_ten_nodes_takes_as_many_statements_as_two(market: Market) -> None:
    ids = await _market_of(market, 10)

    few = await _count(market, OLGA, NODES, ids=ids[:2])
    many = await _count(market, OLGA, NODES, ids=ids)

    assert many == few


async def test_a_timeline_takes_as_many_statements_for_one_line_as_for_all(market: Market) -> None:
    order = await market.place()
    await market.deliver(order)
    document = """query Q($id: ID!, $n: Int!) { order(id: $id) {
      timeline(first: $n) { nodes { type summary actor } } } }"""

    counts = [await _count(market, ADA, document, id=gid("Order", order.id), n=n) for n in (1, 4)]

    assert counts[0] == counts[1]


async def test_the_clock_is_read_once_for_a_whole_answer(market: Market) -> None:
    await _market_of(market, 4)

    with statements() as seen:
        await market.ask(ADA, LISTS["purchases"], n=4)

    assert sum("ordergraph_now()" in statement for statement in seen) == 1


async def test_nothing_is_told_from_an_earlier_answer(market: Market) -> None:
    """What was looked up for one operation is looked up again for the next."""
    (id_,) = await _market_of(market, 1)
    document = "query Q($id: ID!) { order(id: $id) { buyer { displayName } } }"

    counts = [await _count(market, ADA, document, id=id_) for _ in range(2)]

    assert counts[0] == counts[1] > 0
