"""What operators are told: what waits for them, and of nothing that they did themselves."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ordergraph.cli_revoke import shut_out
from ordergraph.disputes import actions as disputes
from ordergraph.identity.claims import Identity
from ordergraph.kernel.actor import Actor
from ordergraph.notifications import queries
from ordergraph.notifications.models import Acquaintance, Mail, Notification
from tests.disputes.court import act, disputed
from tests.market import ADA, LAMPS, NAMES, NOON, OLGA, OTTO, Market
from tests.notifications.feed import feed, tell, tell_all_again, types, unread
from tests.outgoing.bench import OPEN, endpoint, happened, send
from tests.outgoing.receiver import answer, receiving


async def meet(
    market: Market,
    *actors: Actor,
    language: str = "en",
    email: str | None = None,
    given_at: datetime | None = None,
) -> None:
    end = NOON + timedelta(days=365)
    for actor in actors:
        name = NAMES[actor]
        who = Identity(actor, name, name.title(), end, email=email, issued_at=given_at)
        await market.desk.acquaintances.meet(who, language)


async def test_a_disabled_webhook_endpoint_is_told_to_every_operator_once(market: Market) -> None:
    await meet(market, OLGA, OTTO, ADA)
    async with receiving(script=[answer(410)]) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market, fence=OPEN)

    for operator in (OLGA, OTTO):
        (told,) = await feed(market, operator)
        assert told["type"] == "webhook_endpoint.disabled"
        assert told["side"] == "OPERATOR"
        assert told["title"] == "The webhook endpoint Shop was disabled: it took nothing."
        assert told["order"] is None
        assert await unread(market, operator) == 1
    assert "webhook_endpoint.disabled" not in await types(market, ADA)


async def test_what_waits_for_a_decision_is_told_to_operators_but_not_to_a_party(
    market: Market,
) -> None:
    await meet(market, OLGA)
    case = await disputed(market)
    await act(market, LAMPS, disputes.refuse, case.id, "It was whole.")
    await act(market, ADA, disputes.escalate, case.id, "It was not.")
    await tell(market)
    await tell_all_again()
    await tell(market)

    (told,) = await feed(market, OLGA)

    assert told["type"] == "dispute.escalated"
    assert told["order"]["number"] in told["title"]
    assert told["title"].endswith("waits for a decision.")
    assert "dispute.escalated" in await types(market, LAMPS)


async def test_who_has_not_come_as_an_operator_for_a_month_is_told_nothing(market: Market) -> None:
    await meet(market, OLGA)
    market.clock.advance(timedelta(days=31))
    async with receiving(script=[answer(410)]) as shop:
        await endpoint(market, shop.url())
        await happened(market)
        await send(market, fence=OPEN)

    assert await Notification.filter(side="OPERATOR").count() == 0


async def _appeal_to_operators(market: Market) -> None:
    case = await disputed(market)
    await act(market, LAMPS, disputes.refuse, case.id, "It was whole.")
    await act(market, ADA, disputes.escalate, case.id, "It was not.")
    await tell(market)


async def test_an_operator_who_was_shut_out_is_told_nothing_more_and_mailed_nothing_that_waits(
    market: Market,
) -> None:
    await meet(market, OLGA, OTTO, email="staff@shop.example")
    await _appeal_to_operators(market)
    assert OLGA.user_id is not None

    await shut_out(OLGA.user_id)
    await _appeal_to_operators(market)

    assert await Notification.filter(user_id=OLGA.user_id, side="OPERATOR").count() == 1
    assert await Notification.filter(user_id=OTTO.user_id, side="OPERATOR").count() == 2
    mails = {mail.notification_id: mail for mail in await Mail.all()}
    told = {row.id: row for row in await Notification.filter(id__in=list(mails))}
    read_by = {row.user_id for row in told.values() if await queries.reader(row, market.clock.at)}
    assert read_by == {OTTO.user_id}


async def test_a_token_that_was_taken_back_makes_nobody_an_operator_and_a_new_one_does_at_once(
    market: Market,
) -> None:
    """Not every process has heard of it when the old one comes; both come on the same day."""
    await meet(market, OLGA, given_at=datetime.now(UTC) - timedelta(hours=1))
    assert OLGA.user_id is not None
    await shut_out(OLGA.user_id)

    await meet(market, OLGA, given_at=datetime.now(UTC) - timedelta(minutes=30))
    assert await queries.operators(market.clock.at) == set()

    await meet(market, OLGA, given_at=datetime.now(UTC) + timedelta(minutes=1))
    assert await queries.operators(market.clock.at) == {OLGA.user_id}


async def test_coming_again_the_same_day_writes_nothing(market: Market) -> None:
    await meet(market, OLGA)
    await Acquaintance.all().delete()

    await meet(market, OLGA)

    assert await Acquaintance.all().count() == 0


async def test_who_did_not_wait_until_they_were_noted_is_noted_the_next_time(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket's patience may be over while Postgres is slow."""
    with monkeypatch.context() as slow:
        slow.setattr(market.clock, "now", asyncio.Event().wait)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await meet(market, OLGA)

    await meet(market, OLGA)

    assert await queries.operators(market.clock.at) == {OLGA.user_id}


async def test_who_comes_with_several_tokens_by_turns_is_noted_once(market: Market) -> None:
    older, newer = (datetime(2026, 11, day, tzinfo=UTC) for day in (20, 21))
    await meet(market, OLGA, given_at=newer)
    await Acquaintance.all().delete()

    for given_at in (older, newer, older, None, newer):
        await meet(market, OLGA, given_at=given_at)

    assert await Acquaintance.all().count() == 0


async def test_who_buys_and_has_no_address_is_not_noted(market: Market) -> None:
    await meet(market, ADA)

    assert await Acquaintance.all().count() == 0
