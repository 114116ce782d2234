"""What is asked of the schema alone is worked out once: the schema stays, and everybody is told the same.

The standard query of GraphiQL and of code generators takes as long as a hundred screens of a phone, during
which this process answers nobody else.
"""

from collections import OrderedDict
from typing import Any, Final

import orjson
from orjson import Fragment
from strawberry import Schema
from strawberry.types import ExecutionResult

from ordergraph.api.documents.library import Document

KEPT: Final = 10
"""So many answers are kept, those that were asked for last: the standard query's has 400,000 letters."""

Key = tuple[Schema, Document, str | None, bytes]


class Answers:
    """Of one process. Errors are not kept: there are any number of them."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Key, dict[str, Fragment]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def key(
        self,
        schema: Schema,
        document: Document,
        name: str | None,
        variables: dict[str, Any] | None,
    ) -> Key | None:
        """What the answer of this operation is kept by; None where it asks for more than the schema."""
        if document.problems or not document.operation(name).is_about_schema:
            return None
        try:
            said = orjson.dumps(variables or {}, option=orjson.OPT_SORT_KEYS)
        except TypeError:
            return None
        return schema, document, name, said

    def get(self, key: Key) -> ExecutionResult | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return ExecutionResult(data=dict(found), errors=None)

    def keep(self, key: Key, result: ExecutionResult) -> ExecutionResult:
        """The same result."""
        if result.data is not None and not result.errors:
            told = {name: Fragment(orjson.dumps(value)) for name, value in result.data.items()}
            self._kept[key] = told
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return result


KNOWN: Final = Answers()
