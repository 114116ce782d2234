"""The story, chapter by chapter. Read this file first."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ordergraph.tour import canceling, disputing, doors, retrying, shipping
from ordergraph.tour.play import Play

Chapter = Callable[[Play], Awaitable[None]]
Story = Sequence[tuple[str, Chapter]]

# fmt: off
STORY: Final[Story] = (
    ("The shop hands in an order, and cannot fill it",          canceling.out_of_stock),
    ("Ordered too quickly: canceled, promised, released",       canceling.in_time),
    ("Only a part of it, and the promise keeps itself",         canceling.in_part),
    ("Asked again, and done once",                              retrying.lost_answers),
    ("Too late to cancel, and nobody else's business",          shipping.too_late),
    ("A dispute: refused, escalated, decided for a part",       disputing.decided),
    ("A dispute: accepted, and the money comes early",          disputing.accepted),
    ("A dispute: refused, and left to rest",                    disputing.let_rest),
    ("Who is not let in",                                       doors.bad_tokens),
)
# fmt: on


async def tell(play: Play, story: Story) -> None:
    """Play every chapter; BrokenPromise at the first thing that is not as promised."""
    for title, chapter in story:
        play.narrator.chapter(title)
        await chapter(play)
    play.narrator.end()
