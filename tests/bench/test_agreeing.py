"""Whom the benchmark compares: all of them answer the same, or nothing is measured."""

import pytest

from bench import market, reads
from bench.agreeing import Disagreement, agree
from bench.contenders import LIMIT, OURS, PLAIN
from bench.options import Options
from bench.stage import Stage

ALIKE = Options(against=frozenset({LIMIT.name, OURS.name, PLAIN.name}))


async def test_all_say_the_same_and_a_difference_would_be_seen(stage: Stage) -> None:
    asked = {what: cases[:10] for what, cases in (await reads.questions(stage, ALIKE)).items()}
    one, other, *_ = await market.buyers(stage.database_url)
    mixed_up = {
        "A": [one._replace(user_id=other.user_id)]
    }  # the limit looks at the id, we at the name

    with reads.racing(stage, ALIKE, asked) as servers:
        assert len(servers) == 3
        assert agree(stage, servers, asked) == len(asked["A"]) + len(asked["B"])
        with pytest.raises(Disagreement, match="limit says"):
            agree(stage, servers, mixed_up)

    assert len(asked["A"]) == 10
    assert asked["B"], "there are disputes to look at"
