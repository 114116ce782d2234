"""What all mutations share: done once for each key, and run again when they lost a tie inside Postgres.

first     one transaction: the key, the effect, and beside the key what it came to; then whatever
          has to follow outside of it
repeat    the same key finds what it came to, and it is shown as it stands now
refused   everything is rolled back, the key with it: the next try may succeed
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from ordergraph.api.context import Info, refresh
from ordergraph.api.fingerprint import fingerprint
from ordergraph.api.idempotency import EXEMPT, key_of, keys_of
from ordergraph.api.replay import rebuilt, result_of
from ordergraph.infra.database import again
from ordergraph.infra.idempotency import Deed, Result

Act = Callable[[], Awaitable[Any]]
Then = Callable[[Info, Any, bool], Awaitable[None]]
"""What follows the commit of a success, outside the transaction; after a repeat (True), too."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed came to. `success` is what the resolver returned; None when it was done before."""

    result: Result
    success: Any


class Once(FieldExtension):
    """Owns the transaction of a mutation, so that key, effect and result commit together."""

    def __init__(self, then: Then | None) -> None:
        self._then = then

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        deed = Deed(
            user_id=info.context.require_user(),
            key=key_of(info),
            mutation=info.field_name,
            fingerprint=fingerprint(kwargs),
        )
        try:
            done = await again(lambda: _once(info, deed, lambda: next_(source, info, **kwargs)))
        finally:
            refresh()  # what was looked up inside is as old as the transaction
        success = done.success or await rebuilt(info, done.result)
        if self._then is None:
            return success
        try:
            await self._then(info, success, done.success is None)
        finally:
            refresh()
        return await rebuilt(info, done.result)


async def _once(info: Info, deed: Deed, act: Act) -> Done:
    context = info.context
    refresh()
    async with context.desk.edge.once(deed, context.actor, context.request_id) as once:
        if once.before is not None:
            return Done(once.before, None)
        refresh(once.tx)
        success = await act()
        once.result = result_of(success)
    return Done(once.result, success)


class Exempt(FieldExtension):
    """A mutation that needs no key waits, too, until the keys of those beside it are in order."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        if info.context.identity is not None:
            keys_of(info)
        refresh()
        return await next_(source, info, **kwargs)


class Again(FieldExtension):
    """For exempt mutations that commit once."""

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        return await again(lambda: next_(source, info, **kwargs))


def mutation(
    *,
    description: str,
    then: Then | None = None,
    exempt: str | None = None,
    before: FieldExtension | None = None,
) -> Any:
    """A mutation in one transaction. `exempt` is the reason why it needs no key.

    `before` asks the world outside, while no transaction is open.
    """
    if exempt is not None:
        return exempt_mutation(description=description, because=exempt, commits_once=True)
    outward = [Once(then), *([before] if before else [])]  # Strawberry's last is around the others
    return strawberry.mutation(description=description, extensions=outward)


def exempt_mutation(*, description: str, because: str, commits_once: bool = False) -> Any:
    """A mutation that needs no key."""
    extensions: list[FieldExtension] = [Exempt(), Again()] if commits_once else [Exempt()]
    return strawberry.mutation(
        description=description, extensions=extensions, metadata={EXEMPT: because}
    )
