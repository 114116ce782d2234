"""Documents are read and validated once, and kept within bounds: shown by counters, not by time."""

import pytest
from graphql import get_introspection_query

from ordergraph.api.documents.library import Library, Unfit
from ordergraph.api.documents.limits import Limits
from ordergraph.schema import schema

SCHEMA = schema._schema
NODES = (
    "query ($n: Int!) { viewer { purchases(first: $n) { nodes { timeline { nodes { id } } } } } }"
)


def test_the_same_text_is_read_once() -> None:
    library = Library(Limits())

    opened = [library.open(SCHEMA, "{ now }", None, {}) for _ in range(3)]

    assert opened[0] is opened[1] is opened[2]
    assert (library.misses, library.hits, len(library)) == (1, 2, 1)


def test_what_variables_ask_for_is_weighed_each_time() -> None:
    """Q6: the document is read once, its formula worked out for each request."""
    library = Library(Limits())

    library.open(SCHEMA, NODES, None, {"n": 90})
    with pytest.raises(Unfit):
        library.open(SCHEMA, NODES, None, {"n": 100})
    library.open(SCHEMA, NODES, None, {"n": 90})

    assert (library.misses, library.hits) == (1, 2)


def test_no_more_are_kept_than_may_be_and_the_least_used_goes_first() -> None:
    library = Library(Limits(), most=2)

    for name in ("a", "b", "a", "c"):
        library.open(SCHEMA, f"query {name} {{ now }}", None, {})
    before = library.hits
    library.open(SCHEMA, "query a { now }", None, {})

    assert len(library) == 2
    assert library.hits == before + 1


def test_their_texts_together_are_no_longer_than_they_may_be() -> None:
    library = Library(Limits(), most_bytes=1_000)

    for n in range(50):
        library.open(SCHEMA, f"query Q{n:03} {{ now }}" + " " * 80, None, {})
        assert library.bytes <= 1_000
    library.open(SCHEMA, "{ now }" + " " * 2_000, None, {})

    assert (library.bytes, len(library)) == (0, 0)


def test_a_document_that_cannot_run_takes_no_room() -> None:
    library = Library(Limits())

    assert library.open(SCHEMA, "{ nothing }", None, {}).problems

    assert (library.bytes, len(library)) == (0, 0)


@pytest.mark.parametrize(
    ("document", "variables", "price"),
    [
        ("{ now }", {}, 1),
        ("{ viewer { purchases(first: 20) { nodes { id number status } } } }", {}, 1),
        ("query ($n: Int) { viewer { purchases(first: $n) { nodes { id } } } }", {"n": 90}, 1),
        (NODES, {"n": 90}, 10),  # a timeline has a hundred, unless told
        ("mutation { a: orderShip b: orderShip }", {}, 2),
        ("{ __typename }", {}, 1),
        ("{ __schema { queryType { name } } }", {}, 1),
        ('{ __type(name: "Order") { fields { name } } }', {}, 1),
        ("{ __schema { types { fields { name } } } }", {}, 2),
    ],
)
def test_what_answers_much_counts_as_several_operations(
    document: str, variables: dict[str, int], price: int
) -> None:
    """R2: a thousand fields are one, those of introspection too, a field of a mutation is one."""
    opened = Library(Limits()).open(SCHEMA, document, None, variables)

    assert opened.price(None, variables) == price


def test_the_whole_schema_counts_as_what_it_answers() -> None:
    """R2: its 20,000 fields as some thirty thousand, for not all of them are wrapped three times."""
    opened = Library(Limits()).open(SCHEMA, get_introspection_query(), None, {})

    assert 20 <= opened.price(None, {}) <= 40
