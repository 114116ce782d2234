"""What operators are told: what waits for them, and of nothing that they did themselves."""

from datetime import timedelta

from ordergraph.disputes import actions as disputes
from ordergraph.identity.claims import Identity
from ordergraph.kernel.actor import Actor
from ordergraph.notifications.models import Acquaintance, Notification
from tests.disputes.court import act, disputed
from tests.market import ADA, LAMPS, NAMES, NOON, OLGA, OTTO, Market
from tests.notifications.feed import feed, tell, tell_all_again, types, unread
from tests.outgoing.bench import OPEN, endpoint, happened, send
from tests.outgoing.receiver import answer, receiving


async def meet(
    market: Market, *actors: Actor, language: str = "en", email: str | None = None
) -> None:
    for actor in actors:
        name = NAMES[actor]
        who = Identity(actor, name, name.title(), NOON + timedelta(days=365), email=email)
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


async def test_coming_again_the_same_day_writes_nothing(market: Market) -> None:
    await meet(market, OLGA)
    await Acquaintance.all().delete()

    await meet(market, OLGA)

    assert await Acquaintance.all().count() == 0


async def test_who_buys_and_has_no_address_is_not_noted(market: Market) -> None:
    await meet(market, ADA)

    assert await Acquaintance.all().count() == 0
