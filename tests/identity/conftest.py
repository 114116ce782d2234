"""An identity provider for each test; they stand at one address."""

from collections.abc import AsyncIterator

import pytest

from tests.identity.issuing import House, Street, open_street


@pytest.fixture(scope="session")
async def street() -> AsyncIterator[Street]:
    async with open_street() as street:
        yield street


@pytest.fixture
def house(street: Street) -> House:
    return street.build()
