"""The pictures of a report as SVG: weeks of questions, families reached by district, topics asked.

What is not shown as a number is not drawn either: its place says so. matplotlib is imported by the
drawing alone.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.care.growth_chart import FONT
from bot.indicators.figures import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURES = ("weeks", "districts", "topics")
WIDTH_IN = 7.5
_COLOURS = {"answer": "#1f7a5c", "choices": "#6fa8c9", "refused": "#c98f3a", "urgent": "#a8231b"}
_INK = "#22302b"

Words = Mapping[str, str]
"""By the names used here: titles, axes, "none"; districts and topics by their ids."""


def draw_picture(name: str, report: Report, words: Words) -> bytes:
    """One of PICTURES as SVG; the same report gives the same bytes."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    rows = {"weeks": 0, "districts": 16, "topics": len(report.topics)}[name]
    height = 3.2 if name == "weeks" else max(1.6, 0.8 + 0.27 * rows)
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "qihui"}):
        figure = Figure(figsize=(WIDTH_IN, height), layout="constrained", facecolor="white")
        canvas = FigureCanvasSVG(figure)
        axes, font = figure.add_subplot(), FontProperties(fname=str(FONT), size=10)
        axes.set_title(words[f"{name}_title"], font=font, fontsize=12, loc="left", color=_INK)
        drawers: dict[str, Any] = {"weeks": _weeks, "districts": _districts, "topics": _topics}
        drawers[name](axes, report, words, font)
        axes.spines[["top", "right"]].set_visible(False)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            label.set_fontproperties(font)
        buffer = io.BytesIO()
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": "qihui"})
    return buffer.getvalue()


def _weeks(axes: "Axes", report: Report, words: Words, font: Any) -> None:
    places = range(len(report.weeks))
    floor = [0] * len(report.weeks)
    for kind, colour in _COLOURS.items():
        heights = [getattr(week, kind) or 0 for week in report.weeks]
        axes.bar(places, heights, bottom=floor, color=colour, label=words[kind], width=0.8)
        floor = [low + high for low, high in zip(floor, heights, strict=True)]
    axes.set_xticks(list(places), [f"{week.on:%m-%d}" for week in report.weeks])
    if places:
        axes.legend(prop=font, ncols=4, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12))
    else:
        axes.set_yticks([])


def _districts(axes: "Axes", report: Report, words: Words, font: Any) -> None:
    cells = {cell.name: cell for cell in report.figure("A5", "reached").by_district}
    names = [name for name in words["districts"].split("|") if name]
    shares = []
    for name in names:
        cell = cells.get(name)
        shown = cell is not None and cell.part is not None and cell.whole
        shares.append(100 * cell.part / cell.whole if shown and cell and cell.part and cell.whole else None)
    _bars(axes, [words[name] for name in names], shares, words["none"], font, "%")
    axes.set_xlim(0, 112)


def _topics(axes: "Axes", report: Report, words: Words, font: Any) -> None:
    titles = [words[one.topic_id] for one in report.topics]
    _bars(axes, titles, [float(one.asked) for one in report.topics], words["none"], font, "")


def _bars(axes: "Axes", names: Sequence[str], values: Sequence[float | None], none: str, font: Any, unit: str) -> None:
    places = list(range(len(names)))
    axes.barh(places, [value or 0 for value in values], color=_COLOURS["answer"], height=0.7)
    for place, value in zip(places, values, strict=True):
        text = none if value is None else f"{value:.0f}{unit}"
        axes.annotate(
            text,
            (value or 0, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            font=font,
            fontsize=9,
            color=_INK,
        )
    axes.set_yticks(places, list(names))
    axes.invert_yaxis()
