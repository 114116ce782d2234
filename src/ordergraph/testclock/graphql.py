"""The test clock in the API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.mutations import exempt_mutation
from ordergraph.api.refusals import InvalidInputError, UserError, answers
from ordergraph.kernel.duration import read_duration
from ordergraph.kernel.refusal import Refusal
from ordergraph.testclock import actions


@dataclass(eq=False)
class TestClockOff(Refusal):
    """Time is real here."""

    says = {
        "en": "The clock of this installation cannot be moved.",
        "de": "Die Uhr dieser Installation lässt sich nicht stellen.",
    }


@answers(TestClockOff)
@strawberry.type(description="Time is real here: the test clock is switched off.")
class TestClockOffError(UserError):
    pass


@strawberry.input(description="How far to move the test clock.")
class TestClockAdvanceInput:
    by: str = strawberry.field(description="A duration: 24h, 7d, or ISO 8601 such as PT24H.")


@strawberry.type(description="Time has passed, and what fell due has happened.")
class TestClockAdvanceSuccess:
    now: datetime = strawberry.field(description="What time it is now.")


TestClockAdvanceResult = Annotated[
    TestClockAdvanceSuccess | TestClockOffError | InvalidInputError,
    strawberry.union("TestClockAdvanceResult"),
]


@strawberry.type
class TestClockMutation:
    @exempt_mutation(
        description="Move the test clock forward (operators, in development): everything that"
        " falls due on the way happens, in order, each at its own time.",
        because="development only, and it commits at every stop on its way",
    )
    async def test_clock_advance(
        self,
        info: Info,
        input: TestClockAdvanceInput,  # noqa: A002  (GraphQL's word)
    ) -> TestClockAdvanceResult:
        info.context.require_operator()
        if not info.context.desk.test_clock:
            raise TestClockOff
        by = read_duration(input.by, field="by")
        return TestClockAdvanceSuccess(now=await actions.advance(info.context.desk.cashier, by))
