"""The figures of an evaluation for people: a table with intervals, confusion pairs, and two pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from bot.evaluation import Hits, Report, Result
from index.metrics import interval, share

_BINS = 10
DANGER_STEPS = tuple(round(step / 20, 2) for step in range(1, 20))


def print_table(report: Report, show: Callable[[str], None], *, show_misses: bool) -> None:
    """Print the figures as a table of lines, each share with its 95 % interval."""
    show(f"judged questions: {len(report.results)}, entries: {len(report.written)}")
    for line in table_lines(report.hits()):
        show(line)
    times = report.figures()["time in ms"]
    show(f"{'time in ms':36} p50 {times['p50']:.1f}, p99 {times['p99']:.1f}")
    if show_misses:
        for line in report.misses():
            show(line)


def table_lines(hits: Hits) -> list[str]:
    """One line a row: its name, how many questions, and each figure with its interval."""
    lines = []
    for row, figures in hits.items():
        n = max((len(flags) for flags in figures.values()), default=0)
        cells = ", ".join(f"{name} {_cell(flags)}" for name, flags in figures.items())
        lines.append(f"{row:36} n {n}, {cells}")
    return lines


def markdown_table(hits: Hits) -> str:
    """The same as a Markdown table for `docs/benchmark.md`."""
    lines = ["| set | n | figure | value | 95 % interval |", "|---|---|---|---|---|"]
    for row, figures in hits.items():
        for name, flags in figures.items():
            bounds = interval(flags)
            shown = f"{bounds[0]:.3f} - {bounds[1]:.3f}" if bounds else "-"
            value = share(flags)
            lines.append(f"| {row} | {len(flags)} | {name} | {'-' if value is None else f'{value:.3f}'} | {shown} |")
    return "\n".join(lines)


def _cell(flags: list[bool]) -> str:
    value, bounds = share(flags), interval(flags)
    if value is None or bounds is None:
        return "-"
    return f"{value:.3f} [{bounds[0]:.2f}-{bounds[1]:.2f}]"


FIGURES = "## Figures"
"""What stands above this in the published page was written by a person and stays."""


def benchmark_page(report: Report, command: str, pictures: tuple[str, str]) -> str:
    """The published page: every figure with its interval, by domain and style, what is confused with what."""
    confused = report.confusions()
    pairs = "\n".join(f"| {right} | {got} | {count} |" for right, got, count in confused) or "| - | - | - |"
    times = report.figures()["time in ms"]
    danger = "\n".join(
        f"| {threshold:.2f} | {found:.3f} | {alarms:.3f} |" for threshold, found, alarms in danger_curve(report)
    )
    return f"""{FIGURES}

{markdown_table(report.hits())}

Time for one question in process: p50 {times["p50"]:.1f} ms, p99 {times["p99"]:.1f} ms.

![How often answers of a given confidence are right]({pictures[0]}) ![How many questions are answered against how many answers are right]({pictures[1]})

## By domain

{markdown_table(report.by_domain())}

## By style of writing

{markdown_table(report.by_style())}

## What is confused with what

| right | put first | times |
|---|---|---|
{pairs}

## The probability of a danger

The operating point is the setting `QIHUI_DANGER_THRESHOLD`. What the rules notice is weighed in; that a sure rule speaks below the threshold too is not counted here.

| threshold | recall | false alarms |
|---|---|---|
{danger}

Printed by `{command}`.
"""


def danger_curve(report: Report) -> list[tuple[float, float, float]]:
    """(threshold, recall, false alarms) of the fitted reader, over the messages that no rule was sure of."""
    judged = [r for r in report.results if r.judged.urgent is not None]
    read = [(r.judged.urgent, 1.0 if r.danger is None else r.danger) for r in judged]
    dangers = [danger for urgent, danger in read if urgent]
    calm = [danger for urgent, danger in read if not urgent]
    if not dangers or not calm:
        return []
    return [
        (step, float(np.mean(np.array(dangers) >= step)), float(np.mean(np.array(calm) >= step)))
        for step in DANGER_STEPS
    ]


def draw_pictures(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write the reliability diagram and the curve of coverage against precision as PNG files."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    asked = report.in_scope(english=False) + report.in_scope(english=True)
    reliability, coverage = folder / "reliability.png", folder / "coverage-precision.png"
    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(figsize=(5, 4), dpi=120)
    means, rights = _bins(asked)
    axes.plot([0, 1], [0, 1], "--", color="#999999", label="perfectly calibrated")
    axes.plot(means, rights, "o-", color="#1f6f5c", label="qihui")
    axes.set(xlabel="confidence", ylabel="share of first places right", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(reliability)
    figure, axes = plt.subplots(figsize=(5, 4), dpi=120)
    covered, precise = _coverage(asked)
    axes.plot(covered, precise, color="#1f6f5c")
    axes.set(xlabel="share of questions answered", ylabel="share of answers right", xlim=(0, 1), ylim=(0.5, 1.01))
    axes.grid(color="#eeeeee")
    figure.tight_layout()
    figure.savefig(coverage)
    plt.close("all")
    return reliability, coverage


def _bins(asked: list[Result]) -> tuple[list[float], list[float]]:
    means, rights = [], []
    for place in range(_BINS):
        inside = [r for r in asked if place / _BINS <= r.confidence < (place + 1) / _BINS + (place == _BINS - 1)]
        if inside:
            means.append(float(np.mean([r.confidence for r in inside])))
            rights.append(float(np.mean([r.first_right for r in inside])))
    return means, rights


def _coverage(asked: list[Result]) -> tuple[list[float], list[float]]:
    surest = sorted(asked, key=lambda result: -result.confidence)
    right = np.cumsum([result.first_right for result in surest])
    count = np.arange(1, len(surest) + 1)
    return list(count / max(1, len(surest))), list(right / count)
