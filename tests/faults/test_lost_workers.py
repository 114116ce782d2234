"""Workers and APIs that are killed, or freeze, while money is moving. Promises M1, M7, J3, J4."""

import asyncio
import os
import signal
from functools import partial

import asyncpg
import pytest

from ordergraph.infra import heartbeat
from ordergraph.infra.child import Child
from tests.faults.client import Unanswered
from tests.faults.deployment import HUNG_S, LEASE_S, PATIENCE_S, SHORT, TIMEOUT_S, Deployment, until
from tests.faults.load import Load

WITHIN_S = LEASE_S + PATIENCE_S
ROUNDS = 2
FROZEN_S = 5.0
SLOWLY_S = TIMEOUT_S - 1  # a refund in time, and time for a busy machine to hit who sends it
UNFINISHED, DONE = ("UNKNOWN", True), ("SUCCEEDED", True)
HOLD_THE_CAPTURE = "SELECT FROM sandbox_journal WHERE kind = 'CAPTURE' FOR UPDATE"


def waiting_at(table: str) -> str:
    """How many wait for a lock in this table."""
    return (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        f" AND wait_event_type = 'Lock' AND query LIKE '%{table}%'"
    )


def waiting_for_a_row_of(table: str) -> str:
    """How many wait for a row of this table, whatever their statement looks like."""
    return (
        "SELECT count(*) FROM pg_locks held JOIN pg_locks wanted USING (pid)"
        f" WHERE held.locktype = 'tuple' AND held.relation = '{table}'::regclass"
        " AND wanted.locktype = 'transactionid' AND NOT wanted.granted"
    )


async def canceled(deployment: Deployment) -> None:
    """One order, placed and canceled: its refund falls due by itself."""
    order = await deployment.client("olga").place()
    answer = await deployment.client("ada").cancel(order)
    assert answer["__typename"] == "OrderCancelSuccess", answer


async def test_a_worker_killed_after_the_gateway_paid_is_followed_by_one_that_looks_first(
    deployment: Deployment,
) -> None:
    await deployment.api()
    await canceled(deployment)
    lost = deployment.worker("lost", sandbox_delay_s=HUNG_S, **SHORT)
    await until(deployment.books.paid_back)
    os.kill(lost.pid, signal.SIGKILL)
    assert await deployment.books.attempts() == [("STARTED", False)]

    deployment.worker("next")
    await deployment.settled(WITHIN_S)

    assert await deployment.books.attempts() == [UNFINISHED, DONE]
    assert await deployment.books.paid_back() == 1
    await until(lambda: nothing_is_in_the_way(deployment))


async def test_a_worker_killed_before_the_gateway_paid_is_followed_by_one_that_pays(
    deployment: Deployment,
) -> None:
    await deployment.api()
    await canceled(deployment)
    bank = await asyncpg.connect(deployment.url)
    async with bank.transaction():
        await bank.execute(HOLD_THE_CAPTURE)  # the gateway does not get to it
        lost = deployment.worker("lost", **SHORT)
        await until(lambda: deployment.books.one(waiting_at("sandbox_journal")))
        os.kill(lost.pid, signal.SIGKILL)
    await bank.close()
    assert await deployment.books.attempts() == [("STARTED", False)]
    assert await deployment.books.paid_back() == 0

    deployment.worker("next")
    await deployment.settled(WITHIN_S)

    assert await deployment.books.attempts() == [UNFINISHED, DONE]
    assert await deployment.books.paid_back() == 1


async def test_a_worker_that_froze_past_its_lease_records_nothing_when_it_wakes(
    deployment: Deployment,
) -> None:
    await deployment.api()
    await canceled(deployment)
    frozen = deployment.worker("frozen", sandbox_delay_s=SLOWLY_S, **SHORT)
    await until(deployment.books.paid_back)
    os.kill(frozen.pid, signal.SIGSTOP)
    assert await deployment.books.attempts() == [("STARTED", False)]
    other = deployment.worker("other")
    await deployment.settled(WITHIN_S)
    other.stop(PATIENCE_S)
    before = await deployment.books.fetch("SELECT * FROM refunds")

    os.kill(frozen.pid, signal.SIGCONT)
    await until(lambda: has_said(deployment, "frozen", "refund.claim_lost"))

    assert await deployment.books.fetch("SELECT * FROM refunds") == before
    assert await deployment.books.attempts() == [UNFINISHED, DONE]
    assert await deployment.books.paid_back() == 1


async def test_a_worker_that_froze_puts_nothing_into_the_others_way(
    deployment: Deployment,
) -> None:
    """They look at the first hundred jobs of the queue, and a minute has more ticks than that."""
    frozen, _ = deployment.worker("frozen"), deployment.worker("other")
    await until(lambda: two_are_at_work(deployment))
    os.kill(frozen.pid, signal.SIGSTOP)
    await asyncio.sleep(FROZEN_S)
    os.kill(frozen.pid, signal.SIGCONT)
    await asyncio.sleep(FROZEN_S / 2)  # its clock is late, and has time to make up for it

    await until(lambda: nothing_is_in_the_way(deployment))


async def two_are_at_work(deployment: Deployment) -> bool:
    async with deployment.backend.redis() as redis:
        return await redis.hlen(heartbeat.KEY) == 2


async def nothing_is_in_the_way(deployment: Deployment) -> bool:
    return not await deployment.backend.in_the_way()


async def test_an_api_that_froze_with_an_order_in_its_hands_is_cut_off_from_it(
    deployment: Deployment,
) -> None:
    frozen, _ = await asyncio.gather(deployment.api("frozen"), deployment.api())
    order = await deployment.client("olga").place()
    bank = await asyncpg.connect(deployment.url)
    async with bank.transaction():
        await bank.execute("SELECT FROM payments FOR UPDATE")
        lost = asyncio.create_task(deployment.client("ada", "frozen").cancel(order, within_s=60))
        await until(lambda: deployment.books.one(waiting_for_a_row_of("payments")))
        os.kill(frozen.pid, signal.SIGSTOP)  # it has locked the order, and no longer lets go
    await bank.close()

    answer = await deployment.client("ada").cancel(order, within_s=PATIENCE_S)

    assert answer["__typename"] == "OrderCancelSuccess"
    os.kill(frozen.pid, signal.SIGCONT)
    with pytest.raises(Unanswered):
        await lost
    assert await deployment.books.refunds("SCHEDULED") == 1


async def attempted_since(deployment: Deployment, before: int) -> None:
    """Wait until somebody tries what nobody has tried before."""

    async def is_so() -> bool:
        return len(await deployment.books.attempts()) > before

    await until(is_so)


async def are_back(workers: list[Child], killed: set[int]) -> bool:
    """Each lives again, and not still: the end of a process is noticed a moment after its signal."""
    return all(worker.is_alive and worker.pid not in killed for worker in workers)


async def has_said(deployment: Deployment, name: str, words: str) -> bool:
    return words in deployment.log(name).read_text()


async def test_an_api_killed_after_the_gateway_took_the_money_leaves_an_order_that_gets_paid(
    deployment: Deployment,
) -> None:
    lost = await deployment.api("lost", sandbox_delay_s=HUNG_S)
    await deployment.api()
    client = deployment.client("olga", "lost")
    placing = asyncio.create_task(client.place())
    await until(lambda: deployment.books.one("SELECT count(*) FROM sandbox_journal"))
    os.kill(lost.pid, signal.SIGKILL)
    with pytest.raises(Unanswered):
        await placing

    deployment.worker()
    await until(lambda: deployment.books.one("SELECT status = 'PROCESSING' FROM orders"))

    await deployment.settled()


async def test_a_worker_told_to_end_in_the_middle_of_its_work_finishes_it_first(
    deployment: Deployment,
) -> None:
    await deployment.api()
    await canceled(deployment)
    worker = deployment.worker(sandbox_delay_s=SLOWLY_S, **SHORT)
    await until(deployment.books.paid_back)
    assert await deployment.books.refunds("PROCESSING") == 1

    worker.stop(PATIENCE_S)

    assert worker.exit_code == 0
    assert await deployment.books.attempts() == [DONE]


async def test_workers_that_are_killed_again_and_again_pay_each_refund_once(
    deployment: Deployment,
) -> None:
    await deployment.api()
    workers = [deployment.worker(name, sandbox_delay_s=0.5, **SHORT) for name in ("one", "two")]
    load = Load(deployment, 30, waits_s=0.5)

    async with deployment.kept_up():
        shopping = asyncio.create_task(load.run())
        for _ in range(ROUNDS):
            await attempted_since(deployment, len(await deployment.books.attempts()))
            killed = {worker.pid for worker in workers}
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            await until(partial(are_back, workers, killed))
        await shopping
        await deployment.settled(WITHIN_S)

    assert UNFINISHED in await deployment.books.attempts()
    assert await deployment.books.succeeded(load.promised) == len(load.promised)
