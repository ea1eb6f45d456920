"""Read the nudge rules and the cards of the data folder, checked against the calendars. Opens files."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.data_folder import DATA, read_yaml
from knowledge.faults import GuideFault, Problem
from knowledge.load import read_topics
from knowledge.load_calendars import load_calendars
from knowledge.nudge_rules import NUDGE_FILE, NudgeRules, read_nudge_rules
from knowledge.packs import Pack, read_pack


@dataclass(frozen=True)
class Nudging:
    """The rules, and the pack of weekly cards that they name."""

    rules: NudgeRules
    pack: Pack


@lru_cache(maxsize=4)
def load_nudges(data: Path = DATA) -> Nudging:
    """The nudge rules of a data folder, read once a process.

    Raises: GuideFault: a field is malformed, or a code, source or pack is named that is not there; says where.
    """
    calendars = load_calendars(data)
    rules = read_nudge_rules(read_yaml(data / "nudges" / NUDGE_FILE, data))
    known = {*calendars.schedule.series, *calendars.checkups.codes}
    problems = [Problem(NUDGE_FILE, 0, f"no calendar has the code {code}") for code in sorted(rules.codes - known)]
    unlisted = sorted(rules.sources - set(calendars.sources))
    problems += [Problem(NUDGE_FILE, 0, f"source {source} is not in sources.yaml; add it there") for source in unlisted]
    name = rules.rules["card"].pack
    file = data / "packs" / f"{name}.yaml"
    if not file.is_file():
        problems.append(Problem(NUDGE_FILE, 0, f"there is no pack {name} in packs/"))
    if problems:
        raise GuideFault(problems)
    pack = read_pack(read_yaml(file, data), f"packs/{name}.yaml", set(read_topics(data)))
    if pack.pace != "week_of_age":
        raise GuideFault([Problem(NUDGE_FILE, 0, f"the pack {name} has the pace {pack.pace}; it must be week_of_age")])
    return Nudging(rules, pack)


def nudge_problems(data: Path = DATA) -> list[Problem]:
    """What an editor must mend in the nudge rules of a data folder; empty when all is well."""
    try:
        load_nudges(data)
    except GuideFault as fault:
        return fault.problems
    return []
