"""On which days and in which hours counsellors work: the public calendar of China and the operator's setting."""

import re
from datetime import date, time, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.errors import Misconfigured
from bot.tickets.ticket_clock import Hours

if TYPE_CHECKING:
    from holidays import HolidayBase

_WRITTEN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*")


def read_counsellor_hours(written: str) -> tuple[time, time]:
    """The hours of a setting like "9:00-17:00".

    Raises: Misconfigured: it is not written like that, or ends before it begins.
    """
    found = _WRITTEN.fullmatch(written)
    try:
        if found is None:
            raise ValueError  # noqa: TRY301 - told below with the others
        first, first_minute, last, last_minute = (int(part) for part in found.groups())
        opens, closes = time(first, first_minute), time(last, last_minute)
    except ValueError:
        message = f"QIHUI_COUNSELLOR_HOURS: {written[:40]!r} are no hours; write them like 9:00-17:00"
        raise Misconfigured(message) from None
    if closes <= opens:
        message = f"QIHUI_COUNSELLOR_HOURS: {written[:40]!r} ends before it begins; write the earlier hour first"
        raise Misconfigured(message)
    return opens, closes


def is_counsellor_day(day: date) -> bool:
    """Whether a day is a working day in China: no weekend but those worked in exchange, no public holiday.

    Days of a year whose holidays are not announced yet are the package's estimate.
    """
    return bool(_calendar().is_working_day(day))


def hours_in(zone: tzinfo, opens_and_closes: tuple[time, time]) -> Hours:
    """The counsellors' hours in a zone."""
    return Hours(*opens_and_closes, zone, is_counsellor_day)


@lru_cache(maxsize=1)
def _calendar() -> "HolidayBase":
    from holidays import country_holidays

    return country_holidays("CN")
