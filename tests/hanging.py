"""Tests that hang: they end, so do their ends, and the report shows what every task was waiting for.

pytest-timeout stops its clock when a test fails, for those who debug. So a test that failed because
something hangs would hang again, without end, where its fixtures clean up.
"""

import asyncio
import io
import signal
from collections.abc import Generator
from typing import Any

import pytest
from pytest_timeout import PYTEST_FAILURE_MESSAGE, _get_item_settings

AGAIN_S = 30.0
TOO_LATE = PYTEST_FAILURE_MESSAGE.partition("%")[0]
LOOPS: list[asyncio.AbstractEventLoop] = []


@pytest.fixture(scope="session", autouse=True)
async def loop_of_all_tests() -> None:
    LOOPS.append(asyncio.get_running_loop())


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(settings: Any) -> Generator[None, Any, Any]:
    """It rings again: what it raises ends whatever runs just then, which may be a task of no importance."""
    is_set = yield
    signal.setitimer(signal.ITIMER_REAL, settings.timeout, AGAIN_S)
    return is_set


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """The end of a test has as long as the test."""
    hooks, settings = item.config.pluginmanager.hook, _get_item_settings(item)
    hooks.pytest_timeout_set_timer(item=item, settings=settings)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and TOO_LATE in str(call.excinfo.value):
        report.sections.append(("Tasks", waiting()))
    return report


def waiting() -> str:
    """Every task that has not ended, and where it is."""
    said = io.StringIO()
    for task in (task for loop in LOOPS for task in asyncio.all_tasks(loop)):
        task.print_stack(file=said)
    return said.getvalue()
