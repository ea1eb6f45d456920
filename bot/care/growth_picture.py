"""The growth chart as a picture to be drawn later: what it is drawn from, written down and read back.

The values are those of the drawing alone, without a nickname; whoever keeps them seals them.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.care.growth_chart import draw_growth_chart
from bot.messages import Picture
from knowledge.growth_assessment import assess
from knowledge.growth_reading import Child, Measurement
from knowledge.load_growth import load_growth_standard, load_growth_words
from knowledge.topics import Language

DRAWING = "growth"
FILE_NAME = "growth.png"


def growth_picture(child: Child, measured: Measurement, earlier: Sequence[Measurement], language: Language) -> Picture:
    """The chart of a believed measurement and those before it."""
    values = {
        "language": language,
        "sex": child.sex,
        "born_on": child.born_on.isoformat(),
        "gestation_weeks": child.gestation_weeks,
        "measured": [_plain(one) for one in (*earlier, measured)],
    }
    return Picture(FILE_NAME, DRAWING, json.dumps(values))


def draw(values: str) -> bytes:
    """The chart as a PNG."""
    plain = json.loads(values)
    child = Child(plain["sex"], date.fromisoformat(plain["born_on"]), plain["gestation_weeks"])
    *earlier, measured = [_measurement(one) for one in plain["measured"]]
    standard = load_growth_standard()
    found = assess(standard, child, measured, tuple(earlier), confirmed=True)
    return draw_growth_chart(standard, load_growth_words()[plain["language"]], found)


def _plain(one: Measurement) -> dict[str, Any]:
    return {**vars(one), "on": one.on.isoformat()}


def _measurement(plain: dict[str, Any]) -> Measurement:
    return Measurement(**{**plain, "on": date.fromisoformat(plain["on"])})
