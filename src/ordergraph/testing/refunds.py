"""The contract of a gateway, part two: giving the money back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import Declined, RateLimited, Standing
from ordergraph.testing.bench import (
    DEFINITE,
    MOST_CALLS,
    Bench,
    Till,
    Trouble,
    afresh,
    problem_of,
)


class RefundContract:
    """Giving it back."""

    amount: ClassVar[Money] = Money(1000, "EUR")

    def part(self, percent: int) -> Money:
        return Money(self.amount.minor * percent // 100, self.amount.currency)

    async def test_what_was_given_back_is_found_by_our_reference(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        order = till.refund(await till.paid())
        assert await bench.gateway.find_refund(order) is None

        receipt = await bench.gateway.refund(order)

        assert receipt.standing is Standing.SUCCEEDED
        assert receipt.failure is None
        assert await bench.another.find_refund(order) == receipt
        assert await bench.gateway.find_refund(afresh(order)) == receipt
        (line,) = await till.lines(order.reference)
        assert (line.amount, line.standing) == (self.amount, Standing.SUCCEEDED)
        assert line.gateway_reference == receipt.gateway_reference

    async def test_the_same_refund_again_gives_nothing_a_second_time(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        order = till.refund(await till.paid(), self.part(40))

        first, again = await bench.gateway.refund(order), await bench.another.refund(order)

        assert first == again
        assert await till.given(order) == order.amount.minor

    async def test_the_same_refund_many_times_at_once_is_given_once(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        order = till.refund(await till.paid(), self.part(10))
        calls = [bench.gateway.refund(order) for _ in range(MOST_CALLS)]

        answers = await asyncio.gather(*calls, return_exceptions=True)

        assert not any(isinstance(answer, Declined) for answer in answers)
        assert len({answer for answer in answers if not isinstance(answer, BaseException)}) == 1
        assert await till.given(order) == order.amount.minor

    async def test_parts_are_given_back_but_never_more_than_was_captured(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        receipt = await till.paid()
        parts = [till.refund(receipt, self.part(percent)) for percent in (60, 40)]
        for part in parts:
            await bench.gateway.refund(part)
        more = till.refund(receipt, Money(1, self.amount.currency))

        problem = await problem_of(bench.gateway.refund(more))

        assert isinstance(problem, Declined)
        assert await till.given(*parts, more) == self.amount.minor

    async def test_what_went_back_is_told_to_be_no_longer_there(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        order = till.refund(await till.paid(), self.part(30))
        assert await bench.gateway.remaining(order) == self.amount

        await bench.gateway.refund(order)

        assert await bench.another.remaining(order) == self.amount - order.amount

    async def test_what_is_pending_is_no_longer_there_and_what_failed_later_is(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.REFUND_FAILS_LATER, self.amount)
        order = till.refund(await till.paid(), self.part(30))
        await bench.gateway.refund(order)
        assert await bench.gateway.remaining(order) == self.amount - order.amount

        await bench.settle()
        await bench.gateway.find_refund(order)

        assert await bench.gateway.remaining(order) == self.amount

    async def test_more_than_was_captured_is_declined(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        order = till.refund(await till.paid(), self.part(101))

        problem = await problem_of(bench.gateway.refund(order))

        assert isinstance(problem, Declined)
        assert await till.given(order) == 0

    async def test_a_known_key_with_another_amount_gives_nothing_more(self, bench: Bench) -> None:
        """It is a mistake of ours, and the first may have been given: no Declined."""
        till = await Till.of(bench, Trouble.NONE, self.amount)
        order = till.refund(await till.paid(), self.part(30))
        await bench.gateway.refund(order)

        problem = await problem_of(bench.gateway.refund(replace(order, amount=self.part(40))))

        assert not isinstance(problem, DEFINITE)
        assert await till.given(order) == order.amount.minor

    async def test_a_refund_whose_answer_is_lost_is_found(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.REFUND_LOST, self.amount)
        order = till.refund(await till.paid(), self.part(50))

        problem = await problem_of(bench.gateway.refund(order))

        assert not isinstance(problem, DEFINITE)
        assert await bench.gateway.find_refund(order) == await bench.gateway.refund(order)
        assert await till.given(order) == order.amount.minor

    async def test_a_refund_that_never_arrived_is_not_found_and_can_be_repeated(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.REFUND_CUT, self.amount)
        order = till.refund(await till.paid(), self.part(50))

        problem = await problem_of(bench.gateway.refund(order))

        assert not isinstance(problem, DEFINITE)
        assert await bench.gateway.find_refund(order) is None
        assert (await bench.gateway.refund(order)).standing is Standing.SUCCEEDED
        assert await till.given(order) == order.amount.minor

    async def test_one_call_too_many_does_nothing_and_says_when_to_come_back(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.REFUND_BUSY, self.amount)
        order = till.refund(await till.paid())

        problem = await problem_of(bench.gateway.refund(order))

        assert isinstance(problem, RateLimited)
        assert timedelta() < problem.retry_after <= timedelta(hours=1)
        assert await till.given(order) == 0
        for _ in range(MOST_CALLS):
            try:
                receipt = await bench.gateway.refund(order)
            except RateLimited:
                continue
            assert receipt.standing is Standing.SUCCEEDED
            break
        assert await till.given(order) == self.amount.minor

    async def test_a_declined_refund_is_declined_again_and_gives_nothing(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.REFUND_DECLINED, self.amount)
        order = till.refund(await till.paid())

        problems = [await problem_of(bench.gateway.refund(order)) for _ in range(2)]

        assert all(isinstance(problem, Declined) for problem in problems)
        assert await bench.gateway.find_refund(order) is None
        assert await till.given(order) == 0
