"""The part of the dialogue that settles a birth date: typed in any usual form, asked back, or by buttons. Pure."""

from datetime import date

from bot.errors import Refusal
from bot.families.child import check_born_on
from bot.families.child_questions import ask_born, ask_day, ask_month, ask_which_date, ask_year
from bot.flow import Step, Turn
from bot.messages import Say
from knowledge.birth_date import Born, DayMissing, NoBirthDate, WhichDate, read_birth_date

BIRTH_STEPS = ("born", "year", "month", "day", "which")
"""The steps in which a typed date is welcome."""


def hear_birth_date(step: Step, nickname: str, text: str, today: date) -> Born | Turn | None:
    """A typed text: settled, a question back, or None for something else than a date."""
    reading = read_birth_date(text, today)
    if reading is None and step.name == "day" and text.strip(" 日号").isdecimal():
        return press_birth_date(step, nickname, f"day:{int(text.strip(' 日号'))}", today)
    match reading:
        case Born():
            return _settled(step, nickname, reading, today)
        case WhichDate(days):
            fitting = [day for day in days if _can_be(day, today)] or list(days[:1])
            if len(fitting) == 1:
                return _settled(step, nickname, Born(fitting[0]), today)
            return Turn(ask_which_date(fitting), step.to("which"))
        case DayMissing(year, month):
            return Turn(ask_day(year, month, today), step.to("day", year=str(year), month=str(month)))
        case NoBirthDate(why):
            return Turn(ask_born(nickname, Say(f"born.{why}")), step.to("born"))
        case None:
            return None


def press_birth_date(step: Step, nickname: str, argument: str, today: date) -> Born | Turn | None:
    """A pressed button: settled, the next question, or None for a button that fits no open question."""
    verb, _, value = argument.partition(":")
    draft = step.draft
    if verb == "years":
        return Turn(ask_year(today), step.to("year"))
    if verb == "which":
        try:
            return _settled(step, nickname, Born(date.fromisoformat(value)), today)
        except ValueError:
            return None
    if not (value.isascii() and value.isdecimal()):
        return None
    number = int(value[:4])
    if verb == "year" and today.year - 20 <= number <= today.year:
        return Turn(ask_month(number, today), step.to("month", year=str(number)))
    if verb == "month" and "year" in draft and 1 <= number <= 12:
        year = int(draft["year"])
        return Turn(ask_day(year, number, today), step.to("day", month=str(number)))
    if verb == "day" and "year" in draft and "month" in draft:
        try:
            return _settled(step, nickname, Born(date(int(draft["year"]), int(draft["month"]), number)), today)
        except ValueError:
            return Turn(ask_born(nickname, Say("born.impossible")), step.to("born"))
    return None


def ask_again(step: Step, nickname: str, today: date) -> Turn:
    """The open question once more."""
    draft = step.draft
    if step.name == "year":
        return Turn(ask_year(today), step)
    if step.name == "month" and "year" in draft:
        return Turn(ask_month(int(draft["year"]), today), step)
    if step.name == "day" and "month" in draft:
        return Turn(ask_day(int(draft["year"]), int(draft["month"]), today), step)
    return Turn(ask_born(nickname), step.to("born"))


def _settled(step: Step, nickname: str, born: Born, today: date) -> Born | Turn:
    try:
        check_born_on(born.born_on, today)
    except Refusal as refusal:
        return Turn(ask_born(nickname, Say(refusal.phrase, refusal.values)), step.to("born"))
    return born


def _can_be(day: date, today: date) -> bool:
    try:
        check_born_on(day, today)
    except Refusal:
        return False
    return True
