"""Which subscriptions are broadcast: those to the state of one object, told by their document."""

from typing import Final

import pytest
from graphql import get_operation_ast, parse

from ordergraph.kernel.actor import user_id_of
from ordergraph.orders.live import LIVE
from ordergraph.schema import schema
from ordergraph.transports.broadcasts import followed
from tests.market import gid

LITERAL: Final = gid("Order", user_id_of("any"))
FRAGMENT: Final = "fragment F on Subscription { orderUpdated(orderId: $id) { status } }"
# fmt: off
DOCUMENTS: Final = [
    # document                                                                           is broadcast
    ("subscription($id: ID!) { orderUpdated(orderId: $id) { status } }",                 True),
    ("subscription($id: ID!) { now: orderUpdated(orderId: $id) { status } }",            True),
    (f'subscription {{ orderUpdated(orderId: "{LITERAL}") {{ status }} }}',              True),
    ("subscription($id: ID!) { refundUpdated(orderId: $id) { status } }",                False),
    ("subscription($id: ID!) { messageAdded(disputeId: $id) { cursor } }",               False),
    ("subscription { notificationAdded { cursor } }",                                    False),
    ("subscription { __typename }",                                                      False),
    ("subscription($id: ID!) { disputeUpdated(disputeId: $id) { status } }",             False),
    ("subscription($other: ID!) { orderUpdated(orderId: $other) { status } }",           False),
    ('subscription { orderUpdated(orderId: "nonsense") { status } }',                    False),
    ("subscription($id: ID!) { orderUpdated(orderId: $id) @skip(if: true) { status } }", False),
    (f"subscription($id: ID!) {{ ...F }} {FRAGMENT}",                                    False),
]
# fmt: on


@pytest.mark.parametrize(("document", "is_broadcast"), DOCUMENTS)
def test_only_the_state_of_one_object_is_broadcast(document: str, is_broadcast: bool) -> None:
    """Whatever else there is runs as ever, and says by itself what is wrong with it."""
    operation = get_operation_ast(parse(document))
    assert operation is not None

    about = followed(schema._schema, operation, {"id": LITERAL})

    assert (about is not None) is is_broadcast
    assert about is None or (about.live, about.id) == (LIVE, user_id_of("any"))
