"""Documents that are written to hurt."""

from collections.abc import Callable


def spreading(levels: int, times: int = 4, leaf: str = "now", on: str = "Query") -> str:
    """Fragments that spread one another: times ** levels leaves in a few hundred bytes."""
    middle = "".join(
        f" fragment F{n} on {on} {{ {f'...F{n + 1} ' * times}}}" for n in range(levels)
    )
    return f"{{ ...F0 }}{middle} fragment F{levels} on {on} {{ {leaf} }}"


def chained(count: int) -> str:
    """Each fragment spreads the next."""
    middle = "".join(f" fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(count))
    return f"{{ ...F0 }}{middle} fragment F{count} on Query {{ now }}"


def circling(count: int) -> str:
    """Each fragment spreads all others, under aliases."""
    return "{ ...F0 }" + "".join(
        f" fragment F{n} on Query {{ "
        + " ".join(f"a{m}: viewer {{ ...F{m} }}" for m in range(count) if m != n)
        + " }"
        for n in range(count)
    )


def wide(count: int) -> str:
    return "{ viewer { " + "unreadNotificationCount " * count + "} }"


def unused(count: int) -> str:
    return "{ now }" + "".join(f" fragment F{n} on Query {{ now }}" for n in range(count))


def listed(count: int) -> str:
    """A long list of short lists."""
    return '{ nodes(ids: ["a"' + ', ["a"]' * count + "]) { id } }"


def aliased(count: int) -> str:
    return "{ " + " ".join(f"a{n}: now" for n in range(count)) + " }"


def nested(brackets: str, depth: int) -> str:
    """An argument, or a selection, that opens and opens."""
    return {
        "[": "{ node(id: " + "[" * depth,
        "[]": "{ node(id: " + "[" * depth + "]" * depth + ") { id } }",
        "{": "{ node(id: " + "{a: " * depth,
        "type": "query ($a: " + "[" * depth + "ID" + "]" * depth + ") { now }",
        "fields": "{a" * depth,
        "inline": "{ ... " * depth,
    }[brackets]


GROWING: dict[str, Callable[[int], str]] = {
    "spreading": spreading,
    "chained": chained,
    "wide": wide,
    "unused": unused,
    "listed": listed,
    "aliased": aliased,
}
