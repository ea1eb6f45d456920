"""The picture of a child's growth: drawn, in both languages, with the font that is shipped."""

import subprocess
import sys
from datetime import date
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from bot.care.growth_chart import FONT, draw_growth_chart
from knowledge.growth_assessment import assess
from knowledge.growth_reading import Child, Measurement
from knowledge.load_growth import load_growth_standard, load_growth_words
from tests.conftest import REPOSITORY

ON = date(2026, 11, 24)


def drawn(child: Child, measured: Measurement, *earlier: Measurement, language: str = "zh") -> Image.Image:
    standard, words = load_growth_standard(), load_growth_words()[language]
    picture = Image.open(BytesIO(draw_growth_chart(standard, words, assess(standard, child, measured, earlier))))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def has_the_childs_colour(picture: Image.Image) -> bool:
    return any(abs(r - 0xC2) + abs(g - 0x41) + abs(b - 0x0C) < 6 for _, (r, g, b) in picture.getcolors(1 << 20))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_panel_for_each_thing_measured_as_wide_as_a_phone(language: str) -> None:
    child = Child("m", date(2025, 11, 24))
    one = drawn(child, Measurement(ON, 9.6), language=language)
    three = drawn(child, Measurement(ON, 9.6, 75, 46), Measurement(date(2026, 5, 24), 7.9, 67), language=language)
    assert one.width == three.width == 1080
    assert three.height > 2 * one.height
    assert has_the_childs_colour(one)


@pytest.mark.parametrize(
    ("child", "measured"),
    [
        (Child("f", date(2026, 5, 1), 32), Measurement(ON, 5.8, 62)),
        (Child("f", date(2022, 1, 1)), Measurement(ON, 17.0, 108, 50)),
        (Child("m", date(2024, 5, 1)), Measurement(ON, 13.0, 91, position="lying")),
        (Child("m", ON), Measurement(ON, 3.3, 50)),
        (Child("m", date(2021, 11, 25)), Measurement(ON, 18.0)),
    ],
    ids=["born early", "nearly five", "across two years", "day of birth", "the last day"],
)
def test_every_age_can_be_drawn(child: Child, measured: Measurement) -> None:
    assert has_the_childs_colour(drawn(child, measured))


def test_before_the_due_date_there_are_bands_and_the_real_age_only() -> None:
    assert drawn(Child("f", date(2026, 11, 1), 32), Measurement(ON, 2.1)).width == 1080


def test_the_shipped_font_has_every_character_of_the_chart_and_is_small() -> None:
    known = set(TTFont(FONT).getBestCmap())
    for words in load_growth_words().values():
        for key, text in words.sentences.items():
            if key.startswith("chart."):
                assert [c for c in text if ord(c) not in known] == [], f"{key}: run scripts/chart_font.py"
    assert FONT.stat().st_size < 1_000_000
    assert "SIL OPEN FONT LICENSE" in (FONT.parent / "OFL.txt").read_text(encoding="utf-8").upper()
    assert FONT.name in (REPOSITORY / "NOTICE").read_text(encoding="utf-8")


def test_matplotlib_is_loaded_by_drawing_only() -> None:
    code = "import sys, bot.growth_commands, bot.care.growth_chart, knowledge.load_growth; print('matplotlib' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert done.stdout.split() == ["False", "False"]
