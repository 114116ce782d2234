"""A built GraphiQL, served by a real server and opened in a real Chromium."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from ordergraph.graphiql import build
from ordergraph.infra import running
from tests.graphiql import browser, chromium


@pytest.fixture(scope="session")
def built() -> None:
    build.build()


@pytest.fixture(scope="session")
def live_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `make dev` runs, with its small market."""
    build.build()
    folder = tmp_path_factory.mktemp("dev")
    outside = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
    env = outside | {"ORDERGRAPH_DATA_DIR": str(folder), "ORDERGRAPH_PORT": "0"}
    command = [sys.executable, "-m", "ordergraph.cli", "dev", "--with-parent"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        yield _address(process, folder)
    finally:
        process.terminate()
        process.wait(timeout=15)


def _address(process: subprocess.Popen[bytes], folder: Path) -> str:
    """Wait until it answers; it writes into its data folder where."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        note = running.read(folder)
        url = f"http://{note.get('ORDERGRAPH_HOST')}:{note.get('ORDERGRAPH_PORT')}"
        with contextlib.suppress(httpx.TransportError, httpx.InvalidURL):
            if note and httpx.get(f"{url}/readyz").is_success:
                return url
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text())


@pytest.fixture(scope="session")
def a_chromium() -> chromium.Chromium:
    return chromium.find()


@pytest.fixture
async def page(a_chromium: chromium.Chromium) -> AsyncIterator[browser.Page]:
    async with browser.page(a_chromium) as tab:
        await tab.look(width=1440, height=900, scheme="light")
        yield tab
