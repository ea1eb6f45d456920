"""Measure the whole way from a message to a decision on judged questions, and print one table.

A question counts for a language's figures when the guide has an entry for its primary topic; the others are reported
apart, because an honest "not written yet" is the right answer to them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.batch import answer_row
from bot.wiring import Knowing
from index.baselines import Baseline, Bm25Baseline, DenseBaseline
from index.judged import Judged, read_judged
from index.metrics import quantile, right_among, share

SHOWN_AT_ONCE = {"answer", "choices", "urgent"}


@dataclass(frozen=True)
class Result:
    """A judged question with what was answered."""

    judged: Judged
    decision: str
    topics: tuple[str, ...]
    text: str
    ms: float


@dataclass
class Report:
    """Every result, and the baselines' first three topics for the same questions."""

    results: list[Result]
    written: frozenset[str]
    baselines: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def figures(self) -> dict[str, dict[str, float | int | None]]:
        """The table: row name to figures."""
        table: dict[str, dict[str, float | int | None]] = {}
        for name, sets in (("Chinese", {"dev_zh_1", "dev_zh_2"}), ("English", {"dev_en"})):
            asked = [r for r in self._of(sets) if r.judged.topics[0] in self.written]
            table[name] = _scope_figures(asked)
            missing = [r for r in self._of(sets) if r.judged.topics[0] not in self.written]
            table[f"{name}, entry not written yet"] = {
                "n": len(missing),
                "honest (not answered, or a right topic)": share(
                    [r.decision == "no_answer" or right_among(r.topics, r.judged.topics, 3) for r in missing]
                ),
            }
            for baseline, ranks in self.baselines.items():
                table[f"{name}, {baseline}"] = {
                    "n": len(asked),
                    "first right": share([right_among(ranks[r.judged.id], r.judged.topics, 1) for r in asked]),
                    "among three": share([right_among(ranks[r.judged.id], r.judged.topics, 3) for r in asked]),
                }
        urgent = [r for r in self._of({"dev_urgent"}) if r.judged.urgent]
        calm = [r for r in self._of({"dev_urgent"}) if r.judged.urgent is False]
        table["urgent"] = {
            "n": len(urgent),
            "recall": share([r.decision == "urgent" for r in urgent]),
            "right topic": share([right_among(r.topics, r.judged.topics, 1) for r in urgent]),
        }
        table["calm look-alikes"] = {"n": len(calm), "false alarms": share([r.decision == "urgent" for r in calm])}
        outside = self._of({"dev_oos"})
        table["out of scope"] = {
            "n": len(outside),
            "not answered": share([_not_answered(r) for r in outside]),
            "as expected": share([_as_expected(r) for r in outside]),
        }
        by_age = [r for r in self._of({"dev_age"}) if r.judged.topics[0] in self.written]
        table["same words, two ages"] = {"n": len(by_age), "right advice": share([_mentions(r) for r in by_age])}
        turns = [r for r in self._of({"dev_dialogues"}) if r.judged.topics[0] in self.written]
        table["second turns"] = {
            "n": len(turns),
            "first right": share([right_among(r.topics, r.judged.topics, 1) for r in turns]),
            "among three": share([right_among(r.topics, r.judged.topics, 3) for r in turns]),
        }
        times = [r.ms for r in self.results]
        table["time in ms"] = {"n": len(times), "p50": quantile(times, 0.5), "p99": quantile(times, 0.99)}
        return table

    def misses(self) -> list[str]:
        """One line a question that went wrong, for people who look."""
        return [
            f"{r.judged.set} {r.judged.id} [{r.decision}] {r.judged.text} | got {', '.join(r.topics[:3])} | "
            f"right {', '.join(r.judged.topics) or r.judged.expect}"
            for r in self.results
            if not self._is_right(r)
        ]

    def _of(self, sets: set[str]) -> list[Result]:
        return [result for result in self.results if result.judged.set in sets]

    def _is_right(self, result: Result) -> bool:
        judged = result.judged
        if judged.urgent is not None:
            return (result.decision == "urgent") == judged.urgent
        if judged.expect:
            return _as_expected(result)
        if judged.topics[0] not in self.written:
            return True
        if judged.must_mention:
            return _mentions(result)
        return right_among(result.topics, judged.topics, 1) and result.decision in SHOWN_AT_ONCE


def _scope_figures(asked: list[Result]) -> dict[str, float | int | None]:
    answered = [r for r in asked if r.decision == "answer"]
    offered = [r for r in asked if r.decision == "choices"]
    return {
        "n": len(asked),
        "first right": share([right_among(r.topics, r.judged.topics, 1) for r in asked]),
        "among three": share([right_among(r.topics, r.judged.topics, 3) for r in asked]),
        "answered": share([r.decision == "answer" for r in asked]),
        "answers right": share([right_among(r.topics, r.judged.topics, 1) for r in answered]),
        "choices right": share([right_among(r.topics, r.judged.topics, 3) for r in offered]),
        "wrongly refused": share([r.decision == "no_answer" for r in asked]),
        "wrongly urgent": share([r.decision == "urgent" for r in asked]),
    }


def _not_answered(result: Result) -> bool:
    if result.judged.expect == "redirect" and result.decision == "urgent":
        return True
    return result.decision not in SHOWN_AT_ONCE


def _as_expected(result: Result) -> bool:
    wanted = {"abstain": {"no_answer"}, "smalltalk": {"smalltalk"}, "refuse_dose": {"refuse_dose"}}
    wanted["redirect"] = {"no_answer", "urgent"}
    return result.decision in wanted[result.judged.expect]


def _mentions(result: Result) -> bool:
    text = result.text.replace(" ", "").replace("\n", "")
    said = all(any(word in text for word in item.split("|")) for item in result.judged.must_mention)
    return said and not any(word in text for word in result.judged.must_not_mention)


def evaluate(folder: Path, knowing: Knowing, *, compare: bool) -> Report:
    """Answer every judged question of a folder."""
    judged = read_judged(folder)
    results = []
    for one in judged:
        row = {"id": one.id, "age_months": one.age_months, "lang": one.language}
        answered = answer_row(row, list(one.turns or (one.text,)), knowing.asking)
        topics = tuple(answered["topics"])
        results.append(Result(one, answered["decision"], topics, answered["text"], answered["ms"]))
    report = Report(results, frozenset(knowing.shipped.guide.entries))
    if compare:
        guide = knowing.shipped.guide
        plain: list[Baseline] = [Bm25Baseline(guide), DenseBaseline(guide, knowing.encoder)]
        for baseline in plain:
            ranks = {one.id: baseline.rank(one.text) for one in judged}
            report.baselines[baseline.name] = ranks
    return report


def print_table(report: Report, show: Callable[[str], None], *, show_misses: bool) -> None:
    """Print the figures as a table of lines."""
    show(f"judged questions: {len(report.results)}, entries: {len(report.written)}")
    for name, figures in report.figures().items():
        cells = ", ".join(f"{key} {_number(value)}" for key, value in figures.items())
        show(f"{name:36} {cells}")
    if show_misses:
        for line in report.misses():
            show(line)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
