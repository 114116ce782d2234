"""The pages of rules: retries, statuses, what leaves the house, and secrets."""

import base64
from dataclasses import fields
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

import ordergraph.reactions  # noqa: F401  (brings every domain's events with it)
from ordergraph.kernel.event import Event
from ordergraph.outgoing.keyring import Keyring, UnreadableSecret, new_secret
from ordergraph.outgoing.messages import sample
from ordergraph.outgoing.process import (
    FACTS,
    RETRIES,
    WebhooksNotConfigured,
    member,
    next_attempt_at,
    outcome_of,
)
from ordergraph.settings import SettingsError, load
from tests.market import NOON


def test_the_pauses_are_those_that_are_promised() -> None:
    seconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]

    assert [pause.total_seconds() for pause in RETRIES] == seconds
    for failures, pause in enumerate(RETRIES, 1):
        assert next_attempt_at(NOON, failures, spread=0) == NOON + pause
        assert next_attempt_at(NOON, failures, spread=1) == NOON + pause * 1.1
    assert next_attempt_at(NOON, len(RETRIES) + 1, spread=0) is None


def test_a_wish_puts_off_and_never_hurries() -> None:
    hour, week = timedelta(hours=1), timedelta(days=7)

    assert next_attempt_at(NOON, 1, spread=0, wish=hour) == NOON + hour
    assert next_attempt_at(NOON, 4, spread=0, wish=hour) == NOON + timedelta(hours=2)
    assert next_attempt_at(NOON, 1, spread=0, wish=week) == NOON + timedelta(hours=24)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "DELIVERED"), (204, "DELIVERED"), (299, "DELIVERED"), (300, "REDIRECTED"), (308, "REDIRECTED"),
     (400, "REFUSED"), (404, "REFUSED"), (410, "GONE"), (429, "BUSY"), (500, "REFUSED"),
     (503, "BUSY"), (199, "REFUSED")],
)  # fmt: skip
def test_a_status_means_one_thing(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome


@pytest.mark.parametrize("kind", Event.known.values(), ids=Event.known)
def test_every_fact_of_every_event_has_its_row(kind: type[Event]) -> None:
    """A field that nobody has thought about does not leave the house, and the build says so."""
    assert {f.name for f in fields(kind)} <= set(FACTS)
    assert {member(f.name) for f in fields(kind)} <= set(sample(kind.type))


def test_no_row_is_about_a_fact_that_is_no_more() -> None:
    known = {f.name for kind in Event.known.values() for f in fields(kind)}

    assert set(FACTS) <= known


def test_members_are_called_as_in_the_api() -> None:
    names = [member(field) for field in ("order_id", "offer_id", "amount_minor", "due_at")]

    assert names == ["order", "offerId", "amount", "dueAt"]


def test_a_secret_is_kept_encrypted_and_a_key_can_be_changed() -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    said = new_secret()

    locked = Keyring.of(old).lock(said)

    assert said.startswith("whsec_")
    assert said not in locked
    assert Keyring.of(f"{new}, {old}").unlock(locked) == said
    with pytest.raises(UnreadableSecret):
        Keyring.of(new).unlock(locked)
    with pytest.raises(UnreadableSecret):
        Keyring.of(None).unlock(locked)
    with pytest.raises(WebhooksNotConfigured):
        Keyring.of(None).lock(said)
    assert new not in repr(Keyring.of(new))


def test_a_key_is_read_as_openssl_writes_it_and_nothing_shorter() -> None:
    plus = base64.b64encode(bytes([251, 239, 190, 255] * 8)).decode()
    assert set("+/") & set(plus)

    given = load({"ORDERGRAPH_WEBHOOK_SECRET_KEY": f"{plus}, {plus}"}, join_dev=False)

    assert given.webhook_secret_key is not None
    ring = Keyring.of(given.webhook_secret_key.get_secret_value())
    assert ring.unlock(ring.lock("whsec_x")) == "whsec_x"
    with pytest.raises(SettingsError) as refused:
        load({"ORDERGRAPH_WEBHOOK_SECRET_KEY": plus[:20]}, join_dev=False)
    assert plus[:20] not in str(refused.value)
