"""What a run of the benchmark writes."""

from pathlib import Path

import pytest
from PIL import Image

from bench import page, plot
from bench.asking import Asked, Ratios, Row, Sample, racers, ranked
from bench.contenders import LIMIT, OURS, SAME
from bench.live import Heard, LiveRow
from bench.options import Options, read
from bench.page import Found
from bench.running import Start
from bench.workloads import A, C

ROWS = {
    A: [
        Row(LIMIT, Ratios(1.0, 1.0), Sample(3000, 5.0, 9.0, 0.2, 0.5, 80.0)),
        Row(OURS, Ratios(0.5, 0.6), Sample(1500, 10.0, 19.0, 0.4, 0.6, 110.0)),
    ]
}
ASKED = Asked(ROWS, {OURS.name: Start(1.25, 1.1, 95.0)}, 40)
LIVE = [LiveRow(OURS, Heard(0.9, 7.5, 99.6, 41.8, 0.35, 0))]


def test_the_page_says_every_figure_once() -> None:
    said = page.written(Found(Options(), ASKED, LIVE, ["2 cores"], (0.1, 2.5)))

    assert "| **ordergraph** | 1,500 | 0.50 | 10.0 | 19.0 | 0.40 | 0.60 | 0.60 | 110 |" in said
    assert "| **ordergraph** | 0.9 | 7.5 | 0.35 | 100 | 42 | 0 |" in said
    assert "| **ordergraph** | 1.25 | 1.10 | 95 |" in said
    assert "- 2 cores\n- load average 0.1 before it began, 2.5 when it ended" in said


def test_the_page_sets_us_beside_the_same_statements_where_they_raced() -> None:
    sample = Sample(300, 50.0, 90.0, 1.8, 2.0, 110.0)
    canceled = [
        Row(SAME, Ratios(0.8, 0.9), sample, Ratios(1.0, 1.0)),
        Row(OURS, Ratios(0.4, 0.45), sample, Ratios(0.51, 0.57)),
    ]

    said = page.written(Found(Options(), ASKED._replace(rows=ROWS | {C: canceled}), [], [], (0, 0)))

    assert "| CPU ratio | memory, MB |" in said
    assert "| CPU ratio | to `same` | CPU to `same` | memory, MB |" in said
    assert "| 2.00 | 0.90 | 1.00 | 1.00 | 110 |" in said
    assert (
        "| **ordergraph** | 300 | 0.40 | 50.0 | 90.0 | 1.80 | 2.00 | 0.45 | 0.51 | 0.57 |" in said
    )


def test_a_ratio_is_taken_within_a_round_of_requests_and_of_all_processor_time() -> None:
    fast, slow = Sample(600, 1, 1, 0.5, 1.5, 80), Sample(300, 1, 1, 2.0, 2.0, 80)
    rounds = {(C, LIMIT): [fast, fast], (C, SAME): [fast, slow], (C, OURS): [slow, slow]}

    ours = next(row for row in ranked(rounds, C) if row.contender is OURS)

    assert ours.limit == (0.5, 0.5)
    assert ours.same == (0.75, 0.75)
    assert all(row.same is None for row in ranked({(C, LIMIT): [fast], (C, OURS): [slow]}, C))


def test_the_plot_has_a_longer_bar_for_who_is_faster(tmp_path: Path) -> None:
    plot.draw(ROWS, tmp_path / "plot.png")

    with Image.open(tmp_path / "plot.png") as picture:
        found = picture.convert("RGB").getcolors(1 << 16)
    assert found is not None
    colors = {color: count for count, color in found}
    strong, grey = ((15, 118, 110), (200, 209, 218))
    assert colors[grey] > 1.9 * colors[strong] > 0


def test_only_a_whole_run_is_written_down() -> None:
    assert read({}).whole
    assert not read({"BENCH_ONLY": "A, B"}).whole
    assert not read({"BENCH_AGAINST": "limit"}).whole
    assert not read({"BENCH_ORDERS": "5000"}).whole
    assert read({"BENCH_ONLY": "A, B"}).measures("B")
    assert not read({"BENCH_ONLY": "A, B"}).measures("C")


def test_a_workload_that_does_not_exist_is_no_reason_to_measure_nothing() -> None:
    with pytest.raises(SystemExit, match="A, B, C, D"):
        read({"BENCH_ONLY": "E"})


def test_ordergraph_and_the_limit_always_race() -> None:
    assert [each.name for each in racers(read({"BENCH_AGAINST": "plain"}))] == [
        "limit",
        "ordergraph",
        "plain",
    ]
    assert len(racers(read({}))) == 7
