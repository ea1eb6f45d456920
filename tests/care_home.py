"""A mother in a test whose child has one record of each kind."""

from collections.abc import Callable
from datetime import date

from bot.care.care_export import records_copy
from bot.care.care_records import record_doses, record_visit
from bot.care.measurements import record_measurement
from bot.care.screenings import asked_of, record_screening
from bot.families.children import add_child, change_child
from bot.families.consent import give
from bot.families.invitation import invite, join
from bot.families.membership import found_family
from bot.flow import Visit
from knowledge.growth_reading import Measurement
from knowledge.load_calendars import load_calendars
from knowledge.vaccine_record import GivenDose

CALENDARS = load_calendars()
SCHEDULE, CHECKUPS = CALENDARS.schedule, CALENDARS.checkups
BORN = date(2026, 1, 15)
HEPB = GivenDose(BORN, "HepB")
BCG = GivenDose(date(2026, 1, 16), "BCG")


def answers_of(visit: Visit, home: "Home") -> dict:
    return {sign.id: "no" for sign in asked_of(home.child, visit.today).questions}


class Home:
    """A mother with one child whose calendar is kept, one record of each kind, and helpers to let others in."""

    def __init__(self, visit_of: Callable[[str], Visit]) -> None:
        self.visit_of = visit_of
        mother = visit_of("mother")
        self.family = found_family(mother)
        give(mother, self.family, "calendar")
        self.child = add_child(mother, self.family, "豆豆", BORN, approximate=False, gestation_weeks=None)
        self.dose = record_doses(mother, self.child.id, [HEPB], SCHEDULE)[0]
        self.visit = record_visit(mother, self.child.id, "m6", 1, "given", date(2026, 7, 16), CHECKUPS)

        measured = Measurement(date(2026, 7, 16), 8.0, 68.0, 43.5)
        change_child(mother, self.child.id, sex="f")
        self.measured = record_measurement(mother, self.child.id, measured)

        self.screening = record_screening(mother, self.child.id, answers_of(mother, self))

    def lets_in(self, who: str, role: str) -> Visit:
        join(self.visit_of(who), invite(self.visit_of("mother"), self.family, role).code)
        return self.visit_of(who)

    def everything(self) -> object:
        mother = self.visit_of("mother")
        return records_copy(mother, self.child)
