"""Drives a real headless Chromium over the DevTools protocol and logs all it asks for."""

import asyncio
import base64
import contextlib
import json
import os
import tempfile
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.graphiql.chromium import Chromium

FLAGS = (
    "--headless",
    "--no-sandbox",  # as root there is none, and the pages are ours
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # a request to the outside fails
    "--remote-debugging-port=0",
)
PATIENCE_S = 20


class Page:
    """One tab, with its requests, sockets and complaints."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = ""
        self.requests: list[dict[str, Any]] = []
        self.sockets: list[str] = []
        self.frames_sent: list[dict[str, Any]] = []
        self.complaints: list[str] = []

    async def open(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")
        await self.call(  # workers ask for files too
            "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True
        )

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps(message))
        try:
            return await asyncio.wait_for(self._answers[number], PATIENCE_S)
        finally:
            del self._answers[number]

    async def listen(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answer(message)
            else:
                await self._hear(message["method"], message["params"])

    def _answer(self, message: dict[str, Any]) -> None:
        waiting = self._answers.get(message["id"])
        if waiting is None or waiting.done():
            return
        if "error" in message:
            waiting.set_exception(RuntimeError(str(message["error"])))
        else:
            waiting.set_result(message["result"])

    async def _hear(self, method: str, params: dict[str, Any]) -> None:
        self._log(method, params)
        if method == "Target.attachedToTarget":
            await self._send_to(params["sessionId"], "Network.enable", {})
        elif method == "Fetch.requestPaused":
            answer = {"requestId": params["requestId"], "responseCode": 404}
            await self._send_to(self._session, "Fetch.fulfillRequest", answer)

    def _log(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requests.append(params["request"])
            case "Network.webSocketCreated":
                self.sockets.append(params["url"])
            case "Network.webSocketFrameSent":
                self.frames_sent.append(json.loads(params["response"]["payloadData"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(params["entry"]["text"][:500])
            case "Runtime.consoleAPICalled" if params["type"] == "error":
                self.complaints.append(json.dumps(params["args"])[:500])
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                self.complaints.append(details.get("exception", details).get("description", ""))

    async def _send_to(self, session: str, method: str, params: dict[str, Any]) -> None:
        message = {"id": next(self._ids), "method": method, "params": params, "sessionId": session}
        await self._socket.send(json.dumps(message))

    async def visit(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def make_absent(self, pattern: str) -> None:
        """Answer 404 for addresses like this, as a server without that route does."""
        await self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    async def evaluate(self, expression: str) -> Any:
        answer = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Wait until the expression is true in the page and return its value."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (value := await self.evaluate(expression)):  # noqa: ASYNC110 - no event
                    await asyncio.sleep(0.05)
                return value
        except TimeoutError:
            seen = await self.evaluate("document.body.innerText")
            raise AssertionError(
                f"never true: {expression}\n{self.complaints}\n{seen[:3000]}"
            ) from None

    async def click(self, element: str) -> None:
        """Click in the middle of what the JavaScript expression finds, as a mouse does."""
        await self.until(f"Boolean({element})")
        await self.evaluate(f"({element}).scrollIntoView({{block: 'nearest', inline: 'nearest'}})")
        x, y = await self.evaluate(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])"
            f"(({element}).getBoundingClientRect())"
        )
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )

    async def write(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def look(self, *, width: int, height: int, scheme: str) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        await self.call("Emulation.setEmulatedMedia", features=[feature])

    async def screenshot(self, file: Path) -> None:
        answer = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(answer["data"]))  # noqa: ASYNC240 - a test may block


@contextlib.asynccontextmanager
async def page(chromium: Chromium) -> AsyncIterator[Page]:
    """Start a browser with an empty profile, open a tab in it, and end it again."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            str(chromium.program),
            *FLAGS,
            f"--user-data-dir={profile}",
            env={**os.environ, **chromium.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr
        try:
            address = await asyncio.wait_for(_address(process.stderr), PATIENCE_S)
            drain = asyncio.create_task(process.stderr.read())
            async with connect(address, max_size=None) as socket:
                tab = Page(socket)
                ears = asyncio.create_task(tab.listen())
                try:
                    await tab.open()
                    yield tab
                finally:
                    ears.cancel()
                    drain.cancel()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _address(stderr: asyncio.StreamReader) -> str:
    said = []
    async for line in stderr:
        said.append(line.decode(errors="replace"))
        if "DevTools listening on " in said[-1]:
            return said[-1].split("DevTools listening on ")[1].strip()
    raise AssertionError("Chromium ended before it listened:\n" + "".join(said[-20:]))
