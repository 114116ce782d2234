"""Parts that anybody's package may bring: found by name among entry points, with options of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts of one kind: their factories are the entry points of this group.

    `unusable` is raised, with one line that quotes no value, for a part that cannot be used as this
    installation is set up.
    """

    kind: str
    group: str
    unusable: type[Exception]

    def load(self, name: str) -> Any:
        """Return the factory of the part of that name."""
        found = entry_points(group=self.group, name=name)
        if not found:
            known = ", ".join(sorted(point.name for point in entry_points(group=self.group)))
            raise self.unusable(f"no {self.kind} is called {name!r}; installed are: {known}")
        point = next(iter(found))
        try:
            return point.load()
        except ImportError as missing:
            package = point.dist.name if point.dist else "its package"
            raise self.unusable(
                f"the {self.kind} {name!r} is not wholly installed ({missing});"
                f" try: pip install '{package}[{name}]'"
            ) from None

    def only(self, options: Mapping[str, str], *known: str) -> Mapping[str, str]:
        """Return the options, if this part knows all of them."""
        for name in sorted(set(options) - set(known)):
            raise self.unusable(
                f"the {self.kind} knows no option {name!r}; it knows: {', '.join(known) or 'none'}"
            )
        return options
