"""A request's headers, found by their names: a dozen are looked for in each request, most of them in vain."""

from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope


class Heads(Headers):
    """Starlette's, which walks through all of them for each."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._named = dict(self._list)
        self._repeats = len(self._named) < len(self._list)

    def getlist(self, key: str) -> list[str]:
        if self._repeats:
            return super().getlist(key)
        found = self._named.get(key.lower().encode("latin-1"))
        return [] if found is None else [found.decode("latin-1")]

    def get(self, key: str, default: Any = None) -> Any:
        """The first of them."""
        return found[0] if (found := self.getlist(key)) else default

    def __contains__(self, key: Any) -> bool:
        return key.lower().encode("latin-1") in self._named


class Asking(Request):
    """Starlette's request, with these headers."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._headers = Heads(scope)  # where Starlette keeps them
