"""How much is written for one document, and who gives way when its room is used up."""

from itertools import product
from typing import Any, Final

import pytest
from graphql import DocumentNode, parse

from ordergraph.api.completion import plans
from ordergraph.api.completion.plans import Plan, Plans
from ordergraph.api.completion.shelf import SETTLED, Shelf, Steered
from tests.completion.small import House, hasty, run, shelved

NAMES: Final = "abcdef"
FIELDS: Final = " ".join(f"{name}: number @include(if: ${name})" for name in NAMES)
TEXT: Final = (
    f"query ({' '.join(f'${name}: Boolean!' for name in NAMES)}) {{ house {{ plate {FIELDS} }} }}"
)
ALL: Final[list[dict[str, Any]]] = [
    dict(zip(NAMES, values, strict=True)) for values in product((True, False), repeat=len(NAMES))
]
"""All that its variables can say."""
FULL: Final = 20
"""Room for a few of them."""


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr(plans, "EACH", FULL)
    return hasty()


@pytest.fixture
def document() -> DocumentNode:
    return parse(TEXT)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each place that a plan was for, whether it answered."""
    seen: list[bool] = []
    tried = Plan.run

    def noted(plan: Plan, *given: Any) -> Any:
        answered = tried(plan, *given)
        seen.append(answered is not None)
        return answered

    monkeypatch.setattr(Plan, "run", noted)
    return seen


@pytest.fixture
def gave_way(monkeypatch: pytest.MonkeyPatch) -> list[Plans]:
    seen: list[Plans] = []
    forget = Plans.forget

    def noted(those: Plans) -> None:
        seen.append(those)
        forget(those)

    monkeypatch.setattr(Plans, "forget", noted)
    return seen


async def _ask(shelf: Shelf, document: DocumentNode, given: dict[str, Any]) -> None:
    result = await run(document, [House(number=7)], shelved(shelf), **given)
    said = {"plate": "no. 7"} | {name: 7 for name in NAMES if given[name]}
    assert result.data == {"house": said}


def _steered(shelf: Shelf) -> Steered:
    (kept,) = shelf._kept.values()
    assert kept.steered is not None
    return kept.steered


async def test_variables_that_include_have_a_plan_each_within_bounds(
    shelf: Shelf, document: DocumentNode
) -> None:
    for given in ALL:
        await _ask(shelf, document, given)
        assert shelf.used <= FULL

    kept = _steered(shelf)._kept.values()
    assert shelf.used == sum(those.used for those in kept) == FULL
    assert sum(len(those._places) for those in kept) <= FULL


async def test_whose_values_come_last_is_not_left_without_plans(
    shelf: Shelf, document: DocumentNode, runs: list[bool]
) -> None:
    for given in ALL:
        await _ask(shelf, document, given)
    for _ in range(SETTLED):
        await _ask(shelf, document, ALL[-1])
    runs.clear()

    for _ in range(3):
        await _ask(shelf, document, ALL[-1])

    assert runs == [True] * 3


async def test_what_is_in_use_stays(
    shelf: Shelf, document: DocumentNode, gave_way: list[Plans]
) -> None:
    await _ask(shelf, document, ALL[-1])
    (mine,) = _steered(shelf)._kept.values()
    for given in ALL * 5:
        await _ask(shelf, document, given)
        await _ask(shelf, document, ALL[-1])

    assert gave_way
    assert mine not in gave_way


async def test_others_give_way_but_seldom(
    shelf: Shelf, document: DocumentNode, gave_way: list[Plans]
) -> None:
    """Whoever goes through all values again and again does not have them written again and again."""
    for given in ALL * 5:
        await _ask(shelf, document, given)

    assert 0 < len(gave_way) <= FULL * (1 + 5 * len(ALL) // SETTLED)
    assert len({id(those) for those in gave_way}) == len(gave_way)
    assert shelf.used == sum(those.used for those in _steered(shelf)._kept.values())


async def test_what_still_runs_with_plans_that_gave_way_takes_nothing_of_the_room(
    shelf: Shelf, document: DocumentNode, gave_way: list[Plans]
) -> None:
    for given in ALL:
        await _ask(shelf, document, given)
    used = shelf.used

    gave_way[0]._spend()

    assert shelf.used == used


async def test_a_document_for_which_there_is_too_little_room_keeps_what_has_some(
    shelf: Shelf, runs: list[bool], gave_way: list[Plans]
) -> None:
    some, many = (" ".join(f"n{n}: number" for n in range(count)) for count in (9, 15))
    document = parse(f"{{ house {{ {some} }} other: house {{ {many} }} }}")

    for _ in range(2 * SETTLED):
        result = await run(document, [House(number=7)], shelved(shelf))
        assert not result.errors

    assert len(runs) >= 2 * SETTLED
    assert all(runs)
    assert shelf.used == FULL
    assert not gave_way
