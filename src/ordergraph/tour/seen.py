"""What a client sees: parts of an answer, read as what they are promised to be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from ordergraph.kernel.money import BadMoney, Money

T = TypeVar("T")


class BrokenPromise(Exception):
    """Something is not as promised; the message is one line for whoever runs the tour."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A part of an answer. Paths are dotted; what is not there is a broken promise."""

    value: Any
    where: str

    def part(self, path: str) -> "Seen":
        """What lies at the path; null counts as absent."""
        found = self._at(path)
        if found.value is None:
            raise BrokenPromise(f"{found.where} is missing")
        return found

    def _at(self, path: str) -> "Seen":
        value, where = self.value, self.where
        for name in path.split("."):
            where = f"{where}.{name}" if where else name
            if not isinstance(value, dict) or name not in value:
                raise BrokenPromise(f"{where} is missing")
            value = value[name]
        return Seen(value, where)

    def is_null(self, path: str) -> bool:
        return self._at(path).value is None

    def text(self, path: str) -> str:
        return self.part(path).read(str)

    def flag(self, path: str) -> bool:
        return self.part(path).read(bool)

    def number(self, path: str) -> int:
        return self.part(path).read(int)

    def moment(self, path: str) -> datetime:
        text = self.text(path)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise BrokenPromise(f"{self.where}.{path} is no moment: {text!r}")
        return moment

    def money(self, path: str) -> Money:
        amount, currency = self.text(f"{path}.amount"), self.text(f"{path}.currencyCode")
        try:
            return Money.parse(amount, currency)
        except BadMoney as problem:
            raise BrokenPromise(f"{self.where}.{path} is no money: {problem}") from None

    def each(self, path: str) -> Iterator["Seen"]:
        """The items of a list, in order."""
        found = self.part(path)
        items: list[Any] = found.read(list)
        for position, value in enumerate(items):
            yield Seen(value, f"{found.where}.{position}")

    def read(self, kind: type[T]) -> T:
        """The value itself, which is promised to be of this type and no other."""
        if type(self.value) is not kind:
            raise BrokenPromise(f"{self.where} is no {kind.__name__}: {self.value!r:.80}")
        return self.value
