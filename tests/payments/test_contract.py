"""Each of our gateways keeps the contract that we publish for others."""

from collections.abc import AsyncIterator

import pytest

from ordergraph.payments.gateways.protocol import BadWebhook
from ordergraph.testing.gateways import Bench, GatewayContract
from tests.payments.benches import SandboxBench, StripeBench, stripe_bench


class TestSandbox(GatewayContract):
    @pytest.fixture
    def bench(self, clean: str) -> SandboxBench:  # noqa: ARG002  (it needs the database)
        return SandboxBench()

    async def test_a_message_names_the_refund_that_it_is_about(self, bench: Bench) -> None:
        """The sandbox sends none, so none is its."""
        with pytest.raises(BadWebhook):
            bench.gateway.parse_webhook(b'{"id": "evt_1"}', {})


class TestStripe(GatewayContract):
    @pytest.fixture
    async def bench(self) -> AsyncIterator[StripeBench]:
        async with stripe_bench() as bench:
            yield bench
