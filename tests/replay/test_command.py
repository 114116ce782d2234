"""`ordergraph policy`: show, publish and replay, as an operator types it, over orders that were."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ordergraph import cli_policy
from ordergraph.deadlines import named
from ordergraph.kernel.policy import DAY, HOUR, Policy
from ordergraph.kernel.refusal import InvalidInput, NotFound
from ordergraph.marketplace import queries
from ordergraph.marketplace.models import PolicyVersion
from ordergraph.orders.models import Order
from ordergraph.replay.counting import tally
from ordergraph.replay.process import Kind
from ordergraph.replay.reading import past
from ordergraph.sweeping import sweep
from tests.cancellations.late import answer, asked, late_order
from tests.conftest import Servers
from tests.disputes.court import disputed
from tests.market import ADA, LAMPS, Market
from tests.states import cancel
from tests.tour.installation import Outcome, environment, ordergraph


class Shell:
    """Where an operator types."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.env = environment(
            folder, database_url=servers.database_url, redis_url=servers.redis_url
        )

    async def policy(self, *args: str, **settings: str) -> Outcome:
        env = self.env | {f"ORDERGRAPH_{name}": text for name, text in settings.items()}
        return await asyncio.to_thread(ordergraph, "policy", *args, env=env)


@pytest.fixture
def shell(clean: str, servers: Servers, tmp_path: Path) -> Shell:  # noqa: ARG001  (emptied after us)
    return Shell(servers, tmp_path)


async def test_the_defaults_are_shown_before_anything_is_published(shell: Shell) -> None:
    done = await shell.policy("show")

    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "policy 0, the defaults"
    (window,) = [line for line in lines if line.startswith("cancel_window_s")]
    assert window.split()[:3] == ["cancel_window_s", "24h", "default"]


async def test_publishing_says_what_changed_and_earlier_versions_stay_readable(
    shell: Shell, tmp_path: Path
) -> None:
    numbers = tmp_path / "numbers.toml"
    numbers.write_text('refund_delay_s = "3d"\nlate_cancellation = true\nhold_max_s = 60\n')

    first = await shell.policy("publish", "--set", "cancel_window_s=12h")
    second = await shell.policy("publish", "--file", str(numbers), "--set", "hold_max_s=2m")
    again = await shell.policy("publish", "--set", "cancel_window_s=12h")

    assert first.out.splitlines() == [
        "policy 1 is published, for orders that are placed from now on",
        "  cancel_window_s: 24h → 12h",
    ]
    assert second.out.splitlines()[1:] == [
        "  refund_delay_s: 7d → 3d",
        "  late_cancellation: false → true",
        "  hold_max_s: 7d → 2m",
    ]
    assert again.out == "nothing changes: policy 2 has these numbers\n"
    assert await PolicyVersion.all().count() == 2
    shown = await shell.policy("show", "--version", "1")
    assert shown.out.startswith("policy 1, published 2")
    assert "not 24h" in shown.out


async def test_a_version_that_was_never_published_is_not_found(clean: str) -> None:  # noqa: ARG001  (it needs the database)
    found = await queries.policy_version(7)

    assert found is None
    with pytest.raises(NotFound, match="policy 7"):
        await cli_policy._show(7)


async def test_a_number_that_the_environment_names_too_is_warned_of(shell: Shell) -> None:
    named_here = {"POLICY__CANCEL_WINDOW_S": "3600", "POLICY__HOLD_MAX_S": "60"}

    done = await shell.policy("publish", "--set", "cancel_window_s=12h", **named_here)

    assert done.out.splitlines()[-1] == (
        "  but ORDERGRAPH_POLICY__CANCEL_WINDOW_S says 1h: the next `ordergraph seed` wins"
    )


async def test_what_cannot_be_published_is_told_in_one_line_and_changes_nothing(
    shell: Shell,
) -> None:
    done = await shell.policy("publish", "--set", "refund_delay_s=61d")

    assert done.code == 1
    assert done.err == "ordergraph: refund_delay_s: between 0 and 60d.\n"
    assert await queries.policy() == (0, Policy())


@pytest.mark.parametrize(
    ("sets", "problem"),
    [
        (["cancel_window=1h"], "cancel_window: no number of the policy, did you mean"),
        (["cancel_window_s"], "--set: write NAME=VALUE, not cancel_window_s"),
        (["refund_delay_s=61d"], "refund_delay_s: between 0 and 60d"),
        (["hold_max_s="], "hold_max_s: write a duration"),
    ],
)
def test_a_set_that_names_no_number_is_refused(sets: list[str], problem: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(problem)):
        cli_policy._named(sets)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("= 3", "not TOML"),
        ("refund_delay_s = 1.5", "refund_delay_s: write a duration"),
        ("refund_delay_s = true", "refund_delay_s: write a duration"),
        ("refund_delay_s = 5184001", "refund_delay_s: between 0 and 60d"),
        ("[policy]\nhold_max_s = 1", "policy: no number of the policy"),
    ],
)
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "bad.toml").write_text(text)

    with pytest.raises(InvalidInput, match=re.escape(problem)):
        cli_policy._file(tmp_path / "bad.toml")


async def _tallied(market: Market, new: Policy) -> dict[Kind, int]:
    found = await tally(past(market.clock.at - timedelta(days=400), market.clock.at), new)
    return {kind: count.times for kind, count in found.counts.items()}


async def test_orders_of_every_fate_are_judged_again(market: Market) -> None:
    """Facts are read from what the real actions wrote."""
    quick, slow = await market.place(), await market.place()
    await cancel(market, quick)
    await market.place()  # never shipped
    market.clock.advance(timedelta(hours=20))
    await cancel(market, slow)  # twenty hours late
    await cancel(market, await market.place(), LAMPS, reason="out-of-stock")  # due at once
    market.clock.advance(timedelta(days=7))
    await sweep(market.edge, named("order.ship_by"))

    assert await _tallied(market, Policy()) == {}
    assert await _tallied(market, Policy(cancel_window_s=12 * HOUR)) == {Kind.CANCEL_REFUSED: 1}
    assert await _tallied(market, Policy(refund_delay_s=DAY)) == {Kind.REFUND_EARLIER: 2}
    assert await _tallied(market, Policy(ship_by_s=9 * DAY)) == {Kind.SHIP_SPARED: 1}


async def test_late_requests_are_judged_again(market: Market) -> None:
    order = await late_order(market)
    request = await asked(market, order)
    market.clock.advance(timedelta(hours=30))
    await answer(market, "APPROVE", request)
    late = Policy(late_cancellation=True)

    assert await _tallied(market, late) == {}
    assert await _tallied(market, Policy()) == {Kind.CANCEL_REFUSED: 1}
    soon = Policy(late_cancellation=True, late_cancellation_response_s=DAY)
    assert await _tallied(market, soon) == {Kind.REQUEST_GRANTED: 1}


async def test_disputes_are_judged_again(market: Market) -> None:
    await disputed(market)
    market.clock.advance(timedelta(days=5))
    await sweep(market.edge, named("dispute.seller_response"))

    assert await _tallied(market, Policy()) == {}
    assert await _tallied(market, Policy(seller_response_s=6 * DAY)) == {Kind.SILENCE_WAITED: 1}
    assert await _tallied(market, Policy(protection_s=0)) == {Kind.PROTECTION_ENDED: 1}


async def test_money_is_told_in_its_days_by_currency(market: Market) -> None:
    for _ in range(5):
        await cancel(market, await market.place())

    batches = past(market.clock.at - timedelta(days=1), market.clock.at)

    found = await tally(batches, Policy(refund_delay_s=9 * DAY))

    count = found.counts[Kind.REFUND_LATER]
    assert (found.orders, count.times, len(count.examples)) == (5, 5, 3)
    assert {code: str(days) for code, days in count.money_days().items()} == {"EUR": "847.00"}


async def test_a_batch_ends_where_the_next_begins(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ordergraph.replay.reading.BATCH", 2)
    placed = [await market.place() for _ in range(5)]

    batches = [batch async for batch in past(market.clock.at, market.clock.at)]

    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert {order.number for batch in batches for order, _ in batch} == {o.number for o in placed}


async def test_the_command_says_what_would_have_been_and_changes_nothing(
    market: Market, shell: Shell
) -> None:
    market.clock.at = datetime.now(UTC)
    order = await market.place()
    market.clock.advance(timedelta(hours=20))
    await cancel(market, order, ADA)

    done = await shell.policy("replay", "--set", "cancel_window_s=12h", "--set", "hold_max_s=1d")
    same = await shell.policy("replay", "--since", "12h")

    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("1 orders since ")
    assert lines[0].endswith("under policy 0, cancel_window_s=12h, hold_max_s=1d:")
    assert "A buyer's cancellation would have come too late." in done.out
    assert order.number in done.out
    assert lines[-1] == "not looked at: hold_max_s"
    assert same.out.splitlines()[-1] == "nothing would have been different"
    assert await PolicyVersion.all().count() == 0
    assert await Order.all().count() == 1
