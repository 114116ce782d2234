"""Sending: signed, once for each event and endpoint, again until it is taken, never forever."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from standardwebhooks.webhooks import WebhookVerificationError

from ordergraph.infra.correlation import on_behalf_of
from ordergraph.outgoing import actions
from ordergraph.outgoing.claiming import Room, claim
from ordergraph.outgoing.keyring import Keyring
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery
from ordergraph.outgoing.process import RETRIES
from tests.market import OLGA, Market, gid
from tests.notifications.feed import cancel, tell, tell_all_again
from tests.outgoing.bench import (
    KEYRING,
    endpoint,
    happened,
    only,
    outcomes,
    secret,
    send,
    until_next,
)
from tests.outgoing.receiver import answer, receiving


async def test_what_happened_arrives_signed_thin_and_with_the_ids_of_the_api(
    market: Market,
) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url("/hook?tenant=1"))
        order = await market.place()
        await tell(market)

        assert await send(market) == 1

        (got,) = shop.got
        assert got.verified(secret(row)) == got.said
        assert got.path == "/hook?tenant=1"
        assert got.headers["content-type"] == "application/json"
        assert got.headers["host"] == f"127.0.0.1:{shop.port}"
        assert got.said == {
            "type": "order.paid",
            "timestamp": "2026-11-23T12:00:00.000Z",
            "version": 1,
            "data": {
                "order": {
                    "id": gid("Order", order.id),
                    "status": "PROCESSING",
                    "number": order.number,
                    "total": {"amount": "84.70", "currencyCode": "EUR"},
                }
            },
        }
    assert (await only()).status == "DELIVERED"
    assert await outcomes() == ["DELIVERED"]


async def test_the_id_of_the_request_goes_with_what_it_led_to(market: Market) -> None:
    """E4: whoever asks about a message is understood by whoever reads the logs."""
    async with receiving() as shop:
        await endpoint(market, shop.url())
        with on_behalf_of("phone-9"):
            await market.place()
        await market.place()
        await tell(market)
        await send(market)

        assert sorted(got.headers.get("x-request-id", "") for got in shop.got) == ["", "phone-9"]


async def test_each_event_goes_to_each_endpoint_that_wants_it_once(market: Market) -> None:
    async with receiving() as all_of_it, receiving() as refunds:
        await endpoint(market, all_of_it.url(), None)
        await endpoint(market, refunds.url(), ["refund.scheduled"])
        await cancel(market, await market.place())
        await tell(market)
        await tell_all_again()
        await tell(market)

        await asyncio.gather(send(market), send(market))

        ids = [got.id for got in all_of_it.got]
        assert len(ids) == len(set(ids))
        assert [got.said["type"] for got in refunds.got] == ["refund.scheduled"]
        assert {"order.placed", "order.paid", "order.canceled", "refund.scheduled"} <= {
            got.said["type"] for got in all_of_it.got
        }
        (refund,) = refunds.got
        assert refund.said["data"]["refund"]["amount"] == {"amount": "84.70", "currencyCode": "EUR"}
        assert refund.id not in ids, "one id for each event and endpoint"


async def test_what_was_refused_comes_again_by_the_table_with_one_id_and_a_fresh_signature(
    market: Market,
) -> None:
    async with receiving(script=[answer(500, "no")] * 20) as shop:
        row = await endpoint(market, shop.url())
        await happened(market)
        pauses = []

        await send(market)
        for _ in RETRIES:
            assert await send(market) == 0, "not before its time"
            pauses.append(await until_next(market))
            assert await send(market) == 1

        for planned, pause in zip(RETRIES, pauses, strict=True):
            assert planned <= pause <= planned * 1.1
        assert sum(pauses, timedelta()) > timedelta(days=3)
        assert len({got.id for got in shop.got}) == 1
        assert len({got.body for got in shop.got}) == 1
        assert all(got.verified(secret(row)) for got in shop.got)
        delivery = await only()
        assert (delivery.status, delivery.next_attempt_at) == ("FAILED", None)
        assert await outcomes() == ["REFUSED"] * 10


async def test_after_a_failure_it_is_delivered_and_the_endpoint_counts_as_well(
    market: Market,
) -> None:
    async with receiving(script=[answer(500)]) as shop:
        row = await endpoint(market, shop.url())
        await happened(market)
        await send(market)
        await row.refresh_from_db()
        assert row.failing_since == market.clock.at

        await until_next(market)
        await send(market)

    await row.refresh_from_db()
    assert row.failing_since is None
    assert (await only()).status == "DELIVERED"
    assert await outcomes() == ["REFUSED", "DELIVERED"]


async def test_the_moment_of_a_signature_is_the_machines_not_the_moved_clocks(
    market: Market,
) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        market.clock.advance(timedelta(days=400))
        await happened(market)

        await send(market)

        (got,) = shop.got
        said = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
        assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
        assert got.verified(secret(row))


async def test_a_changed_body_or_another_secret_is_not_ours(market: Market) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        other = await endpoint(market, shop.url("/other"))
        await happened(market)
        await send(market)

        (got,) = (got for got in shop.got if got.path == "/hook")
        with pytest.raises(WebhookVerificationError):
            got.verified(secret(other))
        forged = type(got)(got.path, got.headers, got.body.replace("PROCESSING", "SHIPPED"))
        with pytest.raises(WebhookVerificationError):
            forged.verified(secret(row))


async def test_for_a_day_after_a_rotation_both_secrets_sign(market: Market) -> None:
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        old = secret(row)
        async with market.edge.transaction(OLGA) as tx:
            row = await actions.rotate_secret(tx, row.id, KEYRING)
        await happened(market)
        await send(market)
        assert shop.got[0].verified(old)
        assert shop.got[0].verified(secret(row))
        market.clock.advance(timedelta(hours=24))

        await happened(market)
        await send(market)

        assert shop.got[1].verified(secret(row))
        with pytest.raises(WebhookVerificationError):
            shop.got[1].verified(old)


async def test_the_key_of_the_secrets_before_may_go_once_all_are_rotated(market: Market) -> None:
    """As docs/operate.md says. Until then both sign, and from then on the present one does."""
    key = Fernet.generate_key().decode()
    async with receiving() as shop:
        row = await endpoint(market, shop.url())
        async with market.edge.transaction(OLGA) as tx:
            row = await actions.rotate_secret(tx, row.id, Keyring([key, *KEYRING.keys]))
        await happened(market)

        await send(market, keyring=Keyring([key]))

        (got,) = shop.got
        assert row.secret is not None
        assert got.verified(Keyring([key]).unlock(row.secret))
    assert await outcomes() == ["DELIVERED"]


async def test_an_endpoint_that_is_gone_is_disabled_at_once(market: Market) -> None:
    async with receiving(script=[answer(410)]) as shop:
        row = await endpoint(market, shop.url())
        await happened(market, 1)
        await send(market)
        await happened(market, 1)
        market.clock.advance(timedelta(days=1))

        await send(market)

        assert len(shop.got) == 1
    await row.refresh_from_db()
    assert (row.status, row.disabled_reason) == ("DISABLED", "GONE")
    assert await WebhookDelivery.all().count() == 1, "nothing is made for it any more"


@pytest.mark.parametrize("status", [429, 503])
async def test_who_asks_for_patience_gets_it(market: Market, status: int) -> None:
    async with receiving(script=[answer(status, retry_after="7200")]) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)

        assert await until_next(market) == timedelta(hours=2)
        assert await outcomes() == ["BUSY"]


async def test_who_asks_for_less_than_the_table_or_for_ages_gets_the_table_or_a_day(
    market: Market,
) -> None:
    script = [answer(503, retry_after="0"), answer(503, retry_after="999999999999")]
    async with receiving(script=script) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)
        assert await until_next(market) >= RETRIES[0]

        await send(market)

        assert await until_next(market) == timedelta(hours=24)


@pytest.mark.parametrize("odd", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "²", "soon", "-1"])
async def test_a_moment_that_there_is_not_changes_nothing_about_the_answer(
    market: Market, odd: str
) -> None:
    async with receiving(
        script=[answer(503, retry_after=odd), answer(200, retry_after=odd)]
    ) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)
        await until_next(market)
        await send(market)

        assert len(shop.got) == 2
    assert await outcomes() == ["BUSY", "DELIVERED"]


async def test_a_redirect_is_a_failure_and_nobody_follows_it(market: Market) -> None:
    async with receiving() as elsewhere, receiving() as shop:
        shop.script = [answer(302, location=elsewhere.url()), answer(307, location=elsewhere.url())]
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)
        await until_next(market)
        await send(market)

        assert elsewhere.got == []
    assert await outcomes() == ["REDIRECTED", "REDIRECTED"]


async def test_an_endless_answer_is_cut_off_and_only_its_beginning_kept(market: Market) -> None:
    async with receiving(script=[answer(500, "\x1b[31m" + "y" * 3_000_000)]) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)

    (attempt,) = await WebhookAttempt.all()
    assert attempt.excerpt == "[31m" + "y" * 495
    assert attempt.status_code == 500


async def test_the_answer_to_a_success_is_not_kept(market: Market) -> None:
    async with receiving(script=[answer(200, "hello ada@example.com")]) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market)

    (attempt,) = await WebhookAttempt.all()
    assert (attempt.status_code, attempt.excerpt) == (200, None)


async def test_who_does_not_answer_in_time_is_left_and_holds_up_nobody(market: Market) -> None:
    async with receiving(hangs=True) as dead, receiving() as shop:
        await endpoint(market, dead.url())
        await endpoint(market, shop.url())
        await happened(market, 8)

        await send(market, timeout=timedelta(seconds=0.4), lease=timedelta(seconds=60), at_once=8)

        assert len(shop.got) == 8
        assert dead.most_at_once == 2, "a quarter of what a worker sends at once"
    assert sorted(set(await outcomes())) == ["DELIVERED", "TIMED_OUT"]


async def test_nobody_at_home_is_a_failure_like_any_other(market: Market) -> None:
    async with receiving() as shop:
        url = shop.url()
    await endpoint(market, url)
    await happened(market)

    await send(market)

    (attempt,) = await WebhookAttempt.all()
    assert (attempt.outcome, attempt.problem) == ("UNREACHABLE", "ConnectError")
    assert (await only()).failures == 1


async def test_five_days_without_success_disable_it_and_hours_do_not(market: Market) -> None:
    async with receiving(script=[answer(500)] * 99) as shop:
        row = await endpoint(market, shop.url())
        for _ in range(5):
            await happened(market)
            await send(market)
            market.clock.advance(timedelta(hours=23))
        await row.refresh_from_db()
        assert row.status == "ENABLED"
        market.clock.advance(timedelta(hours=6))

        await send(market)

    await row.refresh_from_db()
    assert (row.status, row.disabled_reason) == ("DISABLED", "FAILING")


async def test_an_endpoint_that_was_down_for_hours_gets_everything_once_it_is_back(
    market: Market,
) -> None:
    async with receiving(script=[answer(502)] * 12) as shop:
        await endpoint(market, shop.url())
        await happened(market, 3)
        for _ in range(4):
            await send(market)
            market.clock.advance(timedelta(hours=3))

        await send(market)

        taken = [got.id for got in shop.got[12:]]
        assert len(taken) == len(set(taken)) == 3
        assert {got.id for got in shop.got[:12]} == set(taken)
    assert await WebhookDelivery.filter(status="DELIVERED").count() == 3


async def test_a_worker_that_was_lost_is_followed_by_one_that_sends_the_same_again(
    market: Market,
) -> None:
    async with receiving() as shop:
        await endpoint(market, shop.url())
        await happened(market)
        lease = timedelta(seconds=60)
        async with market.edge.transaction(OLGA) as tx:
            (taken,) = await claim(tx, Room(5, 5, {}), lease)
        assert await send(market) == 0, "the lease is not over"
        market.clock.advance(lease)

        assert await send(market) == 1

        assert shop.got[0].id == taken.delivery.message_id
    assert await outcomes() == ["UNKNOWN", "DELIVERED"]


async def test_events_of_before_the_endpoint_and_of_nobody_are_not_told(market: Market) -> None:
    await happened(market)
    async with receiving() as shop:
        await endpoint(market, shop.url())

        assert await send(market) == 0
