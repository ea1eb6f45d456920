"""Search quality is a promise: the figures on judged questions may not fall below these."""

import pytest

from bot.evaluation import Report, evaluate
from bot.wiring import Knowing
from index.baselines import Bm25Baseline
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def report(knowing: Knowing) -> Report:
    judged = REPOSITORY / "tests" / "judged"
    return evaluate(judged, knowing, ways=[Bm25Baseline(knowing.shipped.guide)])


@pytest.mark.parametrize(
    ("row", "figure", "least"),
    [
        ("Chinese", "first right", 0.88),
        ("Chinese", "among three", 0.97),
        ("English", "first right", 0.83),
        ("English", "among three", 0.94),
        ("urgent", "recall", 0.98),
        ("out of scope", "not answered", 0.92),
    ],
)
def test_a_figure_does_not_fall_below_its_promise(report: Report, row: str, figure: str, least: float) -> None:
    value = report.figures()[row][figure]
    assert value is not None and value >= least, "\n".join(report.misses())


def test_false_alarms_stay_rare(report: Report) -> None:
    value = report.figures()["calm look-alikes"]["false alarms"]
    assert value is not None and value <= 0.10, "\n".join(report.misses())


def test_ours_is_not_worse_than_the_plain_ways(report: Report) -> None:
    figures = report.figures()
    for plain in ("BM25",):
        assert figures["Chinese"]["among three"] >= figures[f"Chinese, {plain}"]["among three"] - 0.02
