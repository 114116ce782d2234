"""New rows as the ORM's objects, without its care for each value: ours are of their columns' kinds."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from tortoise.models import Model

M = TypeVar("M", bound=Model)


def new(model: type[M], **values: object) -> M:
    """As `model(**values)`: what is not named has its default, or is None. To be inserted."""
    usual = _usual(model)
    assert values.keys() <= usual.columns, f"no columns: {values.keys() - usual.columns}"
    row = model.__new__(model)
    row.__dict__.update(
        usual.values,
        **{name: make() for name, make in usual.made.items() if name not in values},
        **values,
        _await_when_save={},
    )
    return row


class _Usual(NamedTuple):
    """What stands in a new row: the same in all, and by column what is made for each."""

    columns: frozenset[str]
    values: Mapping[str, Any]
    made: Mapping[str, Callable[[], Any]]


@cache
def _usual(model: type[Model]) -> _Usual:
    meta = model._meta  # noqa: SLF001  (the ORM has no other way)
    columns = frozenset(meta.fields_db_projection)
    defaults = {name: meta.fields_map[name].default for name in columns}
    values = {name: None if callable(usual) else usual for name, usual in defaults.items()}
    made = {name: usual for name, usual in defaults.items() if callable(usual)}
    kept = {"_saved_in_db": False, "_partial": False, "_custom_generated_pk": False}
    return _Usual(columns, values | kept, made)
