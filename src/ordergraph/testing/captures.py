"""The contract of a gateway, part one: taking the money."""

import asyncio
from dataclasses import replace
from typing import ClassVar

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import Declined, Standing
from ordergraph.testing.bench import DEFINITE, MOST_CALLS, Bench, Till, Trouble, problem_of


class CaptureContract:
    """Taking the money."""

    amount: ClassVar[Money] = Money(1000, "EUR")

    async def test_what_was_captured_is_found_by_our_reference(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        reference = till.capture.payment_reference
        assert await till.found() is None

        receipt = await till.paid()

        assert receipt.amount == self.amount
        assert await till.found() == receipt
        (line,) = await till.lines(reference)
        assert (line.kind, line.amount, line.standing) == (
            "CAPTURE",
            self.amount,
            Standing.SUCCEEDED,
        )
        assert line.gateway_reference == receipt.gateway_reference
        assert line.at >= bench.began_at

    async def test_the_same_capture_again_takes_nothing_a_second_time(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)

        first, again = await till.paid(), await bench.another.capture(till.capture)

        assert first == again
        assert len(await till.lines(till.capture.payment_reference)) == 1

    async def test_the_same_capture_many_times_at_once_takes_it_once(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, self.amount)
        calls = [bench.gateway.capture(till.capture) for _ in range(MOST_CALLS)]

        answers = await asyncio.gather(*calls, return_exceptions=True)

        assert not any(isinstance(answer, Declined) for answer in answers)
        assert len({answer for answer in answers if not isinstance(answer, BaseException)}) == 1
        assert len(await till.lines(till.capture.payment_reference)) == 1

    async def test_a_known_key_with_another_amount_takes_nothing_more(self, bench: Bench) -> None:
        """It is a mistake of ours, and the first may have been taken: no Declined."""
        till = await Till.of(bench, Trouble.NONE, self.amount)
        await till.paid()
        other = replace(till.capture, amount=Money(self.amount.minor * 2, self.amount.currency))

        problem = await problem_of(bench.gateway.capture(other))

        assert not isinstance(problem, DEFINITE)
        (line,) = await till.lines(till.capture.payment_reference)
        assert line.amount == self.amount

    async def test_a_declined_capture_is_declined_again_and_takes_nothing(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.CAPTURE_DECLINED, self.amount)

        problems = [await problem_of(till.paid()) for _ in range(2)]

        assert all(isinstance(problem, Declined) for problem in problems)
        assert await till.found() is None
        assert await till.lines(till.capture.payment_reference) == []

    async def test_a_capture_whose_answer_is_lost_is_found(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.CAPTURE_LOST, self.amount)

        problem = await problem_of(till.paid())

        assert not isinstance(problem, DEFINITE)
        found = await till.found()
        assert found == await till.paid()
        assert len(await till.lines(till.capture.payment_reference)) == 1

    async def test_a_capture_that_never_arrived_is_not_found_and_can_be_repeated(
        self, bench: Bench
    ) -> None:
        till = await Till.of(bench, Trouble.CAPTURE_CUT, self.amount)

        problem = await problem_of(till.paid())

        assert not isinstance(problem, DEFINITE)
        assert await till.found() is None
        assert (await till.paid()).amount == self.amount
        assert len(await till.lines(till.capture.payment_reference)) == 1

    async def test_amounts_without_decimals_stay_what_they_are(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.NONE, Money(1500, "JPY"))

        receipt = await till.paid()
        order = till.refund(receipt, Money(500, "JPY"))
        await bench.gateway.refund(order)

        assert receipt.amount == Money(1500, "JPY")
        assert [line.amount for line in await till.lines(order.reference)] == [Money(500, "JPY")]
