"""A picture of a child's growth: the percentile bands of the standard, the child's points, readable on a phone.

One panel for each of weight, length and head that was measured. Points stand at the age that growth goes by; for a
child born early the real age stands beside them, hollow. The picture carries no name and no date of birth.
matplotlib is imported by `draw_growth_chart` only.
"""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.growth_assessment import Assessment
from knowledge.growth_reading import LINES, Measure, Measurement, Quantity
from knowledge.growth_standard import (
    LAST_DAY,
    STANDING_FROM_DAY,
    GrowthStandard,
    TableName,
    as_the_standard_measures,
    z_of_percentile,
)
from knowledge.growth_words import GrowthWords

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FONT = Path(__file__).parent / "fonts" / "NotoSansSC-chart.ttf"
"""Noto Sans SC, cut to the chart's characters by scripts/chart_font.py; SIL Open Font License 1.1 (fonts/OFL.txt)."""

DAYS_PER_MONTH = 30.4375
WINDOWS_MONTHS = (6, 12, 24, 36, 60)
WIDTH_IN, PANEL_IN, DPI = 6.0, 4.1, 180
"""1080 pixels wide, the width of a phone's screen: text of 13 points is read without zooming in."""

_PANELS: tuple[tuple[Quantity, Measure, TableName], ...] = (
    ("weight", "weight_for_age", "weight_for_age"),
    ("length", "length_for_age", "length_for_age"),
    ("head", "head_for_age", "head_for_age"),
)
_PALE, _MIDDLE, _LINE, _CHILD = "#dcecf5", "#b9d9ea", "#2f6f8f", "#c2410c"


def draw_growth_chart(standard: GrowthStandard, words: GrowthWords, assessment: Assessment) -> bytes:
    """The picture as PNG. The newest measurement and all earlier ones of the assessment are drawn.

    A child before 40 weeks of gestation has no point yet: the bands alone are drawn.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    font = FontProperties(fname=str(FONT))
    every = (*assessment.earlier, assessment.measurement)
    panels = [panel for panel in _PANELS if any(one.value(panel[0]) is not None for one in every)]
    figure = Figure(figsize=(WIDTH_IN, PANEL_IN * len(panels) + 0.7), dpi=DPI, facecolor="white", layout="constrained")
    canvas = FigureCanvasAgg(figure)
    window = _window_days(assessment)
    for place, (quantity, measure, table) in enumerate(panels, start=1):
        axes = figure.add_subplot(len(panels), 1, place)
        children = words.say(f"chart.children.{assessment.child.sex}")
        axes.set_title(words.say(f"chart.title.{measure}", children=children), font=font, size=17, loc="left")
        low, high = _draw_bands(axes, standard, assessment, table, window, font)
        values = _draw_child(axes, words, assessment, quantity, font)
        margin = 0.04 * (high - low)
        axes.set_ylim(min([low, *values]) - margin, max([high, *values]) + margin)
        axes.set_xlim(0, window / DAYS_PER_MONTH)
        _dress(axes, words, window, font)
    foot = f"{words.say('chart.foot')}\n{words.say('chart.foot_doctor')}"
    figure.supxlabel(foot, font=font, size=12, color="#444444")
    buffer = io.BytesIO()
    canvas.print_png(buffer)
    return buffer.getvalue()


def _window_days(assessment: Assessment) -> int:
    oldest = max(assessment.age.chronological.days, 0) / DAYS_PER_MONTH
    months = next((window for window in WINDOWS_MONTHS if oldest <= window), WINDOWS_MONTHS[-1])
    return min(round(months * DAYS_PER_MONTH), LAST_DAY)


def _draw_bands(
    axes: "Axes", standard: GrowthStandard, assessment: Assessment, table: TableName, window: int, font: Any
) -> tuple[float, float]:
    """Draw P3-P97 and P15-P85 with the lines named at the right; returns the lowest and highest value drawn."""
    spans = [(0, min(window, STANDING_FROM_DAY - 1)), (STANDING_FROM_DAY, window)]
    if table != "length_for_age":
        spans = [(0, window)]
    lowest, highest = float("inf"), 0.0
    for first, last in spans:
        if first > last:
            continue
        days = [*range(first, last, 7), last]
        rows = [lms for day in days if (lms := standard.by_age(table, assessment.child.sex, day)) is not None]
        months = [day / DAYS_PER_MONTH for day in days]
        curves = {line: [lms.value_at(z_of_percentile(line)) for lms in rows] for line in LINES}
        axes.fill_between(months, curves[3], curves[97], color=_PALE, linewidth=0)
        axes.fill_between(months, curves[15], curves[85], color=_MIDDLE, linewidth=0)
        for line in LINES:
            axes.plot(months, curves[line], color=_LINE, linewidth=1.8 if line == 50 else 0.9)
            if last == window:
                end = (months[-1], curves[line][-1])
                axes.annotate(f"P{line}", end, (9, 0), textcoords="offset points", va="center", font=font, size=12)
        lowest, highest = min(lowest, *curves[3]), max(highest, *curves[97])
    return lowest, highest


def _draw_child(axes: "Axes", words: GrowthWords, assessment: Assessment, quantity: Quantity, font: Any) -> list[float]:
    """Draw the child's points, the newest with its number; returns the values drawn."""
    from matplotlib.patheffects import withStroke

    used: list[tuple[float, float]] = []
    real: list[tuple[float, float]] = []
    for one in (*assessment.earlier, assessment.measurement):
        value = one.value(quantity)
        age = assessment.child.age(one.on)
        if value is None:
            continue
        if not age.before_term:
            used.append((age.used.days / DAYS_PER_MONTH, _drawn(one, value, quantity, age.used.days)))
        if age.corrected is not None:
            days = age.chronological.days
            real.append((days / DAYS_PER_MONTH, _drawn(one, value, quantity, days)))
    if real:
        label = words.say("chart.real")
        axes.plot(*zip(*real, strict=True), "o", mfc="white", mec=_CHILD, ms=8, mew=1.5, label=label, clip_on=False)
    if used:
        label = words.say("chart.corrected" if real else "chart.child")
        axes.plot(*zip(*used, strict=True), "o-", color=_CHILD, ms=9, linewidth=2, label=label, clip_on=False)
        number = axes.annotate(
            f"{used[-1][1]:g}",
            used[-1],
            (-9, 10),
            textcoords="offset points",
            ha="right",
            font=font,
            size=16,
            color=_CHILD,
        )
        number.set_path_effects([withStroke(linewidth=4, foreground="white")])
    if used or real:
        legend = axes.legend(loc="lower right", frameon=True, framealpha=0.9)
        for text in legend.get_texts():
            text.set_fontproperties(font)
            text.set_fontsize(13)
    return [value for _, value in (*used, *real)]


def _drawn(measurement: Measurement, value: float, quantity: Quantity, age_days: int) -> float:
    if quantity != "length":
        return value
    return round(as_the_standard_measures(value, age_days, measurement.position), 1)


def _dress(axes: "Axes", words: GrowthWords, window: int, font: Any) -> None:
    months = round(window / DAYS_PER_MONTH)
    step = {6: 1, 12: 2, 24: 4, 36: 6, 60: 12}[months]
    axes.set_xticks(range(0, months + 1, step))
    axes.set_xlabel(words.say("chart.months"), font=font, size=13)
    axes.grid(visible=True, color="#e5e5e5", linewidth=0.8)
    axes.set_axisbelow(True)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font)
        label.set_fontsize(13)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
