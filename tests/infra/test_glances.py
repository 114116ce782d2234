"""Many who look at once are one look, and nobody is given what was read before they asked."""

import asyncio
from collections.abc import Collection

import pytest

from ordergraph.infra.glances import Glances


class Table:
    """What is looked at; each look is noted, and takes until `gate` is open."""

    def __init__(self) -> None:
        self.rows = {"a": 1, "b": 2}
        self.looks: list[set[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def look(self, keys: Collection[str]) -> dict[str, int]:
        self.looks.append(set(keys))
        found = {key: self.rows[key] for key in keys if key in self.rows}
        await self.gate.wait()
        return found


async def test_who_looks_in_one_turn_looks_together() -> None:
    table, glances = Table(), Glances()

    found = await asyncio.gather(*(glances.at(table.look, key) for key in "aabca"))

    assert found == [1, 1, 2, None, 1]
    assert table.looks == [{"a", "b", "c"}]


async def test_who_comes_while_one_runs_looks_anew() -> None:
    """What runs may have read before the change that made them come."""
    table, glances = Table(), Glances()
    table.gate.clear()
    early = asyncio.create_task(glances.at(table.look, "a"))
    await asyncio.sleep(0.01)

    table.rows["a"] = 7
    late = [asyncio.create_task(glances.at(table.look, "a")) for _ in range(3)]
    await asyncio.sleep(0.01)
    table.gate.set()

    assert await early == 1
    assert await asyncio.gather(*late) == [7, 7, 7]
    assert len(table.looks) == 2


async def test_one_who_goes_takes_nothing_from_the_others() -> None:
    table, glances = Table(), Glances()
    table.gate.clear()
    goes, stays = (asyncio.create_task(glances.at(table.look, "a")) for _ in range(2))
    await asyncio.sleep(0.01)

    goes.cancel()
    table.gate.set()

    assert await stays == 1
    assert goes.cancelled()


async def test_what_goes_wrong_is_told_to_each_and_the_next_look_is_a_new_one() -> None:
    async def broken(keys: Collection[str]) -> dict[str, int]:
        raise LookupError(*sorted(keys))

    table, glances = Table(), Glances()
    found = await asyncio.gather(
        glances.at(broken, "a"), glances.at(broken, "b"), return_exceptions=True
    )

    assert [repr(problem) for problem in found] == ["LookupError('a', 'b')"] * 2
    with pytest.raises(LookupError):
        await glances.at(broken, "c")
    assert await glances.at(table.look, "a") == 1
