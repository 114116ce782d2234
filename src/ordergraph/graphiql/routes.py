"""The routes of GraphiQL: one page that is never stored and its files, which never change."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ordergraph.graphiql import stories
from ordergraph.graphiql.build import PAGE, STATIC

Endpoint = Callable[[Request], Awaitable[Response]]

# 'unsafe-inline' styles: the editor, Monaco, writes its theme into the page.
# data: fonts: GraphiQL's letters stand in its style sheet.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
GUARDED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NEVER_STORED: Final = {**GUARDED, "Cache-Control": "no-store"}
# The name of a built file carries the hash of its content.
FOR_EVER: Final = {**GUARDED, "Cache-Control": "public, max-age=31536000, immutable"}


def routes(
    *,
    path: str = "/graphiql",
    graphql_path: str = "/graphql",
    personas_path: str = "/dev/personas",
) -> list[BaseRoute]:
    """Return the page at `path` and its files below it; the page posts to `graphql_path`."""
    return [
        Route(path, _page(path, graphql_path, personas_path), name="graphiql"),
        Route(f"{path}/static/{{name}}", _file, name="graphiql-file"),
    ]


def _page(path: str, graphql_path: str, personas_path: str) -> Endpoint:
    def html() -> str:
        manifest = json.loads((STATIC / "manifest.json").read_bytes())
        below = f"{path}/static/"
        boot = {
            "graphql": graphql_path,
            "personas": personas_path,
            "workers": {label: below + name for label, name in manifest["workers"].items()},
            "stories": [asdict(story) for story in stories.read()],
            "storiesVersion": stories.version(stories.read()),
        }
        return Template((PAGE / "index.html").read_text(encoding="utf-8")).substitute(
            script=below + manifest["script"], style=below + manifest["style"], boot=_inert(boot)
        )

    async def page(_request: Request) -> Response:
        if not (STATIC / "manifest.json").exists():
            return PlainTextResponse(
                "GraphiQL is not built yet: run `python -m ordergraph.graphiql.build`.\n",
                status_code=503,
                headers=NEVER_STORED,
            )
        return HTMLResponse(html(), headers=NEVER_STORED)

    return page


def _inert(value: dict[str, Any]) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


async def _file(request: Request) -> Response:
    file = _built_file(request.path_params["name"])
    if file is None:
        return PlainTextResponse("Not found\n", status_code=404, headers=NEVER_STORED)
    return FileResponse(file, headers=FOR_EVER)


def _built_file(name: str) -> Path | None:
    """Return the file of this very name, found in the folder's list: no path is built."""
    return next((file for file in STATIC.glob("*.*") if file.name == name), None)
