"""Every frame that a client should not send, over a real socket to a real server. Promise W1."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ordergraph import app as application
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from tests.api.doors import TOKENS, bearer
from tests.market import Market
from tests.transports.frames import FINE, FRAMES, Frame, When
from tests.transports.lines import phone, served
from tests.transports.serving import settings

RUNS = "subscription { notificationAdded { cursor } }"


@pytest.fixture(scope="module")
async def url(database: str) -> AsyncIterator[str]:  # noqa: ARG001  (what runs reads from it)
    """One server for all of them, with all that stands before it: none of them harms it."""
    app = application.build(settings())
    app.state.graphql = Endpoint(Front(schema, Market(files=Path("never-made")).desk, TOKENS))
    async with served(app) as address:
        yield address


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
async def test_a_frame_that_is_no_message_ends_the_line_with_its_code(
    url: str, frame: Frame
) -> None:
    """W1: never 1006 or 1011."""
    async with phone(url) as line:
        if frame.when is not When.NEW:
            await line.init(**bearer("ada"))
        if frame.when is When.BUSY:
            await line.subscribe(RUNS)
        await line.send(frame.data, text=frame.as_text)

        assert await line.closed() == frame.code


@pytest.mark.parametrize("frame", FINE)
async def test_a_frame_that_only_looks_odd_is_taken(url: str, frame: str) -> None:
    async with phone(url) as line:
        await line.init()
        await line.send(frame)

        assert await line.is_alive()


async def test_the_reason_says_what_was_wrong_and_nothing_of_what_was_sent(url: str) -> None:
    """E2: and it fits into a close frame."""
    async with phone(url) as line:
        await line.init()
        await line.say("subscribe", id="1", payload={"query": 5, "variables": "secret" * 100})

        said = await line.hear()

    assert said == {
        "closed": 4400,
        "reason": "Invalid message received: `query` is a string, or null.",
    }


async def test_a_long_id_that_runs_already_is_named_as_far_as_there_is_room(url: str) -> None:
    async with phone(url) as line:
        await line.init(**bearer("ada"))
        for _ in range(2):
            await line.subscribe(RUNS, id_="ü" * 1000)

        said = await line.hear()

    assert said["closed"] == 4409
    assert said["reason"].startswith("Subscriber for üüü")
    assert len(said["reason"].encode()) <= 123


async def test_a_message_in_a_thousand_pieces_is_taken_and_in_endless_ones_is_not(url: str) -> None:
    """W5: pieces without a byte in them are not bounded by a message's length."""
    async with phone(url) as line:
        await line.init()
        whole = '{"type": "ping", "payload": {"are you": "there"}}'
        await line.line.send(iter([*whole, *[""] * 500]))
        assert (await line.hear())["type"] == "pong"

        await line.line.send("" for _ in range(5000))

        assert await line.closed() == 1009
