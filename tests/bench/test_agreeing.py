"""Whom the benchmark compares: all of them answer the same, or nothing is measured."""

import subprocess
import sys
from os import environ

import pytest

from bench import market
from bench.agreeing import Disagreement, agree
from bench.asking import racing
from bench.contenders import LIMIT, OURS, PLAIN, SAME
from bench.options import Options
from bench.stage import Stage
from bench.workloads import A, Questions, questions

FEW = Options(rounds=0, seconds=0, compared=8)


async def test_all_say_the_same_and_a_difference_would_be_seen(stage: Stage) -> None:
    asked = await questions(stage, FEW, cancelers=3)
    one, other, *_ = await market.buyers(stage.database_url)
    mixed_up = Questions(
        A, [one._replace(user_id=other.user_id)]
    )  # plain looks at the id, we at the name

    async with racing(stage, [LIMIT, SAME, OURS, PLAIN]) as servers:
        assert await agree(stage, servers, asked, FEW.compared) == 3 * FEW.compared
        with pytest.raises(Disagreement, match="says"):
            await agree(stage, servers, [mixed_up], 1)

    assert [each.workload.name for each in asked] == ["A", "B", "C"]
    # what the others' cancellations left behind is good bookkeeping, too
    books = subprocess.run(  # noqa: ASYNC221  (nothing else is to be done meanwhile)
        [sys.executable, "-m", "ordergraph.cli", "reconcile"],
        env=environ | stage.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert books.returncode == 0, books.stdout
