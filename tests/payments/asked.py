"""What gateways are asked for in tests."""

from uuid import UUID, uuid4

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import Capture, RefundOrder

TEN = Money(1000, "EUR")


def capture_of(amount: Money = TEN) -> Capture:
    reference = uuid4()
    return Capture(reference, amount, f"capture-{reference}")


def refund_of(payment: UUID, amount: Money = TEN) -> RefundOrder:
    reference = uuid4()
    return RefundOrder(reference, payment, "captured", amount, f"refund-{reference}-0")
