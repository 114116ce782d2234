"""The contract of a gateway, part four: each payment and refund by itself, exactly, in what we can keep."""

from typing import ClassVar, Final

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import Declined, Standing
from ordergraph.testing.bench import Bench, Till, Trouble, problem_of

LONGEST_NAME: Final = 40
LONGEST_REFERENCE: Final = 120
"""Characters: what the columns of payments and refunds hold."""


class ExactContract:
    """Nothing is taken for something like it, and nothing is rounded."""

    amount: ClassVar[Money] = Money(1000, "EUR")

    async def test_payments_alike_are_told_apart(self, bench: Bench) -> None:
        """Of the same amount, at the same moment, and one of them given back."""
        one, other, unpaid = [await Till.of(bench, Trouble.NONE, self.amount) for _ in range(3)]
        first, second = await one.paid(), await other.paid()

        back = one.refund(first)
        await bench.gateway.refund(back)

        assert first.gateway_reference != second.gateway_reference
        assert [await till.found() for till in (one, other, unpaid)] == [first, second, None]
        assert await bench.another.find_refund(other.refund(second)) is None
        assert await bench.another.remaining(back) == Money(0, self.amount.currency)
        assert await bench.another.remaining(other.refund(second)) == self.amount

    async def test_refunds_alike_of_one_payment_are_told_apart(self, bench: Bench) -> None:
        """Or one that was never sent is taken for one that was, and its buyer gets nothing."""
        till = await Till.of(bench, Trouble.NONE, self.amount)
        receipt = await till.paid()
        part = Money(self.amount.minor * 30 // 100, self.amount.currency)
        first, second, never = [till.refund(receipt, part) for _ in range(3)]

        given = [await bench.gateway.refund(order) for order in (first, second)]

        assert given[0].gateway_reference != given[1].gateway_reference
        assert [await bench.another.find_refund(order) for order in (first, second)] == given
        assert await bench.another.find_refund(never) is None
        assert await till.given(first, second) == 2 * part.minor

    async def test_odd_amounts_stay_what_they_are(self, bench: Bench) -> None:
        """As floats, 19.99 and 1.15 are less than so many cents."""
        await self._stays(bench, Money(1999, self.amount.currency), 115)
        await self._stays(bench, Money(1999, "JPY"), 115)

    async def test_amounts_with_three_decimals_stay_what_they_are_or_are_declined(
        self, bench: Bench
    ) -> None:
        """Many providers know two of them: what they cannot take is declined, and never rounded."""
        for whole, part in ((4060, 2010), (4055, 1015)):
            try:
                await self._stays(bench, Money(whole, "KWD"), part)
            except Declined:
                continue

    async def _stays(self, bench: Bench, whole: Money, part: int) -> None:
        till = await Till.of(bench, Trouble.NONE, whole)
        receipt = await till.paid()
        order = till.refund(receipt, Money(part, whole.currency))
        await bench.gateway.refund(order)

        assert receipt.amount == whole
        assert await till.found() == receipt
        assert [line.amount for line in await till.lines(till.capture.payment_reference)] == [whole]
        assert [line.amount for line in await till.lines(order.reference)] == [order.amount]
        assert await bench.another.remaining(order) == whole - order.amount

    async def test_what_is_told_can_be_kept(self, bench: Bench) -> None:
        """What no column takes could not be noted once the money has moved."""
        till = await Till.of(bench, Trouble.NONE, self.amount)
        receipt = await till.paid()
        order = till.refund(receipt, Money(self.amount.minor // 2, self.amount.currency))
        given = await bench.gateway.refund(order)
        left = await bench.gateway.remaining(order)
        references = (till.capture.payment_reference, order.reference)
        lines = [line for of in references for line in await till.lines(of)]

        assert _is_text(bench.gateway.name, LONGEST_NAME), "a gateway has a name"
        assert bench.gateway.name == bench.another.name
        assert isinstance(bench.gateway.real_money, bool)
        theirs = {receipt.gateway_reference, given.gateway_reference}
        theirs |= {line.gateway_reference for line in lines}
        assert all(_is_text(each, LONGEST_REFERENCE) for each in theirs), "a reference is a text"
        assert given.bank_reference is None or _is_text(given.bank_reference, LONGEST_REFERENCE)
        for amount in (receipt.amount, left, *(line.amount for line in lines)):
            assert type(amount.minor) is int, "money is a whole number of minor units"
        for line in lines:
            assert isinstance(line.standing, Standing)
            assert line.at.utcoffset() is not None, "a moment has its offset from UTC"
            assert line.at >= bench.began_at

    async def test_the_journal_names_the_payment_of_a_refund_as_its_receipt_does(
        self, bench: Bench
    ) -> None:
        """Or not at all: what names another one tells of no order of ours."""
        till = await Till.of(bench, Trouble.NONE, self.amount)
        receipt = await till.paid()
        order = till.refund(receipt)
        await bench.gateway.refund(order)

        (line,) = await till.lines(order.reference)

        assert line.payment in (None, receipt.gateway_reference)

    async def test_what_the_buyer_s_bank_has_is_not_left(self, bench: Bench) -> None:
        """Or it is given twice: by the bank, and by us in another way."""
        till = await Till.of(bench, Trouble.PAYMENT_DISPUTED, self.amount)
        order = till.refund(await till.paid())

        problem = await problem_of(bench.gateway.remaining(order))

        assert isinstance(problem, Declined)
        assert problem.code == "PAYMENT_DISPUTED"

    async def test_what_somebody_gave_back_at_the_provider_is_not_left(self, bench: Bench) -> None:
        till = await Till.of(bench, Trouble.GIVEN_ELSEWHERE, self.amount)
        order = till.refund(await till.paid())

        left = await bench.gateway.remaining(order)

        assert Money(0, left.currency) <= left < self.amount
        assert await bench.gateway.find_refund(order) is None
        assert isinstance(await problem_of(bench.gateway.refund(order)), Declined)


def _is_text(told: object, longest: int) -> bool:
    return isinstance(told, str) and 0 < len(told) <= longest and told.isprintable()
