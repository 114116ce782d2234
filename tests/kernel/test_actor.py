"""In which role somebody meets an order."""

from uuid import uuid4

import pytest

from ordergraph.kernel.actor import GATEWAY, SYSTEM, Actor, Parties, Role, user_id_of
from ordergraph.kernel.ids import order_number, short

ADA, LAMPS, OTHER = uuid4(), uuid4(), uuid4()
ORDER = Parties(ADA, LAMPS)
BUYER, SELLER, OPERATOR = Role.BUYER, Role.SELLER, Role.OPERATOR


@pytest.mark.parametrize(
    ("roles", "user_id", "role"),
    [
        ({BUYER}, ADA, BUYER),
        ({SELLER}, LAMPS, SELLER),
        ({BUYER, SELLER}, ADA, BUYER),
        ({SELLER}, ADA, None),  # the right person with the wrong hat
        ({BUYER}, LAMPS, None),
        ({BUYER, SELLER}, OTHER, None),
        ({OPERATOR}, OTHER, OPERATOR),
        ({OPERATOR}, ADA, None),  # a party is always a party
        ({OPERATOR}, LAMPS, None),
        ({OPERATOR, BUYER}, ADA, BUYER),
        (set(), ADA, None),
        (set(), None, None),
    ],
)
def test_a_party_is_a_party_and_staff_is_staff(
    roles: set[Role], user_id: object, role: Role | None
) -> None:
    assert Actor(frozenset(roles), user_id).role_on(ORDER) is role  # type: ignore[arg-type]  # None is nobody


def test_the_clock_and_the_gateway_have_their_own_roles_everywhere() -> None:
    assert SYSTEM.role_on(ORDER) is Role.SYSTEM
    assert GATEWAY.role_on(ORDER) is Role.GATEWAY


def test_a_users_id_follows_from_the_name_alone() -> None:
    assert user_id_of("ada") == user_id_of("ada") != user_id_of("Ada")


def test_order_numbers_are_read_aloud_without_doubt_and_do_not_repeat() -> None:
    numbers = {order_number() for _ in range(500)}

    assert len(numbers) == 500
    assert not set("01ILOU") & set("".join(numbers))
    assert all(len(number) == 9 and number[4] == "-" for number in numbers)


def test_logs_show_the_end_of_an_id_where_it_is_random() -> None:
    assert str(ADA).endswith(short(ADA))
    assert len(short(ADA)) == 8
