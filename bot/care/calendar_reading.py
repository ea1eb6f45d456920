"""One child's calendar, read from the records for whoever may see it."""

from bot.care.care_records import doses_of, visits_of
from bot.care.child_calendar import ChildCalendar, calendar_of
from bot.care.screenings import signs_due
from bot.families.child import Child
from bot.flow import Visit
from knowledge.load_calendars import load_calendars


def calendar_for(visit: Visit, child: Child) -> ChildCalendar:
    """The calendar as of the visitor's today.

    Raises: Refusal: see `sealed_entries.calendar_child`. RecordFault: what is on record cannot be true.
    """
    calendars = load_calendars()
    return calendar_of(
        child,
        doses_of(visit, child.id),
        visits_of(visit, child.id),
        calendars.schedule,
        calendars.checkups,
        visit.today,
        signs_due=signs_due(visit, child),
    )
