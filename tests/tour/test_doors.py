"""The last chapter alone: it tells who is let in, and who is not."""

from io import StringIO
from itertools import cycle

import httpx
import pytest
from rich.console import Console

from ordergraph.identity.tokens import Tokens
from ordergraph.tour.client import Person, Servers
from ordergraph.tour.doors import bad_tokens
from ordergraph.tour.narrator import Narrator
from ordergraph.tour.play import Play
from ordergraph.tour.seen import BrokenPromise
from tests.tour.installation import Installation
from tests.tour.liar import liar

OPEN = '{"data": {"now": "2026-11-23T12:00:00.000Z"}}'


async def chapter(urls: tuple[str, ...], token: str, tokens: Tokens | None) -> tuple[str, int]:
    """Play it; return what was told, and how many promises were kept."""
    narrator = Narrator(Console(file=StringIO(), width=100), verbose=True)
    async with httpx.AsyncClient(trust_env=False) as http:
        ada = Person("Ada", token, Servers(urls, http, cycle(urls)), narrator.sent)
        with narrator._console.capture() as told:
            await bad_tokens(Play(ada, ada, ada, ada, narrator, tokens))
    return told.get(), narrator.kept


async def test_both_bad_tokens_are_tried_on_both_transports(installation: Installation) -> None:
    told, kept = await chapter(installation.urls, installation.token("ada"), installation.tokens)

    assert kept == 6
    assert told.count("and no socket") == 2
    assert "the token has expired" in told
    assert told.count("query Now { now }") == 2


async def test_without_the_secret_it_says_what_was_not_tried(installation: Installation) -> None:
    told, kept = await chapter(installation.urls, installation.token("ada"), None)

    assert kept == 3
    assert "no expired token could be made" in told


async def test_a_server_that_lets_a_thief_in_is_found_out() -> None:
    async with liar(OPEN) as url:
        with pytest.raises(BrokenPromise) as broken:
            await chapter((url,), "a.good.token", None)

    promise = "the status should be 401, but is 200"
    assert str(broken.value) == f"A thief brings a forged token: {promise}"
