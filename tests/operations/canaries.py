"""Words that must be in no log: put into every text that a client can send."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

ROOT: Final = Path(__file__).parents[2]
CANARY: Final = "Canary7f3a"
CARD: Final = "4242424242424242"
TEXT: Final = f"{CANARY} wrote to canary7f3a@example.org about {CARD}"
WORDS: Final = (CANARY.lower(), CARD)
NUMBERS: Final = {"Int": 1, "Float": 1.5, "Boolean": True, "Decimal": "12.30"}
DEPTH: Final = 4


def heard(log: str) -> list[str]:
    """The lines in which a canary sings."""
    return [line for line in log.splitlines() if any(word in line.lower() for word in WORDS)]


def mutations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each mutation of the schema with a document, and canaries in each of its inputs."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        given = {arg: _value(schema, a.type, arg) for arg, a in field.args.items()}
        declared = ", ".join(f"${arg}: {a.type}" for arg, a in field.args.items())
        passed = ", ".join(f"{arg}: ${arg}" for arg in field.args)
        inside = f"({passed})" if passed else ""
        outside = f"({declared})" if declared else ""
        yield (
            name,
            f"mutation {CANARY}{outside} {{ {CANARY}: {name}{inside} {{ __typename }} }}",
            given,
        )


def _value(schema: GraphQLSchema, kind: GraphQLInputType, name: str, depth: int = 0) -> Any:
    if is_non_null_type(kind):
        assert isinstance(kind, GraphQLNonNull)
        return _value(schema, kind.of_type, name, depth)
    if is_list_type(kind):
        assert isinstance(kind, GraphQLList)
        return [_value(schema, kind.of_type, name, depth)]
    named = get_named_type(kind)
    if is_input_object_type(named):
        assert isinstance(named, GraphQLInputObjectType)
        return {
            f: _value(schema, inner.type, f, depth + 1)
            for f, inner in named.fields.items()
            if depth < DEPTH or _is_needed(inner)
        }
    return _leaf(named)


def _is_needed(field: GraphQLInputField) -> bool:
    return is_non_null_type(field.type)


def _leaf(named: GraphQLNamedType) -> Any:
    if is_enum_type(named):
        return next(iter(named.values))
    return NUMBERS.get(named.name, TEXT)


MALFORMED: Final[tuple[tuple[bytes, str], ...]] = (
    (f'{{"query": "{TEXT}'.encode(), "application/json"),
    (f'["{TEXT}"]'.encode(), "application/json"),
    (f'"{TEXT}"'.encode(), "application/json"),
    (b'{"query": "' + b"\xff\xfe" + TEXT.encode() + b'"}', "application/json"),
    (f'{{"query": "{{ __typename }}", "variables": "{TEXT}"}}'.encode(), "application/json"),
    (f'{{"query": "{{ __typename }}", "operationName": "{TEXT}"}}'.encode(), "application/json"),
    (f'{{"query": "{{ __typename }}", "extensions": {{"{TEXT}": 1}}}}'.encode(), "application/json"),
    (TEXT.encode(), "text/plain"),
    (f"query={TEXT}".encode(), "application/x-www-form-urlencoded"),
    (f'--x\r\ncontent-disposition: form-data; name="{TEXT}"\r\n\r\n{TEXT}\r\n--x--'.encode(),
     "multipart/form-data; boundary=x"),
    (TEXT.encode(), f"application/{CANARY}"),
    (f'{{"query": "{TEXT}{"x" * 200_000}"}}'.encode(), "application/json"),
)  # fmt: skip

DOCUMENTS: Final = (
    f'{{ order(id: "{TEXT}") {{ id }} }}',
    f"{{ {CANARY} }}",
    f"{{ {CANARY}: __typename @{CANARY} }}",
    f"query {CANARY}(${CANARY}: {CANARY}) {{ __typename }}",
    f"{{ ...{CANARY} }}",
    f'{{ node(id: "{CANARY}',
    f'{{ orders(first: 1, after: "{TEXT}") {{ nodes {{ id }} }} }}',
    f"{{ reasons(context: {CANARY}) {{ handle }} }}",
    f'mutation {{ messageSend(input: {{disputeId: "x", body: "{TEXT}\\u0000"}}) {{ __typename }} }}',
    f"# {TEXT}\n{{ viewer {{ user {{ id }} }} }}",
)  # fmt: skip

FRAMES: Final[tuple[str | bytes, ...]] = (
    TEXT,
    TEXT.encode(),
    f'{{"type": "{TEXT}"}}',
    f'["{TEXT}"]',
    f'{{"type": "subscribe", "id": "{TEXT}", "payload": "{TEXT}"}}',
    f'{{"type": "subscribe", "id": ["{TEXT}"], "payload": {{"query": "{CANARY}"}}}}',
    f'{{"type": "ping", "payload": "{TEXT}"}}',
    f'{{"type": "complete", "id": "{TEXT}"}}',
    f'{{"type": "connection_init", "payload": {{"authorization": "Bearer {TEXT}"}}}}',
)

PATHS: Final = (
    f"/{CANARY}",
    f"/files/{CANARY}",
    f"/packs/{CANARY}",
    f"/documents/{CANARY}",
    f"/graphiql/static/{CANARY}",
    f"/graphql?{CANARY}={CARD}",
    f"/graphql/{CANARY}",
    f"/livez?{CANARY}",
    f"/readyz?{CANARY}",
    f"/metrics?{CANARY}",
)
