"""What authors of gateways get wrong, and which promise of our contract each mistake breaks.

Each is the sandbox, spoiled in one place; unspoiled it keeps them all (test_contract.py).
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways import protocol as p
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.gateways.stripe import Stripe
from ordergraph.payments.models import SandboxEntry
from ordergraph.testing.bench import DEFINITE
from ordergraph.testing.gateways import GatewayContract
from tests.payments.benches import SandboxBench, stripe_bench

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Spoiled(Sandbox):
    """The sandbox, with one place for amounts that go out and one for receipts that come in."""

    def sent(self, amount: Money) -> Money:
        return amount

    def told(self, receipt: Any) -> Any:
        return receipt

    async def capture(self, capture: p.Capture) -> p.CaptureReceipt:
        capture = replace(capture, amount=self.sent(capture.amount))
        return self.told(await super().capture(capture))  # type: ignore[no-any-return]

    async def find_capture(self, payment_reference: UUID, until: datetime) -> Any:
        return self.told(await super().find_capture(payment_reference, until))

    async def refund(self, order: p.RefundOrder) -> p.RefundReceipt:
        order = replace(order, amount=self.sent(order.amount))
        return self.told(await super().refund(order))  # type: ignore[no-any-return]

    async def find_refund(self, order: p.RefundOrder) -> Any:
        return self.told(await super().find_refund(order))

    async def journal(self, since: datetime) -> AsyncIterator[p.JournalEntry]:
        async for line in super().journal(since):
            yield self.told(line)


class FindsRefundsByAmount(Sandbox):
    async def find_refund(self, order: p.RefundOrder) -> p.RefundReceipt | None:
        lines = [line async for line in self.journal(LONG_AGO)]
        alike = [line for line in lines if (line.kind, line.amount) == ("REFUND", order.amount)]
        return (
            p.RefundReceipt(alike[0].standing, alike[0].gateway_reference, None) if alike else None
        )


class FindsAnyRefundOfThePayment(Sandbox):
    async def find_refund(self, order: p.RefundOrder) -> p.RefundReceipt | None:
        of = {"kind": "REFUND", "payment_reference": order.payment_reference}
        first = await SandboxEntry.filter(**of).order_by("id").first()
        return (
            await super().find_refund(replace(order, reference=first.reference)) if first else None
        )


class FindsTheNewestCapture(Sandbox):
    async def find_capture(self, payment_reference: UUID, until: datetime) -> Any:  # noqa: ARG002
        newest = await SandboxEntry.filter(kind="CAPTURE").order_by("-id").first()
        return await super().find_capture(newest.reference, until) if newest else None


class TakesTheBalanceForThePayment(Sandbox):
    async def remaining(self, order: p.RefundOrder) -> Money:
        lines = [line async for line in self.journal(LONG_AGO)]
        signed = [line.amount.minor * (1 if line.kind == "CAPTURE" else -1) for line in lines]
        return Money(sum(signed), order.amount.currency)


class ForgetsWhatIsPending(Sandbox):
    async def remaining(self, order: p.RefundOrder) -> Money:
        left = await super().remaining(order)
        lines = [line async for line in self.journal(LONG_AGO)]
        on_its_way = (line for line in lines if line.standing is p.Standing.PENDING)
        return left + Money(sum(line.amount.minor for line in on_its_way), left.currency)


class HasNotHeardOfDisputes(Sandbox):
    async def remaining(self, order: p.RefundOrder) -> Money:
        return order.amount


class AlwaysEuros(Sandbox):
    async def remaining(self, order: p.RefundOrder) -> Money:
        return Money((await super().remaining(order)).minor, "EUR")


class ReckonsInFloats(Spoiled):
    def sent(self, amount: Money) -> Money:
        return Money(int(float(amount.amount) * 10 ** EXPONENTS[amount.currency]), amount.currency)


class AlwaysTwoDecimals(Spoiled):
    def sent(self, amount: Money) -> Money:
        cents = int(amount.amount * 100)
        return Money(cents * 10 ** EXPONENTS[amount.currency] // 100, amount.currency)


class CentsOfEverything(Spoiled):
    def sent(self, amount: Money) -> Money:
        return Money(int(amount.amount * 100), amount.currency)


class TellsFloats(Spoiled):
    def told(self, receipt: Any) -> Any:
        if not isinstance(receipt, p.CaptureReceipt):
            return receipt
        return replace(receipt, amount=Money(float(receipt.amount.minor), receipt.amount.currency))  # type: ignore[arg-type]


class NumbersAsReferences(Spoiled):
    def told(self, receipt: Any) -> Any:
        return receipt and replace(receipt, gateway_reference=hash(receipt.gateway_reference))


class EndlessReferences(Spoiled):
    def told(self, receipt: Any) -> Any:
        return receipt and replace(receipt, gateway_reference=receipt.gateway_reference * 4)


class NaiveMoments(Spoiled):
    def told(self, receipt: Any) -> Any:
        is_line = isinstance(receipt, p.JournalEntry) and receipt.kind == "REFUND"
        return replace(receipt, at=receipt.at.replace(tzinfo=None)) if is_line else receipt


class NamesPaymentsAsWeDo(Spoiled):
    def told(self, receipt: Any) -> Any:
        is_line = isinstance(receipt, p.JournalEntry)
        return replace(receipt, payment=str(receipt.reference)) if is_line else receipt


class HasNoName(Sandbox):
    name = ""


class UsesNoKeys(Sandbox):
    async def refund(self, order: p.RefundOrder) -> p.RefundReceipt:
        again = {"idempotency_key": str(uuid4()), "reference": uuid4()}
        return await super().refund(replace(order, **again))  # type: ignore[arg-type]


class TakesSilenceForANo(Sandbox):
    async def refund(self, order: p.RefundOrder) -> p.RefundReceipt:
        try:
            return await super().refund(order)
        except DEFINITE:
            raise
        except Exception:  # noqa: BLE001  (that is the mistake)
            raise p.Declined("UNKNOWN") from None


class BelievesAnybody(Sandbox):
    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> p.WebhookEvent | None:  # noqa: ARG002
        return None


class NumbersItsMessages(Stripe):
    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> p.WebhookEvent | None:
        event = super().parse_webhook(body, headers)
        return event and replace(event, event_id=hash(event.event_id))  # type: ignore[type-var]


async def test_a_message_whose_id_cannot_be_kept_does_not_keep_the_contract() -> None:
    """It would be answered with a 500, and sent again for days."""
    async with stripe_bench() as bench:
        bench.gateway.__class__ = bench.another.__class__ = NumbersItsMessages

        with pytest.raises(AssertionError):
            await GatewayContract().test_a_message_names_the_refund_that_it_is_about(bench)


MISTAKES = [
    (FindsRefundsByAmount, "refunds_alike_of_one_payment_are_told_apart"),
    (FindsAnyRefundOfThePayment, "refunds_alike_of_one_payment_are_told_apart"),
    (FindsTheNewestCapture, "payments_alike_are_told_apart"),
    (TakesTheBalanceForThePayment, "payments_alike_are_told_apart"),
    (ForgetsWhatIsPending, "what_is_pending_is_no_longer_there_and_what_failed_later_is"),
    (HasNotHeardOfDisputes, "what_the_buyer_s_bank_has_is_not_left"),
    (AlwaysEuros, "odd_amounts_stay_what_they_are"),
    (ReckonsInFloats, "odd_amounts_stay_what_they_are"),
    (AlwaysTwoDecimals, "amounts_with_three_decimals_stay_what_they_are_or_are_declined"),
    (CentsOfEverything, "amounts_without_decimals_stay_what_they_are"),
    (TellsFloats, "what_is_told_can_be_kept"),
    (NumbersAsReferences, "what_is_told_can_be_kept"),
    (EndlessReferences, "what_is_told_can_be_kept"),
    (NaiveMoments, "what_is_told_can_be_kept"),
    (NamesPaymentsAsWeDo, "the_journal_names_the_payment_of_a_refund_as_its_receipt_does"),
    (HasNoName, "what_is_told_can_be_kept"),
    (UsesNoKeys, "the_same_refund_again_gives_nothing_a_second_time"),
    (TakesSilenceForANo, "a_refund_whose_answer_is_lost_is_found"),
    (BelievesAnybody, "what_nobody_signed_is_not_believed"),
]


@pytest.mark.parametrize(
    ("mistake", "promise"), MISTAKES, ids=lambda of: getattr(of, "__name__", "")
)
async def test_a_gateway_with_a_mistake_does_not_keep_the_contract(
    clean: str,  # noqa: ARG001  (it needs the database)
    mistake: type[Sandbox],
    promise: str,
) -> None:
    bench = SandboxBench()
    around = p.Surroundings(bench.clock)
    bench.gateway, bench.another = mistake(around), mistake(around)

    with pytest.raises(AssertionError):
        await getattr(GatewayContract(), f"test_{promise}")(bench)
