"""A process with its parts, as the tests of seeds have it."""

from tests.seeds.conftest import wiring

__all__ = ["wiring"]
