"""What every way of writing a day shares: English names of months, full-width figures, and whether the day exists. Pure."""

from datetime import date

MONTHS_EN = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
"""Names and their short forms, in lower case."""

ANY_MONTH_EN = "|".join(sorted(MONTHS_EN, key=len, reverse=True))
"""For a pattern: any of them, the longest first."""


def real_day(year: int, month: int, day: int) -> date | None:
    """The day, None where the calendar does not have it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def half_width(text: str, keep: str = "") -> str:
    """Full-width letters, figures and signs as plain ones; `keep`: signs that stay as they are."""
    plain = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" and c not in keep else c for c in text)
    return plain.replace("\u3000", " ")
