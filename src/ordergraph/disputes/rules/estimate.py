"""What it is estimated to cost to send an order back."""

from ordergraph.kernel.money import Money
from ordergraph.orders.models import Order


def estimated_return(order: Order) -> Money:
    """As much as sending it out did."""
    return Money(order.shipping_minor, order.currency)
