"""The languages that sentences for people come in."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

LANGUAGES: Final = ("en", "de")
DEFAULT: Final = LANGUAGES[0]
USUAL: Final = 100
"""Characters."""
KINDS: Final = 200
"""So many different headers are remembered."""


def preferred(accept_language: str) -> str:
    """Pick ours from an Accept-Language header (RFC 9110 §12.5.4); English when none fits.

    Clients of a kind send the same, so those of usual length are read once.
    """
    return (_remembered if len(accept_language) <= USUAL else _picked)(accept_language)


def _picked(accept_language: str) -> str:
    wishes: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        wishes.append((_quality(parameter), tag.split("-")[0].lower()))
    for quality, language in sorted(wishes, key=lambda wish: -wish[0]):
        if language in LANGUAGES and quality > 0:
            return language
    return DEFAULT


_remembered = lru_cache(KINDS)(_picked)


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def say(sentences: Mapping[str, str], language: str, facts: Mapping[str, object]) -> str:
    """Fill the sentence of that language with the facts."""
    return sentences.get(language, sentences[DEFAULT]).format_map(facts)
