"""The three headers of Standard Webhooks."""

from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook


def headers(message_id: str, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """Sign with each secret: while one is changed, receivers may know the old or the new.

    The moment is this machine's own, at each attempt anew, not the database's, which a test clock
    moves: receivers compare it with theirs and refuse what is five minutes off.
    """
    now = datetime.now(UTC)
    signatures = [Webhook(secret).sign(message_id, now, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
