"""How long an answer may be, whatever its document looked like before it ran."""

from collections.abc import Sized
from typing import Any, ClassVar, Final

from graphql import GraphQLList, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from ordergraph.api.documents.limits import LimitExceeded

MOST_ITEMS: Final = 100_000
"""Of all lists of an answer together. Lists without pages are short, and a document's measure takes each for
one item; but they may lie inside of each other: an order's refunds, each with its order's refunds.
"""


class BoundedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Graphql-core's own, that counts the items of lists; raises LimitExceeded."""

    most: ClassVar[int] = MOST_ITEMS
    items = 0

    def take(self, items: int) -> None:
        """Count so many more."""
        self.items += items
        if self.items > self.most:
            raise LimitExceeded("items", self.most, self.items, or_more=True)

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        if isinstance(result, Sized):
            self.take(len(result))
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )
