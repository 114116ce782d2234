"""A socket that closed is gone at once (W5): nothing of it waits until garbage is looked for."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest

from ordergraph.infra.wire import Handshakes, Wire
from ordergraph.schema import schema
from ordergraph.transports.broadcasts import Broadcast
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from ordergraph.transports.places import Places
from ordergraph.transports.sockets.conversation import Conversation
from ordergraph.transports.sockets.streams import Stream
from ordergraph.transports.sockets.term import Term
from tests.api.doors import bearer
from tests.market import TOKENS, Market, gid
from tests.transports.lines import phone, served
from tests.transports.test_slow import ORDER, changed, emptied

THREAD: Final = "subscription { notificationAdded { cursor } }"
OURS: Final = (Broadcast, Conversation, Handshakes, Stream, Term, Wire)


@pytest.fixture
def _nobody_cleans_up() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _left() -> Counter[str]:
    return Counter(type(o).__name__ for o in gc.get_objects() if type(o) in OURS)


@pytest.mark.usefixtures("_nobody_cleans_up")
@pytest.mark.parametrize("ending", ["it hangs up", "it is hung up on", "in the middle of it"])
async def test_nothing_is_left_of_a_socket(market: Market, ending: str) -> None:
    order, places = await market.place(), Places()
    async with served(Endpoint(Front(schema, market.desk, TOKENS, places=places))) as url:
        for _ in range(3):
            async with phone(url) as line:
                await line.init(**bearer())
                await line.subscribe(THREAD, id_="2")
                await line.subscribe(ORDER, id=gid("Order", order.id))
                await line.hear()
                assert len(_left()) == len(OURS), "each of them is there meanwhile"
                if ending == "it is hung up on":
                    await line.send("nonsense")
                    assert await line.closed() == 4400
                elif ending == "in the middle of it":
                    await changed(market, order)
                    line.line.transport.abort()
            await emptied(places)
        await asyncio.sleep(0.1)

        assert not _left()
