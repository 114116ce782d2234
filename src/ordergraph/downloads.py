"""Where signed links lead: files of the local storage, to and fro, and evidence packs.

The link is all that is asked: it says what it is for, until when, and is signed. None of it is
logged, and what comes is never handed to a browser as something to run.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from http import HTTPStatus
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ordergraph.disputes.pack.facts import Facts, gather
from ordergraph.disputes.pack.links import Order
from ordergraph.files.links import HARMLESS, BadLink
from ordergraph.files.process import UPLOAD_WITHIN
from ordergraph.files.storages.local import GET, PUT, Local, TooLittle, TooMuch, UnderWay
from ordergraph.transports.front import Front
from ordergraph.transports.rates import RateLimited
from ordergraph.transports.requests import address_of
from ordergraph.wiring import Wiring


class WrongType(Exception):
    """Another type than the link is for."""


class WrongSize(Exception):
    """Another size than the link is for."""


class TooSlow(Exception):
    """The bytes do not come, or not in time."""


class AlreadyPrinted(Exception):
    """Something is being printed for this person."""


REFUSED: Final[dict[type[Exception], tuple[HTTPStatus, str]]] = {
    BadLink: (HTTPStatus.FORBIDDEN, "BAD_LINK"),
    WrongType: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "WRONG_TYPE"),
    WrongSize: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "WRONG_SIZE"),
    TooMuch: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE"),
    TooLittle: (HTTPStatus.BAD_REQUEST, "INCOMPLETE"),
    ClientDisconnect: (HTTPStatus.BAD_REQUEST, "INCOMPLETE"),
    FileExistsError: (HTTPStatus.PRECONDITION_FAILED, "ALREADY_THERE"),
    UnderWay: (HTTPStatus.CONFLICT, "UNDER_WAY"),
    TooSlow: (HTTPStatus.REQUEST_TIMEOUT, "REQUEST_TIMEOUT"),
}
SILENT_S: Final = 20.0
"""How long nothing may come of a file that is being sent; of GraphQL's requests it is the whole body."""
SENT_WITHIN_S: Final = UPLOAD_WITHIN.total_seconds()
"""How long all of it may take: as long as one may take to begin."""
AGAIN: Final = {"retry-after": "20"}
MORE: Final[dict[type[Exception], dict[str, str]]] = {
    UnderWay: AGAIN,
    TooSlow: {"connection": "close"},
}
"""Headers of these answers: by then the other upload is over; and the rest of a body is not waited for."""
PRINTER: Final = asyncio.Semaphore(1)
"""Papers are printed one at a time in each process: it is a second's work of pure Python."""
PATIENCE_S: Final = 20.0
"""How long one waits for the printer."""
PRINTED_FOR: Final[set[UUID | None]] = set()
"""Who waits for it: each of them once, so that nobody fills the line before others."""
PRICES: Final = {"json": 10, "pdf": 100}
"""As how many operations a pack counts: printed, it takes as long as a hundred thousand fields."""

log = structlog.get_logger(__name__)


def routes() -> list[Route]:
    return [
        Route("/files/{token}", put_file, methods=["PUT"]),
        Route("/files/{token}", get_file, methods=["GET"]),
        Route("/packs/{token}", get_pack, methods=["GET"]),
    ]


async def put_file(request: Request) -> Response:
    """Take exactly the bytes that the link is for, once."""
    try:
        storage, facts = await _allowed(request, PUT)
        _check_headers(request, facts)
        await storage.write(facts["key"], facts["size"], _in_time(request.stream()))
    except tuple(REFUSED) as problem:
        return _no(*REFUSED[type(problem)], MORE.get(type(problem)))
    return JSONResponse({"stored": True}, headers=HARMLESS)


async def _in_time(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The pieces of a body, as long as they come; raises TooSlow."""
    loop = asyncio.get_running_loop()
    over = loop.time() + SENT_WITHIN_S
    while True:
        try:
            async with asyncio.timeout_at(min(over, loop.time() + SILENT_S)):
                piece = await anext(body, None)
        except TimeoutError:
            raise TooSlow from None
        if piece is None:
            return
        yield piece


async def get_file(request: Request) -> Response:
    """Give out the file that the link is for."""
    try:
        storage, facts = await _allowed(request, GET)
    except BadLink:
        return _no(*REFUSED[BadLink])
    path = storage.path(facts["key"])
    if not await asyncio.to_thread(path.is_file):
        return _no(HTTPStatus.NOT_FOUND, "NOT_FOUND")
    return FileResponse(
        path,
        media_type=facts["type"],
        filename=facts["name"],
        content_disposition_type="inline" if facts["inline"] else "attachment",
        headers=HARMLESS,
    )


async def get_pack(request: Request) -> Response:
    """Put the pack together as its viewer may see it now."""
    wiring: Wiring = request.app.state.wiring
    now = await wiring.edge.clock.now()
    try:
        asked = Order.read(wiring.keeper.links, request.path_params["token"], now)
        _refuse_revoked(request, asked)
        await _count(request, asked)
    except BadLink:
        return _no(*REFUSED[BadLink])
    except RateLimited as no:
        return _no(no.status, no.code, no.headers)
    facts = await gather(asked.actor, asked.dispute_id, asked.language, now)
    if facts is None:
        return _no(HTTPStatus.NOT_FOUND, "NOT_FOUND")
    name = f"evidence-{facts['order']['number']}.{asked.form}"
    try:
        pack = await _written(facts, asked)
    except AlreadyPrinted:
        return _no(HTTPStatus.TOO_MANY_REQUESTS, RateLimited.code, AGAIN)
    except TimeoutError:
        return _no(HTTPStatus.SERVICE_UNAVAILABLE, "BUSY", AGAIN)
    return Response(
        pack,
        media_type=f"application/{asked.form}",
        headers={**HARMLESS, "content-disposition": f'attachment; filename="{name}"'},
    )


def _refuse_revoked(request: Request, asked: Order) -> None:
    """A pack says what is so now: whoever may ask nothing more is told nothing more. Raises BadLink."""
    front: Front = request.app.state.front
    if front.revoked(asked.asker):
        raise BadLink("what they came with was taken back")


async def _count(request: Request, asked: Order) -> None:
    """As the operations of whom the link was made for, from wherever it is used; raises RateLimited."""
    front: Front = request.app.state.front
    await front.rates.charge_for(asked.actor.user_id, address_of(request), PRICES[asked.form])


async def _written(facts: Facts, asked: Order) -> bytes:
    """Raises AlreadyPrinted, and TimeoutError when too many want paper at once."""
    if asked.form == "json":
        return orjson.dumps(facts, option=orjson.OPT_INDENT_2)
    who = asked.actor.user_id
    if who in PRINTED_FOR:
        raise AlreadyPrinted
    PRINTED_FOR.add(who)
    try:
        return await _printed(facts)
    finally:
        PRINTED_FOR.discard(who)


async def _printed(facts: Facts) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        await PRINTER.acquire()
    try:
        return await asyncio.to_thread(_on_paper, facts)
    finally:
        PRINTER.release()


def _on_paper(facts: Facts) -> bytes:
    """What prints takes a third of a second to import: at the first paper, not at each start."""
    pdf: bytes = import_module("ordergraph.disputes.pack.paper").print_out(facts)
    return pdf


async def _allowed(request: Request, purpose: str) -> tuple[Local, dict[str, Any]]:
    """The storage and what the link allows; raises BadLink, also where files are elsewhere."""
    wiring: Wiring = request.app.state.wiring
    storage = wiring.keeper.storage
    if not isinstance(storage, Local):
        raise BadLink("files are kept elsewhere")
    now = await wiring.edge.clock.now()
    return storage, wiring.keeper.links.read(purpose, request.path_params["token"], now)


def _check_headers(request: Request, facts: dict[str, Any]) -> None:
    """What is announced has to fit; what then comes is counted all the same."""
    if request.headers.get("content-type") != facts["type"]:
        raise WrongType
    if request.headers.get("content-length", str(facts["size"])) != str(facts["size"]):
        raise WrongSize


def _no(status: HTTPStatus, code: str, more: Mapping[str, str] | None = None) -> Response:
    log.info("link.refused", code=code)
    headers = {**HARMLESS, **(more or {})}
    return JSONResponse({"error": {"code": code}}, status_code=status, headers=headers)
