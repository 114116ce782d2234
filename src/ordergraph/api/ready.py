"""Fields whose answer may be ready: a read has brought along what their loaders would ask for.

A hot list reads orders with their lines and refunds in one statement, and hands them to the loaders.
The resolver of such a field then ends without ever waiting, so nobody needs a task or a turn of the
event loop for it. Where nothing was brought along, it waits for its loader like any other.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import orjson
import strawberry
from strawberry.types.field import StrawberryField

T = TypeVar("T")
Nodes: TypeAlias = tuple[int, ...]
"""The ids of all nodes of a document that one field of the answer stands for."""


class NotReady(Exception):
    """It would have to wait for this, if it is known for what."""

    def __init__(self, wait: "asyncio.Future[Any] | None" = None) -> None:
        super().__init__()
        self.wait = wait


class Verbatim(strawberry.Info):
    """What a resolver is told whose answer goes by compiled code, and becomes JSON: parts of it may be
    JSON already; or all of it, where it is one object.
    """


class Ready:
    """Of a type some of whose fields may have been answered by what read the object."""

    written: Mapping[Nodes, orjson.Fragment] = MappingProxyType({})
    """JSON, by what it answers; an object that has some has an attribute of its own."""


class LoadedField(StrawberryField):
    """A field whose async resolver awaits loaders, other such resolvers, and nothing else.

    That is a promise of whoever declares it: `at_once` may begin the resolver and drop it where it
    waits for the first time, and no harm is done, for the loaders remember what they were asked.
    """


def loaded(description: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a resolver as such a field."""
    return LoadedField(description=description)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What it comes to, if it need not wait; raises NotReady, and whatever the work raises."""
    try:
        future = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    if future is None:
        raise NotReady
    future._asyncio_future_blocking = False  # noqa: SLF001  (asyncio would take whoever awaits it next for this one)
    raise NotReady(future)
