"""A read that brings things along answers as one that brings nothing, and leaves all to the loaders."""

import sys
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from tortoise import connections

from ordergraph.api.completion.plans import Plan
from ordergraph.disputes.models import Dispute
from ordergraph.infra.reading import rows
from ordergraph.kernel.actor import Actor
from ordergraph.orders.graphql import Order as Shown
from ordergraph.orders.models import Order
from ordergraph.orders.queries import Where
from ordergraph.refunds.models import Refund
from ordergraph.schema import schema
from ordergraph.screens import reading
from ordergraph.screens.reading import Screens
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid

NIL: Final = UUID(int=0)
DEEP = 2
LISTS = {"purchases": ADA, "sales": LAMPS}


def asked_of(kind: GraphQLObjectType, depth: int, *way: str) -> str:
    """All fields of a type that can be asked for without arguments, and theirs."""
    parts = ["__typename", *filter(None, (below(kind, name, depth, *way) for name in kind.fields))]
    return f"{{ {' '.join(parts)} }}"


def below(kind: GraphQLObjectType, name: str, depth: int, *way: str) -> str | None:
    definition = kind.fields[name]
    of = get_named_type(definition.type)
    if any(is_required_argument(argument) for argument in definition.args.values()):
        return None
    if is_leaf_type(of):
        return name
    if not isinstance(of, GraphQLObjectType):
        return f"{name} {{ __typename }}"
    deeper = "Connection" in kind.name or kind.name.endswith("Edge")
    if not depth or of.name in way:
        return None
    return f"{name} {asked_of(of, depth if deeper else depth - 1, kind.name, *way)}"


ORDER: Any = schema._schema.type_map["Order"]
EACH = {name: asked for name in ORDER.fields if (asked := below(ORDER, name, DEEP)) is not None}
LINES = "lines { id title quantity unitPrice { amount currencyCode } }"
REFUNDS = "refunds { id status amount { amount } dueAt }"
TALK = "messages(first: 3) { edges { cursor node { body author { displayName } } } }"
PARTS = "fragment P on Order { paymentStatus refunds { ...R } }"
PROMISED = (
    "fragment R on Refund { pendingReason why: pendingReasonText note lines { line { sku } } }"
)
THREAD = """messages(first: 4) { pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  edges { cursor node { id kind eventType authorRole body warning sentAt } } }"""
COMPLAINT = """fragment D on Dispute { description m: messages { __typename a: nodes { b: body id }
  i: pageInfo { __typename e: endCursor } edges { __typename n: node { ... on Node { id } } } } }"""
HIDDEN = "fragment H on Order { canCancel ... @skip(if: $yes) { total { amount } } placedAt }"
TITLED = "fragment L on OrderLine { title unitPrice { a: amount } quantity }"
MONEY = "fragment M on Money { currencyCode __typename }"
FILES = "fragment F on Attachment { id fileName contentType size status sha256 createdAt }"
WHY = "fragment W on Reason { id handle label context retired __typename }"
BUTTONS = "actions { kind available until blockedBy { ...B } }"
NOTHING = "fragment N on Node { id @skip(if: $yes) } fragment Y on Money { amount @skip(if: $yes) }"
BLOCKED = "fragment B on UserError { __typename message }"
WHO = "fragment U on User { id externalId __typename }"
SCREENS = {
    # what is asked for of an order, and the fragments it takes
    f"number status total {{ amount }} canCancel cancelableUntil {LINES} {REFUNDS}": "",
    f"dispute {{ status {TALK} }} lines {{ title }}": "",
    "number canCancel actions { kind available } cancellation { note refund { id } }": "",
    "a: lines { id } b: lines { title refundedTax { amount } } ...P": f"{PARTS} {PROMISED}",
    "timeline(first: 2) { edges { cursor node { type } } pageInfo { hasNextPage } }": "",
    "a: timeline { nodes { summary } } b: timeline(first: 1) { nodes { hash } }": "",
    "dispute { messages(last: 2) { nodes { body } } m: messages(first: 1) { nodes { id } } }": "",
    "lines { quantity canceledQuantity returnedQuantity refundedQuantity refunded { amount } }": "",
    "lines { ...L ...L b: title } l: lines { ... on Node { id } ... { sku __typename } }": TITLED,
    "lines { ...L } lines { unitPrice { __typename c: currencyCode } paid { amount } }": TITLED,
    "lines @include(if: true) { title } refunds { id @skip(if: true) status cause borneBy }": "",
    f"dispute {{ id stage asked amountRequested {{ amount }} messageCount {THREAD} }}": "",
    f"dispute {{ status reason {{ handle }} {THREAD} }} buyer {{ displayName }}": "",
    "d: dispute { ...D ...D } dispute { outcome closedAt } s: seller { id externalId __typename }": COMPLAINT,
    "dispute { decisionNote n: messages(first: 30) { nodes { body author { id } } } }": "",
    "number ...H @include(if: $yes) lines @skip(if: $yes) { id } refunds { id @skip(if: $no) }": HIDDEN,
    "status @skip(if: $yes) refunds @include(if: $yes) { id } dispute @include(if: $no) { id }": "",
    "dispute { messages @include(if: true) { nodes { body } } }": "",
    "timeline(first: 3) { edges { cursor node { id type actor summary occurredAt hash } } }": "",
    "timeline { nodes { summary } pageInfo { endCursor hasNextPage } __typename }": "",
    "paymentStatus p: paymentStatus refunded { amount } r: refundable { a: amount ...M }": MONEY,
    "cancellation { id status whole requestedBy requestedAt decidedAt answer __typename }": "",
    "cancellation { canceledAt } dispute { messages { nodes { body author { ...U } } } }": WHO,
    "cancellation { reason { ...W } refund { id status dueAt pendingReasonText note } }": WHY,
    "cancellation { status reason { ...W } r: refund { id status dueAt amount { amount } } }": WHY,
    "refunds { lines { quantity amount { amount } line { title } } } cancellation { lines { quantity } }": "",
    "cancellation { note decidedBy } refunds { note } dispute { amountApproved { currencyCode } }": "",
    "dispute { stage reason { ...W fault } refund { cause } messages { nodes { id } } }": WHY,
    f"dispute {{ reason {{ id label }} offers {{ id }} {BUTTONS} }} {BUTTONS}": BLOCKED,
    "dispute { messages { nodes { id readByOtherAt attachments { ...F } } } }": FILES,
    "dispute { m: messages(first: 40) { nodes { authorRole a: author { displayName } } } }": "",
    "dispute { messages(first: 2) { nodes { body } } } e: dispute { extensions }": "",
    f"dispute {{ id {THREAD.replace('first: 4', 'last: 3')} }}": "",
    f"dispute {{ asked {THREAD.replace('first: 4', 'last: 30')} }}": "",
    "dispute { messages(last: 2) { edges { node { body author { displayName } } } } }": "",
    "dispute { closedAt messages(last: 1) { nodes { id readByOtherAt } __typename } }": "",
    "disputes { id status } dispute { messages(first: 2) { nodes { id } } }": "",
    "dispute { id stage } a: disputes { ...D } disputes { id reason { handle } refund { id } }": COMPLAINT,
    "... @include(if: true) { lines { sku } } refunds { createdAt sentAt failureReason }": "",
    "total { amount @skip(if: $yes) } refundable { amount @include(if: $no) } canCancel": "",
    "lines { id @skip(if: $yes) } refunds { amount { ...Y } } dispute { ...N }": NOTHING,
    f"refunds {{ {'x' * 64}: id {'y' * 63}: bankReference note }} lines {{ {'x' * 64}: sku }}": "",
}
DISPUTES = {
    # what is asked for of a dispute, and the fragments it takes
    f"status asked amountRequested {{ amount }} messageCount {THREAD}": "",
    "m: messages(last: 2) { nodes { body } } order { number lines { title } buyer { id } seller { id } }": "",
    "reason { ...W } refund { id } offers { id } lines { quantity } actions { kind }": WHY,
    f"{TALK} order {{ dispute {{ id {TALK} }} {BUTTONS} }}": BLOCKED,
    "messages { nodes { id dispute { stage } author { ...U } readByOtherAt } } unreadCount": WHO,
    "messages { nodes { id @skip(if: $yes) } pageInfo { endCursor @include(if: $no) } }": "",
    "messages(first: 2) @include(if: $yes) { nodes { body } } stage @skip(if: $yes)": "",
    "deadlines { kind dueAt } evidence { nodes { id } } timeline: order { timeline { nodes { id } } }": "",
}
CONNECTED = (
    "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } __typename",
    "nodes { id canCancel } e: edges { __typename c: cursor node { number } n: node { id } }",
    "edges @include(if: $yes) { cursor } nodes @skip(if: $yes) { placedAt canCancel }",
    "edges { node { id @skip(if: $yes) } } pageInfo { endCursor @skip(if: $yes) } nodes { id }",
    "edges { cursor @skip(if: $yes) } nodes { total { amount @skip(if: $yes) } }",
    "edges { node { actions { kind available } } } nodes { id }",
    "edges { node { id } } edges { cursor node { canCancel } } nodes { buyer { externalId } }",
    "edges { ... on OrderEdge { node { ... on Node { id } ... @include(if: $yes) { status } } } }",
)
STEERED = "__typename @include(if: $yes) @skip(if: $no)"
PAGE = f"edges {{ cursor node {{ ...O }} }} pageInfo {{ endCursor hasNextPage {STEERED} }}"
LIST = f"""query ($s: [OrderStatus!], $yes: Boolean!, $no: Boolean = false) {{
  viewer {{ purchases(first: 60, status: $s) {{ {PAGE} }} }} }}"""
ID = "query ($id: ID!, $yes: Boolean!, $no: Boolean = false)"
OF_OTHERS = "... on Dispute { stage messages { nodes { id } } } ... on Refund { bankReference }"
ROOTS = (
    f"{ID} {{ order(id: $id) {{ {STEERED} ...O }} }}",
    f"{ID} {{ node(id: $id) {{ {STEERED} ... on Node {{ id }} {OF_OTHERS} ...O }} }}",
)
ONE = ROOTS[0]
DISPUTE_ROOTS = (
    f"{ID} {{ dispute(id: $id) {{ {STEERED} ...X }} }}",
    f"{ID} {{ a: node(id: $id) {{ {STEERED} ... on Order {{ number }} ...X }} }}",
)
BEFORE = """
WITH earlier AS (
INSERT INTO disputes SELECT before.* FROM disputes AS one, jsonb_populate_record(one, jsonb_build_object(
    'id', gen_random_uuid(), 'status', 'RESOLVED', 'outcome', 'NO_REFUND', 'decided_by', 'OPERATOR',
    'opened_at', one.opened_at - interval '2 hours', 'closed_at', one.opened_at - interval '1 hour'
)) AS before RETURNING *)
INSERT INTO messages SELECT before.* FROM earlier, disputes AS one, messages AS said,
jsonb_populate_record(said, jsonb_build_object('id', gen_random_uuid(), 'dispute_id', earlier.id)) AS before
WHERE one.order_id = earlier.order_id AND said.dispute_id = one.id"""
SEVERAL = f"""query ($ids: [ID!]!, $yes: Boolean!, $no: Boolean = false) {{
  nodes(ids: $ids) {{ {STEERED} {OF_OTHERS} ...O }} }}"""
AS_LONG = """query ($id: ID!, $n: Int) { order(id: $id) { dispute {
  messages(%s: $n) { nodes { body } pageInfo { startCursor endCursor hasNextPage } } } } }"""
NEXT = """query ($after: String) { viewer { purchases(first: 7, after: $after) {
  edges { cursor node { id } } pageInfo { endCursor hasNextPage } } } }"""


async def nothing_along(
    _: object, __: object, ___: object, which: Where, limit: int = 1
) -> list[Shown]:
    """Stands for Screens._read."""
    found = await rows(
        f"SELECT id FROM orders WHERE {which.condition}"
        f" ORDER BY placed_at DESC, id DESC LIMIT {limit}",
        *which.arguments,
    )
    by_id = {row.id: row for row in await Order.filter(id__in=[record["id"] for record in found])}
    return [Shown.of(by_id[record["id"]]) for record in found]


async def _both(market: Market, actor: Actor, document: str, **variables: Any) -> list[Any]:
    """What is answered with rows along, or once the document is known with JSON; and with nothing."""
    rows_along = await market.execute(actor, document, "de", **variables)
    fast = await market.execute(actor, document, "de", **variables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Screens, "_read", nothing_along)
        patch.setattr(reading, "of_items", lambda *_: None)
        plain = await market.execute(actor, document, "de", **variables)
    assert (rows_along.data, rows_along.errors) == (plain.data, plain.errors)
    return [(result.data, result.errors) for result in (fast, plain)]


async def test_each_field_alone_is_as_the_loaders_have_it(busy: Market) -> None:
    for name, asked in EACH.items():
        for side, actor in LISTS.items():
            document = f"{{ viewer {{ {side}(first: 25) {{ nodes {{ {asked} }} }} }} }}"

            fast, plain = await _both(busy, actor, document)

            assert fast == plain, name
            assert fast[1] is None, (name, fast[1])
            assert len(fast[0]["viewer"][side]["nodes"]) == 25


@pytest.mark.parametrize("asked", SCREENS)
async def test_so_are_several_together_in_a_list_and_on_a_page_of_their_own(
    busy: Market, asked: str
) -> None:
    shared = f"fragment O on Order {{ id {asked} }} {SCREENS[asked]}"

    for status, yes in ((None, True), (["DELIVERED", "CANCELED"], True), (None, False)):
        fast, plain = await _both(busy, ADA, f"{LIST} {shared}", s=status, yes=yes)
        assert fast == plain
        assert fast[1] is None
    orders = await Order.all().order_by("id").limit(20)
    for order_id in [gid("Order", order.id) for order in orders]:
        for actor in (ADA, BEN, LAMPS, OLGA):
            for root in ROOTS:
                fast, plain = await _both(busy, actor, f"{root} {shared}", id=order_id, yes=True)
                assert fast == plain
                assert fast[1] is None


@pytest.mark.parametrize("asked", SCREENS)
async def test_compiled_code_fails_on_none_of_them(
    busy: Market, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """It would be the same answer, but graphql-core's, and far slower."""
    failed: list[object] = []
    monkeypatch.setattr(Plan, "_fail", lambda _: failed.append(sys.exception()))
    shared = f"fragment O on Order {{ id {asked} }} {SCREENS[asked]}"
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    for _ in range(3):
        await busy.ask(ADA, f"{LIST} {shared}", yes=True)
        await busy.ask(ADA, f"{ONE} {shared}", id=gid("Order", order.id), yes=True)

    assert failed == []


@pytest.mark.parametrize("asked", CONNECTED)
async def test_so_is_whatever_else_a_page_has(busy: Market, asked: str) -> None:
    page = f"{asked} t: __typename @skip(if: $yes)"
    document = f"query ($yes: Boolean!) {{ viewer {{ sales(first: 9) {{ {page} }} }} }}"
    for yes in (True, False):
        fast, plain = await _both(busy, LAMPS, document, yes=yes)

        assert fast == plain
        assert fast[1] is None


@pytest.mark.parametrize("asked", SCREENS)
async def test_so_are_several_orders_by_their_ids(busy: Market, asked: str) -> None:
    """With one of them twice, and some that are not there for everybody, or no orders."""
    shared = f"fragment O on Order {{ id {asked} }} {SCREENS[asked]}"
    refund = await Refund.filter(order__buyer_id=ADA.user_id).first()
    assert refund is not None
    orders = [gid("Order", order.id) for order in await Order.all().order_by("id").limit(12)]
    ids = [orders[3], gid("Refund", refund.id), *orders, gid("Order", uuid4()), gid("Event", NIL)]
    for actor in (ADA, LAMPS, OLGA):
        fast, plain = await _both(busy, actor, f"{SEVERAL} {shared}", ids=ids, yes=True)

        assert fast == plain
        assert fast[1] is None
        found = fast[0]["nodes"]
        assert found[0] == found[5]
        assert [bool(each) for each in found[-2:]] == [False, False]
        assert sum(map(bool, found)) > 2


@pytest.mark.parametrize("asked", DISPUTES)
async def test_so_is_a_dispute_of_its_own(busy: Market, asked: str) -> None:
    """The newest of its order, or an earlier one."""
    await connections.get("default").execute_query(BEFORE)
    shared = f"fragment X on Dispute {{ id {asked} }} {DISPUTES[asked]}"
    found = await Dispute.all().order_by("order_id", "opened_at").limit(16)
    assert len({row.order_id for row in found}) < len(found)
    for root in DISPUTE_ROOTS:
        seen = 0
        for row in found:
            for actor in (ADA, BEN, LAMPS, OLGA):
                id_ = gid("Dispute", row.id)
                fast, plain = await _both(busy, actor, f"{root} {shared}", id=id_, yes=True)

                assert fast == plain
                assert fast[1] is None
                seen += any(fast[0].values())
        assert len(found) < seen < len(found) * 4


SEVERALLY = """query ($id: ID!) { order(id: $id) { %s } }"""
TALKED = "messages(last: 2) { nodes { id body author { displayName } } pageInfo { endCursor } }"


@pytest.mark.parametrize(
    "asked",
    [
        f"disputes {{ id status {TALKED} }}",
        f"dispute {{ id {TALKED} }} disputes {{ id {TALKED} actions {{ kind available }} }}",
        f"disputes {{ id order {{ dispute {{ id {TALKED} }} disputes {{ id }} }} }} dispute {{ id }}",
        "actions { kind available } disputes { appeals { id } unreadCount } dispute { id }",
    ],
)
async def test_so_are_all_disputes_of_an_order_each_with_what_is_its_own(
    busy: Market, asked: str
) -> None:
    await connections.get("default").execute_query(BEFORE)
    rows_ = await Dispute.all().order_by("order_id").limit(8)
    for order_id in {row.order_id for row in rows_}:
        for actor in (ADA, BEN, LAMPS, OLGA):
            fast, plain = await _both(busy, actor, SEVERALLY % asked, id=gid("Order", order_id))

            assert fast == plain
            assert fast[1] is None


@pytest.mark.parametrize("end", ["first", "last"])
async def test_a_thread_is_as_long_as_a_variable_says(busy: Market, end: str) -> None:
    order = await Order.filter(buyer_id=ADA.user_id, disputed_at__isnull=False).first()
    assert order is not None
    for n in (1, 3, None, 100, 3, 0, 101, -1):
        fast, plain = await _both(busy, ADA, AS_LONG % end, id=gid("Order", order.id), n=n)

        assert fast == plain, n
        assert (fast[1] is None) == (n is None or 0 <= n <= 100)


async def test_a_page_goes_on_where_the_one_before_ended(busy: Market) -> None:
    seen: list[str] = []
    after, more = None, True
    while more:
        page = (await busy.ask(ADA, NEXT, after=after))["viewer"]["purchases"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    rows_ = await Order.filter(buyer_id=ADA.user_id).order_by("-placed_at", "-id")
    assert seen == [gid("Order", row.id) for row in rows_]
    assert len(seen) > 21


MAYBE = """query ($id: ID!, $yes: Boolean = true) {
  order(id: $id) { id number @skip(if: $yes) total { amount @include(if: $yes) } } }"""


async def test_null_neither_includes_nor_skips_however_often_it_is_said(busy: Market) -> None:
    """A nullable variable with a default may stand there, and be null: that is an error of the field's."""
    order = await Order.filter(buyer_id=ADA.user_id).first()
    assert order is not None
    asked = [{}, {"yes": None}, {"yes": True}, {"yes": None}, {"yes": False}, {"yes": None}, {}]
    said = [await _both(busy, ADA, MAYBE, id=gid("Order", order.id), **each) for each in asked]

    assert [fast for fast, _ in said] == [plain for _, plain in said]
    assert [bool(fast[1]) for fast, _ in said] == [
        "yes" in each and each["yes"] is None for each in asked
    ]
