"""What can happen to an endpoint and to a delivery, and what a message says. Read this file first."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words


class WebhookEndpointStatus(Words):
    """Where an endpoint stands. More values may come."""

    ENABLED = "ENABLED", "Messages are made for it and sent."
    DISABLED = "DISABLED", "Nothing is made or sent; what waits goes on waiting."
    DELETED = "DELETED", "It is gone; its deliveries can be looked at until they are forgotten."


class WebhookDisabledReason(Words):
    """Why an endpoint is disabled. More values may come."""

    OPERATOR = "OPERATOR", "An operator disabled it."
    GONE = "GONE", "It answered 410: it wants nothing any more."
    FAILING = "FAILING", "It took nothing for five days."


class WebhookDeliveryStatus(Words):
    """Where a delivery stands. More values may come."""

    PENDING = "PENDING", "It is sent, or sent again, at nextAttemptAt."
    DELIVERED = "DELIVERED", "The endpoint answered with 2xx."
    FAILED = "FAILED", "All attempts failed; it is sent again only if it is replayed."


class WebhookAttemptOutcome(Words):
    """How one attempt to deliver ended. More values may come."""

    STARTED = "STARTED", "It is on its way, or its worker was lost."
    DELIVERED = "DELIVERED", "Answered with 2xx."
    REFUSED = "REFUSED", "Answered with a status that is no success."
    REDIRECTED = "REDIRECTED", "Answered with a redirect, which is not followed."
    BUSY = "BUSY", "Answered 429 or 503: Retry-After is honored."
    GONE = "GONE", "Answered 410: the endpoint is disabled."
    UNREACHABLE = "UNREACHABLE", "No connection, or none that TLS trusts."
    TIMED_OUT = "TIMED_OUT", "No whole answer in time."
    ADDRESS_REFUSED = "ADDRESS_REFUSED", "The name leads to an address that is not called."
    UNSIGNED = "UNSIGNED", "Nothing was sent: no key of ours reads the endpoint's secret."
    UNKNOWN = "UNKNOWN", "The worker was lost before it could say."


class EndpointAction(StrEnum):
    UPDATE = "UPDATE"
    ROTATE_SECRET = "ROTATE_SECRET"  # noqa: S105 - the name of an action
    TEST = "TEST"
    REPLAY = "REPLAY"
    ENABLE = "ENABLE"
    DISABLE = "DISABLE"
    ANSWER_GONE = "ANSWER_GONE"
    KEEP_FAILING = "KEEP_FAILING"
    DELETE = "DELETE"


class DeliveryAction(StrEnum):
    SUCCEED = "SUCCEED"
    TRY_AGAIN = "TRY_AGAIN"
    GIVE_UP = "GIVE_UP"
    REPLAY = "REPLAY"


E, A = WebhookEndpointStatus, EndpointAction
D, B = WebhookDeliveryStatus, DeliveryAction
_BUYER, _SELLER, OPERATOR, SYSTEM, _GATEWAY = Role

# fmt: off
ENDPOINT: Final = Process(start=E.ENABLED, moves=(
    #    from         action            who may      to
    Move(E.ENABLED,  A.UPDATE,         {OPERATOR},  E.ENABLED),
    Move(E.ENABLED,  A.ROTATE_SECRET,  {OPERATOR},  E.ENABLED),
    Move(E.ENABLED,  A.TEST,           {OPERATOR},  E.ENABLED),
    Move(E.ENABLED,  A.REPLAY,         {OPERATOR},  E.ENABLED),
    Move(E.ENABLED,  A.DISABLE,        {OPERATOR},  E.DISABLED),
    Move(E.ENABLED,  A.ANSWER_GONE,    {SYSTEM},    E.DISABLED),
    Move(E.ENABLED,  A.KEEP_FAILING,   {SYSTEM},    E.DISABLED),
    Move(E.ENABLED,  A.DELETE,         {OPERATOR},  E.DELETED),
    Move(E.DISABLED, A.UPDATE,         {OPERATOR},  E.DISABLED),
    Move(E.DISABLED, A.ROTATE_SECRET,  {OPERATOR},  E.DISABLED),
    Move(E.DISABLED, A.ENABLE,         {OPERATOR},  E.ENABLED),
    Move(E.DISABLED, A.DELETE,         {OPERATOR},  E.DELETED),
))

DELIVERY: Final = Process(start=D.PENDING, moves=(
    #    from          action        who may      to            by itself at
    Move(D.PENDING,   B.SUCCEED,    {SYSTEM},    D.DELIVERED,  "next_attempt_at"),
    Move(D.PENDING,   B.TRY_AGAIN,  {SYSTEM},    D.PENDING,    "next_attempt_at"),
    Move(D.PENDING,   B.GIVE_UP,    {SYSTEM},    D.FAILED,     "next_attempt_at"),
    Move(D.PENDING,   B.REPLAY,     {OPERATOR},  D.PENDING),
    Move(D.DELIVERED, B.REPLAY,     {OPERATOR},  D.PENDING),
    Move(D.FAILED,    B.REPLAY,     {OPERATOR},  D.PENDING),
))

RETRIES: Final = (
    # after the first failure, the second, …; after the tenth the delivery has failed
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)
# fmt: on
JITTER: Final = 0.1
"""By how much of itself a pause may be longer, so that what failed together does not return together."""
LONGEST_WISH: Final = timedelta(hours=24)
"""As far as an endpoint may put us off (Retry-After)."""
PATIENCE: Final = timedelta(days=5)
"""How long an endpoint may take nothing before it is disabled."""
OLD_SECRET: Final = timedelta(hours=24)
"""How long the secret before the present one signs, too."""
KEPT: Final = timedelta(days=30)
"""How long deliveries can be looked at and replayed."""
MOST_ENDPOINTS: Final = 100
TEST_EVENT: Final = "webhook.test"
VERSION: Final = 1
"""Of a message's shape. Members are added within a version; none is taken away or changes."""


def next_attempt_at(
    now: datetime, failures: int, *, spread: float, wish: timedelta = timedelta()
) -> datetime | None:
    """When to send again after so many failures in a row; None: never by itself.

    `spread` is between 0 and 1, by chance. `wish` is the endpoint's own Retry-After.
    """
    if failures > len(RETRIES):
        return None
    pause = RETRIES[failures - 1] * (1 + JITTER * spread)
    return now + max(pause, min(wish, LONGEST_WISH))


def outcome_of(status: int) -> WebhookAttemptOutcome:
    """What an HTTP status means for a delivery."""
    outcomes = WebhookAttemptOutcome
    known = {410: outcomes.GONE, 429: outcomes.BUSY, 503: outcomes.BUSY}
    by_hundred = {2: outcomes.DELIVERED, 3: outcomes.REDIRECTED}
    return known.get(status) or by_hundred.get(status // 100, outcomes.REFUSED)


class Told(StrEnum):
    """How a fact of an event is told outside."""

    OBJECT = "OBJECT"  # with its state and its amount
    ID = "ID"  # the API's global id
    WORD = "WORD"  # as it is: a handle, an enum's name, a number, a moment
    AMOUNT = "AMOUNT"  # minor units of the order's currency


# fmt: off
FACTS: Final[Mapping[str, Told]] = {
    # a field of an event   how it is told: a field without a row here never leaves the house
    "order_id":         Told.OBJECT,
    "refund_id":        Told.OBJECT,
    "dispute_id":       Told.OBJECT,
    "cancellation_id":  Told.ID,
    "appeal_id":        Told.ID,
    "offer_id":         Told.ID,
    "message_id":       Told.ID,
    "evidence_id":      Told.ID,
    "withdrawal_id":    Told.ID,
    "document_id":      Told.ID,
    "amount_minor":     Told.AMOUNT,
    "reason":           Told.WORD,
    "method":           Told.WORD,
    "outcome":          Told.WORD,
    "move":             Told.WORD,
    "platform_pays":    Told.WORD,
    "answer":           Told.WORD,
    "return_paid_by":   Told.WORD,
    "party":            Told.WORD,
    "waiting_for":      Told.WORD,
    "seconds":          Told.WORD,
    "due_at":           Told.WORD,
    "by_rule":          Told.WORD,
}
# fmt: on


def member(field: str) -> str:
    """What a fact is called in a message: `refund_id` is `refund`, `due_at` is `dueAt`."""
    told = FACTS[field]
    name = field.removesuffix("_id") if told is Told.OBJECT else field.removesuffix("_minor")
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def catalogue() -> list[tuple[str, str, list[str]]]:
    """Every kind of message: its name, what has happened then, and the members of its data."""
    known = [
        (name, kind.says["en"], [member(f.name) for f in fields(kind)])
        for name, kind in sorted(Event.known.items())
    ]
    return [*known, (TEST_EVENT, "An operator tries the endpoint.", ["test"])]


@dataclass(eq=False)
class TooManyWebhookEndpoints(Refusal):
    """One more endpoint than there may be."""

    most: int
    says = {
        "en": "There are {most} webhook endpoints already: delete one first.",
        "de": "Es gibt schon {most} Webhook-Endpunkte: bitte erst einen löschen.",
    }


@dataclass(eq=False)
class WebhooksNotConfigured(Refusal):
    """Without a key of our own no secret can be kept."""

    says = {
        "en": "This installation keeps no webhook secrets: ORDERGRAPH_WEBHOOK_SECRET_KEY is not set.",
        "de": "Hier werden keine Webhook-Geheimnisse verwahrt: ORDERGRAPH_WEBHOOK_SECRET_KEY fehlt.",
    }
