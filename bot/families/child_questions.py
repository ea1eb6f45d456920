"""The questions of the dialogue about a child, as replies. Pure: no wording, no database.

Each ends with a way out. What may stay open has a button to leave it open.
"""

from collections.abc import Iterable
from datetime import date

from bot.families.child import Child
from bot.flow import button
from bot.messages import Button, Quote, Reply, Say
from knowledge.districts import DISTRICTS, slug_of

LEAVE = (button("button.leave_it", "flow:off"),)
COMMON_WEEKS = (28, 29, 30, 31, 32, 33, 34, 35, 36)
YEARS_BACK = 6

Lines = tuple[Say | Quote, ...]


def ask_nickname(*before: Say) -> Reply:
    """What the child is called at home."""
    return Reply((*before, Say("child.ask_nickname")), (LEAVE,))


def ask_born(nickname: str, *before: Say, sibling: Child | None = None) -> Reply:
    """The birth date: typed, or by buttons; `sibling`: whose day it may share, as twins do."""
    rows: list[tuple[Button, ...]] = [(button("button.by_buttons", "child:years"),)]
    if sibling is not None:
        day = sibling.born_on.isoformat()
        rows.insert(0, (button("born.as_sibling", f"child:which:{day}", nickname=sibling.nickname),))
    return Reply((*before, Say("child.ask_born", {"nickname": nickname})), (*rows, LEAVE))


def ask_year(today: date) -> Reply:
    """The year of birth, the newest first."""
    years = (
        button("born.year", f"child:year:{today.year - back}", year=today.year - back) for back in range(YEARS_BACK + 1)
    )
    return Reply((Say("born.ask_year"),), (*_rows(years, 4), LEAVE))


def ask_month(year: int, today: date) -> Reply:
    """The month of birth; none that is still to come."""
    last = today.month if year == today.year else 12
    months = (button("born.month", f"child:month:{month}", month=month) for month in range(1, last + 1))
    return Reply((Say("born.ask_month", {"year": year}),), (*_rows(months, 4), LEAVE))


def ask_day(year: int, month: int, today: date) -> Reply:
    """The day of birth; none that the month does not have or that is still to come."""
    first = date(year, month, 1)
    days = [first.replace(day=day) for day in range(1, 32) if _exists(year, month, day)]
    buttons = (button("born.day", f"child:day:{day.day}", day=day.day) for day in days if day <= today)
    return Reply((Say("born.ask_day", {"year": year, "month": month}),), (*_rows(buttons, 7), LEAVE))


def ask_which_date(days: Iterable[date]) -> Reply:
    """A date that can be read in two ways."""
    rows = tuple((button("born.this", f"child:which:{day.isoformat()}", day=day),) for day in days)
    return Reply((Say("born.which"),), (*rows, LEAVE))


def ask_early(*before: Say) -> Reply:
    """Whether the child was born before 37 weeks."""
    row = (
        button("button.term", "child:term"),
        button("button.preterm", "child:preterm"),
        button("button.unsure", "child:unsure"),
    )
    return Reply((*before, Say("child.ask_early")), (row, LEAVE))


def ask_weeks(*before: Say) -> Reply:
    """Completed weeks of gestation."""
    weeks = (button("born.weeks", f"child:weeks:{number}", weeks=number) for number in COMMON_WEEKS)
    return Reply((*before, Say("child.ask_weeks")), (*_rows(weeks, 5), LEAVE))


def ask_sex(nickname: str) -> Reply:
    """Boy or girl: only for the growth standard."""
    row = (button("sex.f", "child:is:f"), button("sex.m", "child:is:m"), button("button.rather_not", "child:is:none"))
    return Reply((Say("child.ask_sex", {"nickname": nickname}),), (row, LEAVE))


def ask_district(*before: Say) -> Reply:
    """The district: only for services nearby."""
    names = (button(f"district.{slug_of(zh)}", f"child:in:{number}") for number, (zh, _) in enumerate(DISTRICTS))
    row = (button("button.rather_not", "child:in:none"), *LEAVE)
    return Reply((*before, Say("child.ask_district")), (*_rows(names, 4), row))


def ask_street(district: str, *before: Say) -> Reply:
    """The street or town; may stay open."""
    row = (button("button.rather_not", "child:street_none"), *LEAVE)
    return Reply((*before, Say("child.ask_street", {"district": Say(f"district.{slug_of(district)}")})), (row,))


def _rows(buttons: Iterable[Button], width: int) -> list[tuple[Button, ...]]:
    flat = list(buttons)
    return [tuple(flat[start : start + width]) for start in range(0, len(flat), width)]


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
