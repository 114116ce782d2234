"""Downloading a document over plain HTTP, with a link instead of a token."""

from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ordergraph.files.keeping import Keeper
from ordergraph.files.links import HARMLESS, BadLink
from ordergraph.infra.database import Edge
from ordergraph.withdrawals.links import FOLDER, read
from ordergraph.withdrawals.models import Document


async def download(request: Request) -> Response:
    """Where the links of `Document.url` lead; forged, expired and unknown ones answer alike."""
    edge: Edge = request.app.state.wiring.edge
    keeper: Keeper = request.app.state.wiring.keeper
    try:
        document_id = read(keeper.links, request.path_params["token"], await edge.clock.now())
    except BadLink:
        return _no()
    document = await Document.get_or_none(id=document_id)
    return _sent(document) if document else _no()


def _no() -> Response:
    text = "This link is not valid, or no longer: ask for a new one.\n"
    return PlainTextResponse(text, status_code=HTTPStatus.FORBIDDEN, headers=HARMLESS)


def _sent(document: Document) -> Response:
    """The very bytes that `sha256` is of."""
    name = f"withdrawal-{document.id}.txt"
    return Response(
        document.content.encode(),
        media_type="text/plain; charset=utf-8",
        headers={
            **HARMLESS,
            "content-disposition": f'attachment; filename="{name}"',
            "content-language": document.language,
        },
    )


ROUTE: Final = Route(f"/{FOLDER}/{{token}}", download)
