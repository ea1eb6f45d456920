"""Read the calendars of the data folder into values: immunization and check-ups. Opens files; all else is pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.checkup_calendar import CheckupCalendar
from knowledge.checkup_file import CHECKUP_FILE, CHECKUP_SENTENCES, read_checkups
from knowledge.data_folder import DATA, read_yaml
from knowledge.faults import GuideFault, Problem
from knowledge.guide import Source
from knowledge.load import read_sources
from knowledge.schedule import Schedule
from knowledge.schedule_file import FILES, read_schedule
from knowledge.sentence_file import SENTENCE_FILE, SENTENCES, read_sentences
from knowledge.vaccine_names import VaccineNames, read_vaccine_names

NAMES_FILE = "vaccine_names.yaml"


@dataclass(frozen=True)
class Calendars:
    """What a child is invited to, what vaccines are called, and the register of sources."""

    schedule: Schedule
    checkups: CheckupCalendar
    names: VaccineNames
    sources: Mapping[str, Source]


@lru_cache(maxsize=4)
def load_calendars(data: Path = DATA) -> Calendars:
    """The calendars of a data folder, read once a process.

    Raises: GuideFault: a file is missing or malformed, or names a source that sources.yaml does not; says where.
    """
    immunization, checkups = data / "immunization", data / "checkups"
    raw = {name: read_yaml(immunization / name, data) for name in FILES}
    sentences = read_sentences(read_yaml(immunization / SENTENCE_FILE, data), SENTENCES)
    schedule = read_schedule(raw, sentences)
    told = read_sentences(read_yaml(checkups / SENTENCE_FILE, data), CHECKUP_SENTENCES)
    calendar = read_checkups(read_yaml(checkups / CHECKUP_FILE, data), told)
    sources = read_sources(data)
    cited = {f"immunization ({name})": ids for name, ids in schedule.cited().items()}
    cited |= {f"checkups ({name})": ids for name, ids in calendar.cited().items()}
    problems = [
        Problem("sources.yaml", 0, f"the calendar cites {source_id} in {place}, which is not listed; add it")
        for place, ids in cited.items()
        for source_id in ids
        if source_id not in sources
    ]
    if problems:
        raise GuideFault(problems)
    names = read_vaccine_names(
        read_yaml(immunization / NAMES_FILE, data), f"immunization/{NAMES_FILE}", schedule.products
    )
    return Calendars(schedule, calendar, names, sources)


def calendar_problems(data: Path = DATA) -> list[Problem]:
    """What an editor must mend in the calendars of a data folder; empty when all is well."""
    try:
        load_calendars(data)
    except GuideFault as fault:
        return fault.problems
    return []
