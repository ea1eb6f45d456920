"""Cut the font of the pictures out of a full one: only the characters of the growth chart and of the indicators.

    npm pack @expo-google-fonts/noto-sans-sc && tar xzf expo-google-fonts-noto-sans-sc-*.tgz
    pip install fonttools
    python scripts/chart_font.py package/400Regular/NotoSansSC_400Regular.ttf

Noto Sans SC is under the SIL Open Font License 1.1 (bot/care/fonts/OFL.txt). tests/test_growth_chart.py fails when a
word of the chart uses a character that the cut font lacks.
"""

import string
import sys
from pathlib import Path

from fontTools import subset

REPOSITORY = Path(__file__).parents[1]
WORDS = (
    REPOSITORY / "knowledge" / "data" / "growth" / "words.yaml",
    REPOSITORY / "knowledge" / "data" / "topics.yaml",
    REPOSITORY / "knowledge" / "districts.py",
)
PICTURE_WORDS = REPOSITORY / "bot" / "admin" / "locales" / "staff.zh.yaml"
TARGET = REPOSITORY / "bot" / "care" / "fonts" / "NotoSansSC-chart.ttf"


def words() -> str:
    """Everything that a picture says."""
    lines = PICTURE_WORDS.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith("picture.")]
    return "".join([*(path.read_text(encoding="utf-8") for path in WORDS), *told])


def main() -> None:
    text = "".join(sorted({*string.printable.strip(), *words(), *"–−·℃年月日天周岁"}))
    options = subset.Options(layout_features=["*"], name_IDs=["*"], notdef_outline=True, hinting=False)
    font = subset.load_font(sys.argv[1], options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(font)
    TARGET.parent.mkdir(exist_ok=True)
    subset.save_font(font, str(TARGET), options)
    print(f"{TARGET.name}: {len(text)} characters, {TARGET.stat().st_size:,} bytes")


main()
