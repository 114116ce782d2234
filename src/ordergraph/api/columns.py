"""Fields that show what stands in a row: nothing is made before it is asked for.

The object of the API holds its row; a field reads from it. Which columns that takes is written on the
field, so that a read can leave out the others.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final

from strawberry.types.field import StrawberryField

from ordergraph.api.scalars import Money, shown

COLUMNS: Final = "columns"
"""Where a field's metadata names the columns that it reads."""
PLAIN: Final = "plain"
"""Where it names the one column that it shows as it is."""
STANDS: Final = "stands"
"""Where it names the one column in which what is shown stands, whatever is made of it in Python."""
MINOR: Final = "minor"
"""Where it names the one column whose minor units it shows as Money."""
SAYS: Final = "says"
"""Where it has an expression of SQL over `{row}` that comes to the same; null is null."""


def column(name: str, description: str) -> Any:
    """The field of a type that has `row`: this column of it, as it is."""
    return _reads(attrgetter(f"row.{name}"), (name,), description, {PLAIN: name, STANDS: name})


def word_column(words: Any, name: str, description: str) -> Any:
    """The field of a type that has `row`: the word that this column of text names; null is null."""
    named = attrgetter(f"row.{name}")

    def look(source: Any) -> object:
        word = named(source)
        return None if word is None else words[word]

    return _reads(look, (name,), description, {STANDS: name})


def text_or_null(name: str, description: str) -> Any:
    """The field of a type that has `row`: a text that somebody may have left out, which is null then."""
    look, says = attrgetter(name), f"nullif({{row}}.{name}, '')"
    return derived(lambda row: look(row) or None, (name,), description, says=says)


def money_column(name: str, description: str, *, of: tuple[str, ...] = ()) -> Any:
    """Minor units as Money: a column, or what the row makes `of` these; the type has `currency`."""
    minor = attrgetter(f"row.{name}")
    return _reads(
        lambda source: money(minor(source), source.currency),
        of or (name,),
        description,
        {} if of else {MINOR: name},
    )


def money(minor: int | None, currency: str) -> Money | None:
    """Minor units as they are shown; null is null."""
    return None if minor is None else shown(minor, currency)


def derived(
    look: Callable[[Any], object], columns: tuple[str, ...], description: str, *, says: str = ""
) -> Any:
    """Something that these columns of the row come to; `says`: the same in SQL, if it is no object."""
    return _reads(
        lambda source: look(source.row), columns, description, {SAYS: says} if says else {}
    )


def _reads(
    look: Callable[[Any], object],
    columns: tuple[str, ...],
    description: str,
    shows: Mapping[str, str],
) -> Any:
    """A plain field of Strawberry's whose attribute is a property: __init__ knows nothing of it."""
    field = StrawberryField(
        default=property(look), description=description, metadata={COLUMNS: columns, **shows}
    )
    field.init = field.repr = field.compare = False
    return field
