import collections, sys
from hypothesis import settings, seed
from hypothesis.stateful import run_state_machine_as_test
from tests.proof.conftest import *
from tests.proof import laws, timeline
SEEN=collections.Counter(); OUT=collections.Counter()
def test_probe(proof):
    orig=timeline.fold
    def fold(rows):
        rows=list(rows)
        return orig(rows)
    from ordergraph.infra.outbox import EventRow
    from ordergraph.refunds.models import RefundAttempt
    inner=proof.teardown
    def teardown(self):
        async def count():
            for r in await EventRow.all(): SEEN[r.type]+=1
            for r in await RefundAttempt.all(): OUT[r.outcome+" "+str(r.problem)]+=1
        self.run(count())
        inner(self)
    proof.teardown=teardown
    import os
    n=int(os.environ.get("N","20")); sd=int(os.environ.get("SEED","0"))
    try:
        run_state_machine_as_test(seed(sd)(proof), settings=settings(SHORT, derandomize=False, max_examples=n, stateful_step_count=int(os.environ.get("STEPS","30"))))
    finally:
        print(SEEN); print(OUT)
