"""Cut the font of the growth chart out of a full one: only the characters that the chart's words use.

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
WORDS = REPOSITORY / "knowledge" / "data" / "growth" / "words.yaml"
TARGET = REPOSITORY / "bot" / "care" / "fonts" / "NotoSansSC-chart.ttf"


def main() -> None:
    text = "".join(sorted({*string.printable.strip(), *WORDS.read_text(encoding="utf-8"), *"–−·℃年月日天周岁"}))
    options = subset.Options(layout_features=["*"], name_IDs=["*"], notdef_outline=True, hinting=False)
    font = subset.load_font(sys.argv[1], options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(font)
    TARGET.parent.mkdir(exist_ok=True)
    subset.save_font(font, str(TARGET), options)
    print(f"{TARGET.name}: {len(text)} characters, {TARGET.stat().st_size:,} bytes")


main()
