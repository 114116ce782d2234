"""One key at several API processes, and after a kill -9: one effect, one answer. Promises I1, J15."""

import asyncio
import os
import signal
from uuid import uuid4

import httpx
import pytest

from tests.faults.client import CANCEL, PLACE, Unanswered, insist
from tests.faults.deployment import HUNG_S, PATIENCE_S, Deployment, begin, ended, until

AT_ONCE = 12


async def test_twelve_at_once_at_two_apis_cancel_once_and_are_answered_alike(
    deployment: Deployment,
) -> None:
    await asyncio.gather(deployment.api(), deployment.api("other"))
    order = await deployment.client("olga").place()
    phones = [deployment.client("ada", api) for api in ("api", "other") * (AT_ONCE // 2)]

    answers = await asyncio.gather(
        *(phone.cancel(order, key="a key", within_s=PATIENCE_S) for phone in phones)
    )

    assert answers[0]["__typename"] == "OrderCancelSuccess"
    assert answers == answers[:1] * AT_ONCE
    assert await deployment.books.one("SELECT count(*) FROM cancellations") == 1
    assert await deployment.books.refunds("SCHEDULED") == 1
    told = "SELECT count(*) FROM events WHERE type = 'order.canceled'"
    assert await deployment.books.one(told) == 1


async def test_twelve_at_once_at_two_apis_place_and_pay_one_order(deployment: Deployment) -> None:
    slow = {"sandbox_delay_s": 0.3}
    await asyncio.gather(deployment.api(**slow), deployment.api("other", **slow))
    shops = [deployment.client("olga", api) for api in ("api", "other") * (AT_ONCE // 2)]

    orders = await asyncio.gather(
        *(
            shop.ask(PLACE, key="a key", within_s=PATIENCE_S, buyer="ada", quantity=2)
            for shop in shops
        )
    )

    assert orders[0]["order"]["status"] == "PROCESSING"
    assert orders == orders[:1] * AT_ONCE
    assert await deployment.books.one("SELECT count(*) FROM orders") == 1
    assert await deployment.books.one("SELECT count(*) FROM sandbox_journal") == 1


async def test_an_answer_that_died_with_its_api_is_given_by_the_next(
    deployment: Deployment,
) -> None:
    """The line is cut as soon as the key is there, and the process killed."""
    lost = await deployment.api("lost")
    order = await deployment.client("olga", "lost").place()
    ada = deployment.client("ada", "lost")
    key = str(uuid4())
    asking = asyncio.create_task(ada.cancel(order, key=key))
    await until(lambda: deployment.books.one("SELECT count(*) > 1 FROM idempotency_keys"))
    os.kill(lost.pid, signal.SIGKILL)
    told = (await asyncio.gather(asking, return_exceptions=True))[0]
    await ended(lost)
    before = await deployment.books.fetch("SELECT * FROM refunds")

    await begin(lost)
    again = await insist(lambda _: ada.cancel(order, key=key))

    assert again["__typename"] == "OrderCancelSuccess"
    assert isinstance(told, Unanswered) or told == again
    assert await deployment.books.fetch("SELECT * FROM refunds") == before
    assert len(before) == 1


async def test_an_order_whose_api_was_killed_while_it_paid_is_paid_by_the_repeat(
    deployment: Deployment,
) -> None:
    lost = await deployment.api("lost", sandbox_delay_s=HUNG_S, policy__payment_window_s=600)
    await deployment.api()
    placing = asyncio.create_task(deployment.client("olga", "lost").place("a key"))
    await until(lambda: deployment.books.one("SELECT count(*) FROM sandbox_journal"))
    os.kill(lost.pid, signal.SIGKILL)
    with pytest.raises(Unanswered):
        await placing

    order = await deployment.client("olga").place("a key")

    assert order["status"] == "PROCESSING"
    assert await deployment.books.one("SELECT count(*) FROM orders") == 1
    assert await deployment.books.one("SELECT count(*) FROM sandbox_journal") == 1


async def test_a_request_without_a_key_does_nothing_at_a_real_server(
    deployment: Deployment,
) -> None:
    await deployment.api()
    order = await deployment.client("olga").place()
    ada = deployment.client("ada")
    body = {"query": CANCEL, "variables": {"order": order["id"]}}
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.post(
            f"http://{ada._address}", json=body, headers={"authorization": f"Bearer {ada._token}"}
        )

    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    assert await deployment.books.one("SELECT count(*) FROM cancellations") == 0
