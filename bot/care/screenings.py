"""Answers to the warning signs of an age: write down, read, and whether a list waits. Never a label, never a count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from bot.care.care_rows import ScreeningRow
from bot.care.sealed_entries import Entry, calendar_child, entries, write_entry
from bot.errors import Refusal
from bot.families.child import Child
from bot.flow import Visit
from knowledge.child_age import child_age
from knowledge.faults import InputFault
from knowledge.load_growth import load_milestones
from knowledge.milestones import REPLIES, Questionnaire, Reply, questionnaire


@dataclass(frozen=True)
class Screening:
    """One questionnaire gone through. `from_month`: the age whose list it was; `answers`: by the sign's id."""

    id: str
    on: date
    from_month: int
    answers: Mapping[str, Reply]


def asked_of(child: Child, on: date) -> Questionnaire:
    """What is shown and asked at the child's (corrected) age.

    Raises: Refusal: the child is older than the lists reach.
    """
    try:
        return questionnaire(load_milestones(), child_age(child.born_on, on, child.gestation_weeks))
    except InputFault as fault:
        raise Refusal("milestones.too_old") from fault


def screenings_of(visit: Visit, child_id: str) -> list[Screening]:
    """The questionnaires on record, in the order of writing.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    return [screening_of(entry) for entry in entries(visit, ScreeningRow, child_id)]


def record_screening(visit: Visit, child_id: str, answers: Mapping[str, Reply]) -> str:
    """Write the answers to today's list down. Returns the record's id.

    Raises: Refusal: the visitor may not record, an answer is missing, or one is to something not asked.
    """
    child = calendar_child(visit, child_id, "record")
    asked = asked_of(child, visit.today)
    if not asked.questions or {sign.id for sign in asked.questions} != set(answers):
        raise Refusal("button_gone")
    if not set(answers.values()) <= set(REPLIES):
        raise Refusal("button_gone")
    plain = {"on": visit.today.isoformat(), "from_month": asked.step.from_month, "answers": dict(answers)}
    return write_entry(visit, ScreeningRow, child.id, plain, "screened")


def signs_due(visit: Visit, child: Child) -> bool:
    """Whether a list of the child's age waits that the family has not gone through.

    Raises: Refusal: see `sealed_entries.calendar_child`.
    """
    try:
        asked = asked_of(child, visit.today)
    except Refusal:  # too old for the lists: none waits
        return False
    known = {one.from_month for one in screenings_of(visit, child.id)}
    return bool(asked.questions) and asked.step.from_month not in known


def screening_of(entry: Entry) -> Screening:
    """A questionnaire as a value."""
    plain = entry.plain
    answers = cast("dict[str, Reply]", plain["answers"])
    return Screening(entry.id, date.fromisoformat(plain["on"]), int(plain["from_month"]), answers)
