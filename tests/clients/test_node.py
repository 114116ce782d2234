"""What people really use, unchanged, against one real server: each client checks itself in Node.js.

Without a Node.js of the machine's the tests fetch one as a wheel; where that fails, they fail.
"""

import pytest

from tests.clients.bench import Bench

CLIENTS = {
    "apollo": "Apollo Client 4 over HTTP: cache, errors, keys, pages",
    "apollo_live": "Apollo Client's subscriptions: parts over HTTP, GraphQLWsLink over a socket",
    "audit": "graphql-http's audit of GraphQL over HTTP, all 61 sentences",
    "trusted": "a server that runs the documents of a manifest alone, by id and by text",
    "urql": "urql with its document cache and with graphcache, and every way to subscribe",
    "sockets": "graphql-ws: operations, pings, close codes, a server that is restarted",
    "events": "graphql-sse: each operation on a connection of its own",
    "relay": "relay-compiler over every Node type and connection, relay-runtime over the market",
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_works_as_it_comes_out_of_its_box(bench: Bench, client: str) -> None:
    """H1, P1, P2. The sentences are in tests/clients/node/*.mjs."""
    said = bench.run(f"{client}.mjs")

    assert "✔" in said


def test_a_linter_of_schemas_finds_nothing(packed: Bench) -> None:
    assert packed.run("lint.mjs").count("✔") == 2


def test_generators_of_typescript_and_kotlin_take_the_contract(packed: Bench) -> None:
    """P3."""
    said = packed.run("generate.mjs")

    assert said.count("✔") == 2
