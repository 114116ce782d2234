"""Signed links: good for one purpose, until their time, and only as we wrote them."""

import pytest

from ordergraph.files.links import BadLink, Links
from tests.market import DAY, NOON

LINKS = Links.of("s" * 40, "http://test/")


def test_a_link_says_what_it_was_given_until_the_second() -> None:
    token = LINKS.sign("get", {"key": "k"}, NOON + DAY)

    assert LINKS.read("get", token, NOON)["key"] == "k"
    with pytest.raises(BadLink, match="out of date"):
        LINKS.read("get", token, NOON + DAY)


def test_a_link_serves_no_other_purpose() -> None:
    with pytest.raises(BadLink, match="something else"):
        LINKS.read("put", LINKS.sign("get", {}, NOON + DAY), NOON)


def test_a_link_of_another_secret_is_forged() -> None:
    foreign = Links.of("t" * 40, "http://test").sign("get", {}, NOON + DAY)

    with pytest.raises(BadLink, match="not signed"):
        LINKS.read("get", foreign, NOON)


def test_no_changed_letter_is_taken() -> None:
    token = LINKS.sign("get", {"key": "k"}, NOON + DAY)

    for place in range(len(token)):
        for letter in "A_":
            changed = token[:place] + letter + token[place + 1 :]
            if changed != token:
                with pytest.raises(BadLink):
                    LINKS.read("get", changed, NOON)


@pytest.mark.parametrize("token", ["", ".", "a.b", "ä.b", "=" * 10, "A" * 5000, "a.b.c", " . "])
def test_what_is_no_link_is_bad(token: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read("get", token, NOON)


def test_the_key_is_not_the_secret_and_is_not_shown() -> None:
    assert LINKS.key != b"s" * 40
    assert "key" not in repr(LINKS)
