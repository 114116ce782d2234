"""The people of the stories have phones."""

import pytest

from tests.stories.phones import Phones


@pytest.fixture
def market(clean: str) -> Phones:  # noqa: ARG001  (it needs the database)
    return Phones()
