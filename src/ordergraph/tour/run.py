"""Running the tour: the stage, the cast, the story."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Final

import httpx
from rich.console import Console

from ordergraph.personas import PERSONAS
from ordergraph.tour.client import Person, Servers
from ordergraph.tour.narrator import Narrator
from ordergraph.tour.play import SHOP, Play
from ordergraph.tour.seen import BrokenPromise, Seen
from ordergraph.tour.socket import LOOPBACK
from ordergraph.tour.stage import Stage, stage
from ordergraph.tour.story import STORY, Story, tell

ANSWER_S: Final = 120.0
"""Moving the clock does all that falls due on the way, which takes a while in a big market."""
DIRECT: Final = {f"all://{host}": None for host in LOOPBACK}
"""No proxy of the environment leads to this machine."""
CAST: Final = {"ada": "Ada", "ben": "Ben", SHOP: "Nordic Lamps", "olga": "Olga"}


def run(
    urls: Sequence[str],
    tokens: Mapping[str, str],
    console: Console,
    *,
    verbose: bool,
    story: Story = STORY,
) -> None:
    """Play it; BrokenPromise, with one line, at the first thing that is not as promised.

    Several URLs are the API processes of one installation. `tokens` are by persona.
    """
    narrator = Narrator(console, verbose=verbose)
    with stage(urls, tokens, narrator.says) as found:
        asyncio.run(_play(found, narrator, story))


async def _play(found: Stage, narrator: Narrator, story: Story) -> None:
    async with httpx.AsyncClient(timeout=ANSWER_S, mounts=DIRECT) as http:
        servers = Servers(found.urls, http, cycle(found.urls))
        tokens = await _tokens(found, http)
        people = {
            name: Person(shown, tokens[name], servers, narrator.sent)
            for name, shown in CAST.items()
        }
        ada, ben, lamps, olga = people.values()
        narrator.says(f"Playing at {' and '.join(found.urls)}.")
        await tell(Play(ada, ben, lamps, olga, narrator, found.tokens), story)


async def _tokens(found: Stage, http: httpx.AsyncClient) -> dict[str, str]:
    """Tokens that were given, else made with the secret, else those that the server gives out."""
    if found.tokens is not None:
        made = {someone.name: someone.token(found.tokens) for someone in PERSONAS}
    elif missing_from(found.given):
        made = await _given_out(found.urls[0], http)
    else:
        made = {}
    tokens = {**made, **found.given}
    if missing := missing_from(tokens):
        raise BrokenPromise(
            f"no token for {', '.join(missing)}: give --token NAME=TOKEN, or set"
            " ORDERGRAPH_JWT_SECRET to the installation's"
        )
    return tokens


def missing_from(tokens: Mapping[str, str]) -> list[str]:
    return [name for name in CAST if name not in tokens]


async def _given_out(url: str, http: httpx.AsyncClient) -> dict[str, str]:
    """In development an installation gives out the tokens of its personas."""
    try:
        response = await http.get(f"{url}/dev/personas")
        people: Any = response.json() if response.is_success else []
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise BrokenPromise(f"{url} does not answer: {problem or type(problem).__name__}") from None
    except ValueError:
        people = []
    found = Seen({"people": people}, url).each("people")
    return {someone.text("name"): someone.text("token") for someone in found}
