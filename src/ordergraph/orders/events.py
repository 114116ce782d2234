"""What has happened to an order, as facts."""

from dataclasses import dataclass
from datetime import datetime

from ordergraph.kernel.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    type = "order.placed"
    says = {"en": "The order was placed.", "de": "Die Bestellung wurde aufgegeben."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    type = "order.paid"
    says = {"en": "The payment was captured.", "de": "Die Zahlung ist eingegangen."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentDeclined(Event):
    type = "order.payment_declined"
    says = {"en": "The payment was declined.", "de": "Die Zahlung wurde abgelehnt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(Event):
    type = "order.expired"
    says = {"en": "The order expired unpaid.", "de": "Die Bestellung verfiel unbezahlt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWindowEnded(Event):
    type = "order.cancel_window_closed"
    says = {
        "en": "The time in which the buyer may cancel is over.",
        "de": "Die Frist, in der storniert werden kann, ist vorbei.",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCanceled(Event):
    type = "order.canceled"
    says = {"en": "The order was canceled.", "de": "Die Bestellung wurde storniert."}
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinesCanceled(Event):
    type = "order.lines_canceled"
    says = {
        "en": "A part of the order was canceled.",
        "de": "Ein Teil der Bestellung wurde storniert.",
    }
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingReminder(Event):
    """A part of the time to ship is over; `waiting_for` is whose time it is."""

    type = "order.shipping_reminder"
    says = {
        "en": "The seller was reminded to ship.",
        "de": "Der Verkäufer wurde ans Verschicken erinnert.",
    }
    waiting_for: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(Event):
    type = "order.shipped"
    says = {"en": "The order was shipped.", "de": "Die Bestellung wurde verschickt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(Event):
    type = "order.delivered"
    says = {"en": "The order was delivered.", "de": "Die Bestellung wurde zugestellt."}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(Event):
    type = "order.completed"
    says = {"en": "The order is complete.", "de": "Die Bestellung ist abgeschlossen."}
