"""A built GraphiQL, served by a real server and opened in a real Chromium."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn

from ordergraph.graphiql import build
from tests.graphiql import browser, chromium, stand_in


@pytest.fixture(scope="session")
def built() -> None:
    build.build()


@pytest.fixture(scope="session")
def live_server_url() -> Iterator[str]:
    build.build()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(stand_in.app(), ws="websockets-sansio", log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="session")
def a_chromium() -> chromium.Chromium:
    return chromium.find()


@pytest.fixture
async def page(a_chromium: chromium.Chromium) -> AsyncIterator[browser.Page]:
    async with browser.page(a_chromium) as tab:
        await tab.look(width=1440, height=900, scheme="light")
        yield tab
