"""Refusals: the expected ways for a request to end in "no".

Refusal
├── NotFound          absent, or hidden from this actor
├── NotAllowed        this role may never do it
├── WrongState        the state does not allow it now
├── InvalidInput      a value that can be read but not accepted
├── KeyReused         an idempotency key that names something else already
├── KeyBusy           an idempotency key whose first request still runs
└── …                 each domain's own, in its process.py
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ordergraph.kernel.language import DEFAULT, say


@dataclass(eq=False)
class Refusal(Exception):
    """The rules say no. Raising it rolls the transaction back; it is never logged as a fault."""

    says: ClassVar[Mapping[str, str]]
    """The sentence for the person, by language; the fields are its facts."""

    def sentence(self, language: str) -> str:
        return say(self.says, language, vars(self))

    def __str__(self) -> str:
        return self.sentence(DEFAULT)


@dataclass(eq=False)
class NotFound(Refusal):
    """Absent, or hidden from this actor: the two must look the same."""

    what: str
    says = {"en": "There is no such {what}.", "de": "Nicht gefunden: {what}."}


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The role may not do it, whatever the state."""

    action: str
    role: str
    says = {
        "en": "As {role} you may not do this ({action}).",
        "de": "In der Rolle {role} ist das nicht erlaubt ({action}).",
    }


@dataclass(eq=False)
class WrongState(Refusal):
    """The object is in a state from which the action does not start."""

    action: str
    state: str
    says = {
        "en": "This is not possible ({action}) while the state is {state}.",
        "de": "Das geht nicht ({action}), solange der Stand {state} ist.",
    }


@dataclass(eq=False)
class InvalidInput(Refusal):
    """A value that can be read but not accepted; nothing was stored."""

    field: str
    problem: str
    says = {"en": "{field}: {problem}.", "de": "{field}: {problem}."}


@dataclass(eq=False)
class AmountTooHigh(Refusal):
    """More money than there is to give back. `maximum` is a Money."""

    maximum: object
    says = {"en": "At most {maximum} is possible.", "de": "Höchstens {maximum} ist möglich."}


@dataclass(eq=False)
class KeyReused(Refusal):
    """The idempotency key was used before, for something else; nothing was done this time."""

    retryable: bool = False
    says = {
        "en": "This idempotency key was used for something else: each thing to do needs a fresh one.",
        "de": "Dieser Idempotenzschlüssel gehört schon zu etwas anderem: Jeder Vorgang braucht einen neuen.",
    }


@dataclass(eq=False)
class KeyBusy(Refusal):
    """The first request with this idempotency key still runs; ask again with the same key."""

    retryable: bool = True
    says = {
        "en": "The same request is still being worked on: ask again with the same idempotency key.",
        "de": "Dieselbe Anfrage läuft noch: bitte mit demselben Idempotenzschlüssel wiederholen.",
    }
