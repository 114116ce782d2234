"""What all mutations share: one that lost a tie inside Postgres is simply run again."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from ordergraph.infra.database import again


class Again(FieldExtension):
    """For mutations that commit once, which are all but orderPlace."""

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: Any,
        info: strawberry.Info,
        **kwargs: Any,
    ) -> Any:
        return await again(lambda: next_(source, info, **kwargs))


mutation = partial(strawberry.mutation, extensions=[Again()])
