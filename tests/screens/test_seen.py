"""The one rule of reading says the same to the ORM and in a statement of our own."""

from itertools import chain, combinations

import pytest

from ordergraph.infra.reading import rows
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders import queries
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market

ROLES = list(chain.from_iterable(combinations(Role, n) for n in range(len(Role) + 1)))
PEOPLE = {"ada": ADA.user_id, "lamps": LAMPS.user_id, "olga": OLGA.user_id, "nobody": None}


@pytest.mark.parametrize("person", PEOPLE)
async def test_whatever_the_roles(market: Market, person: str) -> None:
    for buyer, seller in ((ADA, LAMPS), (BEN, LAMPS), (ADA, PAPER), (BEN, PAPER)):
        await market.place(buyer=buyer, seller=seller)

    counts = set()
    for roles in ROLES:
        actor = Actor(frozenset(roles), PEOPLE[person])
        which = queries.where_seen(actor)
        ours = await rows(f"SELECT id FROM orders WHERE {which.condition}", *which.arguments)
        expected = await queries.visible_to(actor).values_list("id", flat=True)
        assert {record["id"] for record in ours} == set(expected), roles
        counts.add(len(expected))

    assert len(counts) > 1
