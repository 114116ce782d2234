"""Rows of a statement of our own as the ORM's objects, for a fraction of what the ORM takes for it.

The driver gives uuids, moments, numbers and texts as our models have them; words and JSON it gives as
text. Only these are converted.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Final, Generic, TypeVar

from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

M = TypeVar("M", bound=Model)
Convert = Callable[[Any], Any]
STORED: Final[Mapping[str, Any]] = {
    "_saved_in_db": True,
    "_partial": False,
    "_custom_generated_pk": True,
}
"""What the ORM keeps about an object that has a row."""


class Raw(Generic[M]):
    """Makes one model's objects out of records; its `CONVERT` says what some columns come to."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._convert: dict[str, Convert] = dict(_converted(model)) | getattr(model, "CONVERT", {})

    def row(self, columns: Iterable[str], record: Iterable[Any]) -> M:
        """The object of these columns' values; one that lacks columns cannot be saved."""
        row = self._model.__new__(self._model)
        values = row.__dict__
        values.update(STORED)
        values["_await_when_save"] = {}
        values.update(zip(columns, record))  # noqa: B905  (a record may go on with something else)
        for column, convert in self._convert.items():
            value = values.get(column)
            if value is not None:
                values[column] = convert(value)
        return row


def _converted(model: type[Model]) -> Iterable[tuple[str, Convert]]:
    for name, field in model._meta.fields_map.items():  # noqa: SLF001  (the ORM has no other way)
        if isinstance(field, CharEnumFieldInstance):
            yield name, member(field.enum_type)
        elif isinstance(field, fields.JSONField):
            yield name, field.decoder


def member(words: type[Enum]) -> Convert:
    """As words(value), without the class's call."""
    return words._value2member_map_.__getitem__


@cache
def raw(model: type[M]) -> Raw[M]:
    """The one that makes this model's objects."""
    return Raw(model)
