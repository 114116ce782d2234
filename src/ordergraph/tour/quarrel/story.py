"""The long story of a dispute, chapter by chapter. Read this file first."""

from typing import Final

from ordergraph.tour.quarrel import appealing, arguing, bargaining, judging, leaving, returning
from ordergraph.tour.story import Story

# fmt: off
QUARREL: Final[Story] = (
    ("A dispute, looked at before it is opened; then a photo",  arguing.opened_with_a_photo),
    ("Two offers, more time, and two secrets that do not meet", bargaining.no_agreement),
    ("The operator takes over: first the goods back",           judging.goods_back_first),
    ("What comes back is something else: a part is decided",    returning.something_else),
    ("An appeal; and everything on paper",                      appealing.granted),
    ("Withdrawn from by law, in two steps",                     leaving.withdrawn),
    ("Two secrets that do meet, in the middle",                 bargaining.met_in_the_middle),
)
# fmt: on
