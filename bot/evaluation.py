"""Measure the whole way from a message to a decision on judged questions.

A question counts for a language's figures when the guide has an entry for its primary topic; the others are reported
apart, because an honest "not written yet" is the right answer to them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.batch import follow, reply_to
from bot.wiring import Knowing
from index.baselines import Baseline
from index.judged import Judged, read_judged
from index.metrics import quantile, right_among, share

SHOWN_AT_ONCE = {"answer", "choices", "urgent"}

Hits = dict[str, dict[str, list[bool]]]
"""Row name to figure name to one flag a judged question."""


@dataclass(frozen=True)
class Result:
    """A judged question with what was answered; `danger` is the fitted reader's probability, None if not asked."""

    judged: Judged
    decision: str
    topics: tuple[str, ...]
    text: str
    confidence: float
    danger: float | None
    ms: float

    @property
    def first_right(self) -> bool:
        """Whether the first topic is among the right ones."""
        return right_among(self.topics, self.judged.topics, 1)

    @property
    def among_three(self) -> bool:
        """Whether a right topic is among the first three."""
        return right_among(self.topics, self.judged.topics, 3)


@dataclass
class Report:
    """Every result, and the plain ways' first topics for the same questions."""

    results: list[Result]
    written: frozenset[str]
    baselines: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def hits(self) -> Hits:
        """The table as flags: what counts for each figure."""
        table: Hits = {}
        for name, english in (("Chinese", False), ("English", True)):
            asked = self.in_scope(english=english)
            table[name] = _scope_hits(asked)
            missing = [r for r in self._questions(english=english) if r.judged.topics[0] not in self.written]
            if missing:
                honest = [r.decision == "no_answer" or r.among_three for r in missing]
                table[f"{name}, entry not written yet"] = {"honest": honest}
            for baseline, ranks in self.baselines.items():
                table[f"{name}, {baseline}"] = {
                    "first right": [right_among(ranks[_key(r.judged)], r.judged.topics, 1) for r in asked],
                    "among three": [right_among(ranks[_key(r.judged)], r.judged.topics, 3) for r in asked],
                }
        urgent = [r for r in self.results if r.judged.urgent]
        calm = [r for r in self.results if r.judged.urgent is False]
        table["urgent"] = {
            "recall": [r.decision == "urgent" for r in urgent],
            "right topic": [r.first_right for r in urgent],
        }
        table["calm look-alikes"] = {"false alarms": [r.decision == "urgent" for r in calm]}
        outside = [r for r in self.results if r.judged.expect]
        table["out of scope"] = {
            "not answered": [_not_answered(r) for r in outside],
            "as expected": [_as_expected(r) for r in outside],
        }
        by_age = [r for r in self.results if r.judged.must_mention and r.judged.topics[0] in self.written]
        table["same words, two ages"] = {"right advice": [_mentions(r) for r in by_age]}
        turns = [r for r in self.results if r.judged.turns and r.judged.topics[0] in self.written]
        table["second turns"] = {
            "first right": [r.first_right for r in turns],
            "among three": [r.among_three for r in turns],
        }
        return table

    def figures(self) -> dict[str, dict[str, float | int | None]]:
        """The table: row name to figures, with the number of questions as `n`."""
        table: dict[str, dict[str, float | int | None]] = {}
        for row, figures in self.hits().items():
            n = max((len(flags) for flags in figures.values()), default=0)
            table[row] = {"n": n, **{name: share(flags) for name, flags in figures.items()}}
        times = [result.ms for result in self.results]
        table["time in ms"] = {"n": len(times), "p50": quantile(times, 0.5), "p99": quantile(times, 0.99)}
        return table

    def in_scope(self, *, english: bool) -> list[Result]:
        """The questions of a language that the guide has an entry for."""
        return [r for r in self._questions(english=english) if r.judged.topics[0] in self.written]

    def by_domain(self) -> Hits:
        """First right and among three by the domain of the primary topic."""
        return _grouped(self._all_in_scope(), lambda result: result.judged.topics[0].split(".", 1)[0])

    def by_style(self) -> Hits:
        """First right and among three by the writer's style."""
        return _grouped(self._all_in_scope(), lambda result: result.judged.style or "unnamed")

    def confusions(self, most: int = 25) -> list[tuple[str, str, int]]:
        """Pairs (right topic, topic put first instead) with their counts, most frequent first."""
        wrong = [r for r in self._all_in_scope() if r.topics and not r.first_right]
        pairs = Counter((r.judged.topics[0], r.topics[0]) for r in wrong)
        return [(right, got, count) for (right, got), count in pairs.most_common(most)]

    def misses(self) -> list[str]:
        """One line a question that went wrong, for people who look."""
        return [
            f"{r.judged.set} {r.judged.id} [{r.decision} {r.confidence:.2f}] {r.judged.text} | "
            f"got {', '.join(r.topics[:3])} | right {', '.join(r.judged.topics) or r.judged.expect}"
            for r in self.results
            if not self._is_right(r)
        ]

    def _questions(self, *, english: bool) -> list[Result]:
        plain = [r for r in self.results if r.judged.is_plain_question]
        return [r for r in plain if (r.judged.set.rstrip("0123456789_").endswith("_en")) == english]

    def _all_in_scope(self) -> list[Result]:
        return self.in_scope(english=False) + self.in_scope(english=True)

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
        return result.first_right and result.decision in SHOWN_AT_ONCE


def _grouped(results: list[Result], key: Callable[[Result], str]) -> Hits:
    table: Hits = {}
    for result in results:
        row = table.setdefault(key(result), {"first right": [], "among three": []})
        row["first right"].append(result.first_right)
        row["among three"].append(result.among_three)
    return dict(sorted(table.items()))


def _scope_hits(asked: list[Result]) -> dict[str, list[bool]]:
    return {
        "first right": [r.first_right for r in asked],
        "among three": [r.among_three for r in asked],
        "answered": [r.decision == "answer" for r in asked],
        "answers right": [r.first_right for r in asked if r.decision == "answer"],
        "choices right": [r.among_three for r in asked if r.decision == "choices"],
        "wrongly refused": [r.decision == "no_answer" for r in asked],
        "wrongly urgent": [r.decision == "urgent" for r in asked],
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


def _key(judged: Judged) -> str:
    return f"{judged.set} {judged.id}"


def evaluate(folder: Path, knowing: Knowing, ways: Iterable[Baseline] = ()) -> Report:
    """Answer every judged question of a folder; the plain `ways` rank the same questions."""
    judged = read_judged(folder)
    results = [_answered(one, knowing) for one in judged]
    report = Report(results, frozenset(knowing.shipped.guide.entries))
    asked = [one for one in judged if one.is_plain_question]
    report.baselines = {way.name: _ranks(way, asked) for way in ways}
    return report


def _answered(one: Judged, knowing: Knowing) -> Result:
    row = {"age_months": one.age_months, "lang": one.language}
    outcome, milliseconds = follow(row, list(one.turns or (one.text,)), knowing.asking)
    return Result(
        judged=one,
        decision=outcome.decision,
        topics=outcome.topic_ids,
        text=reply_to(outcome, knowing.shipped).plain_text,
        confidence=outcome.confidence,
        danger=outcome.finding.danger if outcome.finding else None,
        ms=milliseconds,
    )


def _ranks(way: Baseline, asked: Iterable[Judged]) -> dict[str, list[str]]:
    return {_key(one): way.rank(one.text) for one in asked}
