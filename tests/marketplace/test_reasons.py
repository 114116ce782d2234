"""Each side is offered the reasons that it may give, and no others."""

import pytest

from ordergraph.kernel.actor import Actor
from tests.market import ADA, LAMPS, Market

OFFERED = "{ reasons(context: CANCELLATION) { handle } }"


@pytest.mark.parametrize(
    ("who", "own", "not_theirs"),
    [
        (ADA, "no-longer-needed", {"out-of-stock", "fraud", "shipping-timeout"}),
        (LAMPS, "out-of-stock", {"no-longer-needed", "fraud", "shipping-timeout"}),
        (None, "no-longer-needed", {"out-of-stock", "fraud", "shipping-timeout"}),
    ],
)
async def test_each_side_is_offered_its_own(
    market: Market, who: Actor | None, own: str, not_theirs: set[str]
) -> None:
    offered = {reason["handle"] for reason in (await market.ask(who, OFFERED))["reasons"]}

    assert own in offered
    assert not offered & not_theirs
