"""Search quality is a promise: the figures on judged questions may not fall below these."""

import pytest

from bot.evaluation import Report, evaluate
from bot.preparing import vector_cache
from bot.settings import Settings
from bot.wiring import Knowing
from index.baselines import Bm25Baseline, DenseBaseline
from index.vector_store import VectorStore
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def report(knowing: Knowing, settings: Settings) -> Report:
    judged, guide, encoder = REPOSITORY / "tests" / "judged", knowing.shipped.guide, knowing.encoder
    store = VectorStore(vector_cache(settings, encoder), encoder, lambda _message: None)
    dense = DenseBaseline("dense, our encoder", guide, encoder, store)
    return evaluate(judged, knowing, ways=[Bm25Baseline(guide), dense])


@pytest.mark.parametrize(
    ("row", "figure", "least"),
    [
        ("Chinese", "first right", 0.88),
        ("Chinese", "among three", 0.97),
        ("English", "first right", 0.83),
        ("English", "among three", 0.94),
        ("out of scope", "not answered", 0.92),
    ],
)
def test_a_figure_does_not_fall_below_its_promise(report: Report, row: str, figure: str, least: float) -> None:
    value = report.figures()[row][figure]
    assert value is not None and value >= least, "\n".join(report.misses())


@pytest.mark.parametrize(
    ("sets", "least_recall", "most_false_alarms"),
    [(("dev_", "second_"), 0.98, 0.06), (("third_", "fourth_"), 0.86, 0.08)],
    ids=["messages the rules were chosen on", "newer ones, many understated"],
)
def test_dangers_are_found_and_false_alarms_stay_rare(
    report: Report, sets: tuple[str, ...], least_recall: float, most_false_alarms: float
) -> None:
    part = Report([result for result in report.results if result.judged.set.startswith(sets)], report.written)
    figures = part.figures()
    recall, alarms = figures["urgent"]["recall"], figures["calm look-alikes"]["false alarms"]
    assert recall is not None and recall >= least_recall, "\n".join(part.misses())
    assert alarms is not None and alarms <= most_false_alarms, "\n".join(part.misses())


def test_ours_is_not_worse_than_the_plain_ways(report: Report) -> None:
    figures = report.figures()
    for plain in ("BM25", "dense, our encoder"):
        assert figures["Chinese"]["among three"] >= figures[f"Chinese, {plain}"]["among three"] - 0.02
