"""An erasing whose tables others hold changes nothing, and says so."""

import asyncpg
import pytest

from ordergraph import erasing
from tests.files.conftest import market
from tests.market import ADA, Market
from tests.watching import snapshot

__all__ = ["market"]


async def test_who_waits_too_long_for_a_table_has_changed_nothing(
    market: Market, clean: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await market.place()
    before = await snapshot()
    monkeypatch.setattr(erasing, "LOCKED_WITHIN", "50ms")
    assert ADA.user_id
    other = await asyncpg.connect(clean)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE messages IN ROW EXCLUSIVE MODE")
            with pytest.raises(erasing.Busy, match="do it once more"):
                await erasing.erase(clean, ADA.user_id, market.keeper.storage, force=True)
    finally:
        await other.close()

    assert await snapshot() == before
