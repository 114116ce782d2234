"""How long keys are kept, how they go, and what the database itself refuses (I5)."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from ordergraph.infra.idempotency import KEPT, IdempotencyKey, forget
from ordergraph.kernel.policy import Policy
from ordergraph.wiring import Wiring
from tests.idempotency.deeds import CANCEL, do
from tests.market import ADA, Market
from tests.watching import explained, steps
from workers import keys
from workers.keys import forget_keys

BATCH = 3


def _worker(market: Market) -> dict[str, Any]:
    """What the job is given, as far as it looks: the clock."""
    nothing: Any = None
    return {
        "wiring": Wiring(nothing, market.hub, nothing, market.cashier, nothing, nothing, nothing)
    }


async def _keep(key: str, at: datetime, user_id: UUID | None = ADA.user_id) -> None:
    await IdempotencyKey.create(
        user_id=user_id,
        key=key,
        mutation="orderCancel",
        fingerprint="0" * 64,
        result_type="OrderCancelSuccess",
        result_ids={},
        created_at=at,
    )


async def _left() -> list[str]:
    return sorted([row.key for row in await IdempotencyKey.all()])


def test_keys_are_kept_longer_than_a_refund_waits_and_a_provider_remembers() -> None:
    assert timedelta(days=8) <= KEPT
    assert Policy().span("refund_delay_s") + timedelta(days=1) < KEPT


async def test_a_key_is_good_for_nine_days_and_then_forgotten(market: Market) -> None:
    given = await CANCEL.ready(market)
    first = await do(market, "orderCancel", given, "a key")

    market.clock.advance(KEPT)
    assert await forget_keys(_worker(market)) == 0
    again = await do(market, "orderCancel", given, "a key")
    market.clock.advance(timedelta(microseconds=1))
    assert await forget_keys(_worker(market)) == 1
    anew = await do(market, "orderCancel", given, "a key")

    assert again == first
    assert anew["__typename"] == "OrderAlreadyCanceledError"


async def test_a_repeat_does_not_make_a_key_younger(market: Market) -> None:
    given = await CANCEL.ready(market)
    await do(market, "orderCancel", given, "a key")
    market.clock.advance(timedelta(days=5))
    await do(market, "orderCancel", given, "a key")
    market.clock.advance(timedelta(days=5))

    assert await forget_keys(_worker(market)) == 1


async def test_the_oldest_go_first_and_a_few_at_a_time(market: Market) -> None:
    for age in range(5):
        await _keep(f"{age} days old", market.clock.at - timedelta(days=age))

    gone = [await forget(market.clock.at - timedelta(days=1), limit=2) for _ in range(3)]

    assert gone == [2, 1, 0]
    assert await _left() == ["0 days old", "1 days old"]


async def test_the_job_goes_on_until_none_is_left_but_not_for_ever(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BATCH", BATCH)
    monkeypatch.setattr(keys, "MOST_ROUNDS", 2)
    for number in range(8):
        await _keep(f"{number}", market.clock.at - 2 * KEPT)

    gone = [await forget_keys(_worker(market)) for _ in range(3)]

    assert gone == [6, 2, 0]


async def test_two_workers_forget_each_key_once(market: Market) -> None:
    for number in range(40):
        await _keep(f"{number}", market.clock.at - 2 * KEPT)

    gone = await asyncio.gather(*(forget(market.clock.at, limit=15) for _ in range(4)))

    assert sum(gone) + await IdempotencyKey.all().count() == 40
    while await forget(market.clock.at, limit=15):
        assert await IdempotencyKey.all().count() < 40


async def test_the_oldest_are_found_by_the_index(market: Market) -> None:
    await connections.get("default").execute_script(
        "INSERT INTO idempotency_keys (id, user_id, key, mutation, fingerprint, created_at)"
        " SELECT gen_random_uuid(), gen_random_uuid(), n::text, 'm', repeat('0', 64),"
        " now() - n * interval '1 hour' FROM generate_series(1, 5000) n; ANALYZE idempotency_keys;"
    )

    plan = await explained(partial(forget, market.clock.at, limit=100))

    (walk,) = [step for step in steps(plan) if step.get("Index Name") == "idempotency_keys_age"]
    assert walk["Actual Rows"] == 100
    assert not [step for step in steps(plan) if "Sort" in step["Node Type"]]


async def test_one_person_has_one_row_for_a_key(market: Market) -> None:
    await _keep("a key", market.clock.at)
    await _keep("a key", market.clock.at, uuid4())

    with pytest.raises(IntegrityError, match=r"user_id.*key"):
        await _keep("a key", market.clock.at)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("key = ''", "idempotency_keys_printable"),
        ("key = 'é'", "idempotency_keys_printable"),
        ("key = E'a\\n'", "idempotency_keys_printable"),
        ("fingerprint = 'the arguments themselves'", "idempotency_keys_fingerprint"),
        ("result_type = NULL", "idempotency_keys_result"),
        ("result_ids = NULL", "idempotency_keys_result"),
    ],
)
async def test_the_database_keeps_nothing_else(market: Market, change: str, by: str) -> None:
    await _keep("a key", market.clock.at)

    with pytest.raises(IntegrityError, match=by):
        await connections.get("default").execute_query(f"UPDATE idempotency_keys SET {change}")
