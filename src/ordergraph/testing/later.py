"""The contract of a gateway, part three: what is known only afterwards."""

import asyncio
from datetime import timedelta
from typing import ClassVar, Final
from unittest import SkipTest

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import BadWebhook, Standing, WebhookEvent
from ordergraph.testing.bench import Bench, Till, Trouble, afresh, problem_of

LONGEST_EVENT_ID: Final = 255
"""Characters: what is kept of a message, so that it is heard once."""


class LaterContract:
    """What is known only afterwards."""

    amount: ClassVar[Money] = Money(1000, "EUR")

    async def test_what_is_pending_is_found_under_any_key_until_it_has_succeeded(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.REFUND_PENDING, self.amount)
        order = till.refund(await till.paid())

        taken = await bench.gateway.refund(order)
        before = [await bench.another.find_refund(o) for o in (order, afresh(order))]
        await bench.settle()
        after = [await bench.another.find_refund(o) for o in (order, afresh(order))]

        assert taken.standing is Standing.PENDING
        assert [r and r.standing for r in before] == [Standing.PENDING] * 2
        assert [r and r.standing for r in after] == [Standing.SUCCEEDED] * 2
        assert {r and r.gateway_reference for r in [*before, *after]} == {taken.gateway_reference}
        assert await till.given(order) == self.amount.minor

    async def test_what_failed_later_counts_for_its_own_key_and_a_fresh_key_is_a_fresh_try(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.REFUND_FAILS_LATER, self.amount)
        order = till.refund(await till.paid())

        taken = await bench.gateway.refund(order)
        await bench.settle()

        assert taken.standing is Standing.PENDING
        failed = await bench.another.find_refund(order)
        assert failed is not None
        assert failed.standing is Standing.FAILED
        assert failed.failure
        assert await bench.gateway.find_refund(afresh(order)) is None
        assert await till.given(order) == 0
        second = await bench.gateway.refund(afresh(order))
        assert second.gateway_reference != taken.gateway_reference

    async def test_a_key_that_was_forgotten_is_a_new_request_so_we_look_first(
        self, bench: Bench
    ) -> None:
        """And whoever does not look gets no more than was captured."""
        till = await Till.of(bench, Trouble.KEYS_FORGOTTEN, self.amount)
        most = Money(self.amount.minor * 60 // 100, self.amount.currency)
        order = till.refund(await till.paid(), most)

        await problem_of(bench.gateway.refund(order))

        found = await bench.gateway.find_refund(order)
        assert found is not None
        assert found.standing is Standing.SUCCEEDED
        assert await till.given(order) == most.minor
        await asyncio.gather(bench.gateway.refund(order), return_exceptions=True)
        assert await till.given(order) <= self.amount.minor

    async def test_the_journal_begins_where_it_is_asked_to(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        await till.paid()
        later = bench.began_at + timedelta(days=365)

        assert [line async for line in bench.gateway.journal(later)] == []

    async def test_what_nobody_signed_is_not_believed(self, bench: Bench) -> None:
        for body in (b"", b"{}", b"\xff\x00", b'{"type": "refund.updated"}'):
            try:
                bench.gateway.parse_webhook(body, {"stripe-signature": "t=1,v1=00"})
            except BadWebhook:
                continue
            raise AssertionError(f"{body!r} was believed")

    async def test_a_message_names_the_refund_that_it_is_about(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.REFUND_PENDING, self.amount)
        order = till.refund(await till.paid())
        await bench.gateway.refund(order)
        message = bench.message(order)
        if message is None:
            raise SkipTest("this gateway sends no messages")

        event = bench.gateway.parse_webhook(message.body, message.headers)

        assert isinstance(event, WebhookEvent)
        assert isinstance(event.event_id, str), "the id of a message is a text"
        assert 0 < len(event.event_id) <= LONGEST_EVENT_ID
        assert event.refund_reference == order.reference
        assert event == bench.another.parse_webhook(message.body, message.headers)
        try:
            bench.gateway.parse_webhook(message.body + b" ", message.headers)
        except BadWebhook:
            return
        raise AssertionError("a message that was changed was believed")
