"""Columns that every model uses; the annotation beside each column is its type."""

from typing import Any
from uuid import uuid4

from tortoise import fields
from uuid_utils.compat import uuid7

from ordergraph.kernel.words import Words


def identity() -> Any:
    """A primary key that sorts by time of creation and cannot be guessed (UUID version 7)."""
    return fields.UUIDField(primary_key=True, default=uuid7)


def blank_identity() -> Any:
    """A primary key that tells nothing, not even when its row was made (UUID version 4)."""
    return fields.UUIDField(primary_key=True, default=uuid4)


def given_name(length: int) -> Any:
    """A primary key that somebody else has chosen."""
    return fields.CharField(max_length=length, primary_key=True)


def word(kind: type[Words], *, null: bool = False, usual: Words | None = None) -> Any:
    """One of our enums as text. The explicit description keeps its members out of migrations."""
    usually: dict[str, Any] = {"default": usual, "db_default": usual.value} if usual else {}
    return fields.CharEnumField(
        kind, max_length=32, null=null, description=kind.__name__, **usually
    )


def belongs_to(model: str, *, null: bool = False, indexed: bool = True) -> Any:
    """A foreign key with its index (Tortoise makes none) and without a way back: queries ask for it.

    Not `indexed`: another index begins with it, and each one more is written at every change.
    """
    kind: Any = fields.ForeignKeyField
    return kind(
        model, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=indexed, null=null
    )


def text(length: int, *, null: bool = False, unique: bool = False) -> Any:
    """A short text of at most so many characters."""
    kind: Any = fields.CharField
    return kind(max_length=length, null=null, unique=unique)


def flag(*, default: bool | None = None) -> Any:
    """True or false; without a default it has to be said."""
    return fields.BooleanField() if default is None else fields.BooleanField(default=default)
