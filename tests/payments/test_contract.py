"""Each of our gateways keeps the contract that we publish for others."""

from collections.abc import AsyncIterator

import pytest

from ordergraph.testing.gateways import GatewayContract
from tests.payments.benches import SandboxBench, StripeBench, stripe_bench


class TestSandbox(GatewayContract):
    @pytest.fixture
    def bench(self, clean: str) -> SandboxBench:  # noqa: ARG002  (it needs the database)
        return SandboxBench()


class TestStripe(GatewayContract):
    @pytest.fixture
    async def bench(self) -> AsyncIterator[StripeBench]:
        async with stripe_bench() as bench:
            yield bench
