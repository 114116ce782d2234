"""An operation that ends before its fields have begun, whenever that is, leaves nothing behind."""

import asyncio
import contextlib
import gc

from tests.market import ADA, Market

SEVERAL = """{ viewer { a: purchases(first: 1) { nodes { id } } b: purchases(first: 2) { nodes { id } }
  notifications { nodes { id } } storeCredit { amount } openDisputes { __typename } } }"""
TURNS = 40


async def test_whoever_leaves_early_leaves_no_coroutine_that_nobody_awaits(market: Market) -> None:
    """Python would complain of each, and pytest fails for it."""
    await market.place()
    await market.ask(ADA, SEVERAL)
    for turns in range(TURNS):
        asking = asyncio.create_task(market.execute(ADA, SEVERAL))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
    gc.collect()
