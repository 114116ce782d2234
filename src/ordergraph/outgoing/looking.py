"""Asking where an address leads, before the transaction: none is open while a name server is waited for."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from strawberry.extensions import FieldExtension

from ordergraph.api.context import Info
from ordergraph.kernel.refusal import InvalidInput

FOUND: ContextVar[InvalidInput | None] = ContextVar("ordergraph_webhook_address")


class LookedAt(FieldExtension):
    """Looks at `input.url`, if there is one; what is wrong with it is said only where it is acted on.

    So the repeat of a request that was done is shown what it came to, wherever the name leads now.
    """

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        info.context.require_operator()  # nobody else makes us ask a name server
        FOUND.set(await _problem(info, kwargs["input"].url))
        return await next_(source, info, **kwargs)


async def _problem(info: Info, url: Any) -> InvalidInput | None:
    if not isinstance(url, str):
        return None
    try:
        await info.context.desk.courier.fence.reach(url)
    except InvalidInput as problem:
        return problem
    return None


def require_reachable() -> None:
    """Raise what was found wrong with the address of this mutation."""
    problem = FOUND.get()
    if problem is not None:
        raise problem
