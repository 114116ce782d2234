"""The contract of a payment gateway: inherit from GatewayContract, give it a bench, run pytest.

docs/gateways.md shows how. Nothing here imports pytest; the tests are coroutines, so pytest-asyncio
(mode auto) or anyio has to run them.
"""

from ordergraph.testing.bench import Bench, Message, Trouble
from ordergraph.testing.captures import CaptureContract
from ordergraph.testing.exact import ExactContract
from ordergraph.testing.later import LaterContract
from ordergraph.testing.refunds import RefundContract

__all__ = ["Bench", "GatewayContract", "Message", "Trouble"]


class GatewayContract(CaptureContract, RefundContract, LaterContract, ExactContract):
    """All of it. A test module defines a fixture `bench` and `class TestMine(GatewayContract)`."""
