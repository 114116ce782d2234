"""Who is not let in: a forged token and an expired one, on every transport."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

from ordergraph.kernel.actor import Role
from ordergraph.tour import documents
from ordergraph.tour.client import Person
from ordergraph.tour.play import Play

FORBIDDEN = 4403
"""How a socket is closed whose token is not accepted."""


async def bad_tokens(play: Play) -> None:
    """A bad token is refused, not taken for nobody's."""
    head, _, signature = play.ada.token.rpartition(".")
    forged = f"{head}.{signature[::-1]}"
    await _refused(play, replace(play.ada, name="A thief", token=forged), "brings a forged token")
    if play.tokens is None:
        play.narrator.says("   (The secret is not here, so no expired token could be made.)")
        return
    expired = play.tokens.issue("ada", frozenset({Role.BUYER}), "Ada Buyer", timedelta(hours=-1))
    await _refused(play, replace(play.ada, token=expired), "comes back with last year's token")


async def _refused(play: Play, person: Person, does: str) -> None:
    with play.step(person, does) as step:
        reply = await person.post(documents.NOW, {})
        step.promised("the status", reply.status, int(HTTPStatus.UNAUTHORIZED))
        errors = list(reply.body.each("errors"))
        codes = [error.text("extensions.code") for error in errors]
        step.promised("the code", codes, ["UNAUTHENTICATED"])
        ended = await person.close_code(documents.REFUND_UPDATED, orderId="any")
        step.promised("the end of the socket", ended, FORBIDDEN)
        step.sees(f"“{errors[0].text('message')}”, and no socket")
