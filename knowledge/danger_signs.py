"""Danger signs by rule: which words, at which age, mean that help comes before any search. Pure.

The rules are data (`data/danger_signs.yaml`), the reading of them is here. A rule answers with the strongest match it
finds; it never says that all is well. A sign that the message denies is none; words of the past, of prevention, of
knowledge or of somebody else (`how_told`) make a match doubtful, and the caller then asks the fitted reader (`index`).
Source of the medical content: the sources named in each template.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from knowledge.faults import GuideFault, Problem
from knowledge.how_told import Spelled, TellingWords, Told, claimed, how_told, read_spelled, read_telling_words
from knowledge.topics import Language
from knowledge.wording_file import LEVELS, Level

FILE = "danger_signs.yaml"
YOUNG_INFANT_FEVER = "emergency.young-infant-fever"
UrgentLevel = Literal["call_120", "go_now"]

_CELSIUS = re.compile(
    r"(?<![\d.])(?P<whole>3[4-9]|4[0-2])(?:\s*[.点]\s*(?P<tenth>\d))?"
    r"(?:\s*(?:°|度|c\b|degrees|celsius)(?:\s*(?P<after>\d)(?!\d))?|(?<=\.\d)(?!\d))"
    r"|(?:烧到?|体温|[肛耳腋]温|温度|量(?:了|到)?|摸|发热|fever (?:of )?|temp(?:erature)?(?: is| of)? |, )\s*(?P<bare>3[4-9]|4[0-2])(?![\d.]|\s*(?:天|周|个|岁|ml|毫|w|m|d|分|次))"
)

_FAHRENHEIT = re.compile(
    r"(?<![\d.])(?P<degrees>9[5-9](?:\.\d)?|10[0-8](?:\.\d)?)(?=\s*(?:°|度)?\s*(?:f\b|fahrenheit|华氏)|\s*fever)"
    r"|(?:temp(?:erature)?(?: is| of| was)?|fever(?: of)?|体温|华氏)\s*(?P<bare>10[0-8](?:\.\d)?)(?!\d|%)"
)

_CHINESE_DEGREES = re.compile(
    r"(?P<tens>三十|四十)(?P<ones>[四五六七八九一二]?)(?:度|点)(?P<tenth>[零一二三四五六七八九])?"
)
_DIGITS = {word: digit for digit, word in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True)
class UrgentText:
    """What is said at once, in one language: the first line, what to do, what not to do."""

    first: str
    steps: tuple[str, ...]
    dont: tuple[str, ...]


@dataclass(frozen=True)
class UrgentTemplate:
    """The fixed text for a kind of danger, with the ids of its sources."""

    topic_id: str
    zh: UrgentText
    en: UrgentText
    source_ids: tuple[str, ...]
    own_first: bool

    def text(self, language: Language) -> UrgentText:
        """The text in the reader's language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Row:
    """One rule: fires when every pattern is found and `unless` is not."""

    topic_id: str
    level: Level
    all_of: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    under_months: int | None


@dataclass(frozen=True)
class DangerMatch:
    """A rule that fired. `doubtful`: the message may not tell of this child and of today (`Told.in_doubt`)."""

    topic_id: str
    level: Level
    doubtful: bool
    found: tuple[str, ...]


@dataclass(frozen=True)
class DangerSigns:
    """The rules and the fixed texts of one edition."""

    rows: tuple[Row, ...]
    spelled: Spelled
    told: TellingWords
    well: re.Pattern[str]
    headlines: dict[str, dict[Language, str]]
    templates: dict[str, UrgentTemplate]
    same_day: dict[Language, str]
    fever_words: re.Pattern[str]
    fever_unless: re.Pattern[str]
    of_air: re.Pattern[str]
    of_body: re.Pattern[str]
    fever_from_celsius: float
    raised_from_celsius: float
    fever_under_months: int

    def first_line(self, topic_id: str, level: Level, language: Language) -> str:
        """The first line of an urgent reply; it names 120. The more careful headline where the level has none."""
        template = self.templates[topic_id]
        if template.own_first:
            return template.text(language).first
        return self.headlines.get(level, self.headlines["go_now"])[language]


def find_danger(text: str, age_months: int | None, signs: DangerSigns) -> DangerMatch | None:
    """The most urgent rule that fires on a message, a certain match before a doubtful one; None when none does.

    `text` is simplified Chinese and lower case (see `knowledge.normalise`); `age_months` None: age not known.
    """
    text = signs.spelled.of(text)
    told = how_told(text, signs.told)
    matches = [match for row in signs.rows if (match := _fires(row, text, age_months, signs.told, told))]
    fever = _young_infant_fever(text, age_months, signs, told)
    if fever:
        matches.append(fever)
    if not matches:
        return None
    return min(matches, key=lambda m: (m.doubtful, LEVELS.index(m.level)))


def _fires(row: Row, text: str, age_months: int | None, words: TellingWords, told: Told) -> DangerMatch | None:
    if row.under_months is not None and (age_months is None or age_months >= row.under_months):
        return None
    found = []
    for pattern in row.all_of:
        match = claimed(pattern, text, words)
        if match is None:
            return None
        found.append(match[0])
    if row.unless is not None and row.unless.search(text):
        return None
    return DangerMatch(row.topic_id, row.level, told.in_doubt, tuple(found))


@dataclass(frozen=True)
class Noticed:
    """What the rules notice in a message, for the fitted reader to weigh: each True or False, decided by words alone.

    `sure`: a rule fired; `doubtful`: one fired that may not be about this child and today; `call_120`: it is one that
    calls for 120; `well`: the message says that the child is well, or asks in general.
    """

    sure: bool = False
    doubtful: bool = False
    call_120: bool = False
    well: bool = False


def notice(text: str, age_months: int | None, signs: DangerSigns) -> tuple[DangerMatch | None, Noticed]:
    """The rule that fires on a normalised message, None for none, and what of it the fitted reader shall weigh."""
    match = find_danger(text, age_months, signs)
    well = speaks_of_wellbeing(text, signs)
    if match is None:
        return None, Noticed(well=well)
    return match, Noticed(not match.doubtful, match.doubtful, match.level == "call_120", well)


def speaks_of_wellbeing(text: str, signs: DangerSigns) -> bool:
    """Whether a message says that the child is well, or asks about the past, prevention or knowledge.

    A temperature named that is not even raised says so too.
    """
    celsius = read_celsius(text)
    cool = celsius is not None and celsius < signs.raised_from_celsius
    return bool(cool or signs.well.search(text) or how_told(text, signs.told).in_doubt)


def read_celsius(text: str) -> float | None:
    """The highest body temperature that a message names, in degrees Celsius to a tenth; None where it names none.

    Read are figures ("38度2", "38.2", "101 f") and Chinese words ("三十八度五").
    """
    text = _CHINESE_DEGREES.sub(_in_figures, text)
    values = [
        float(f"{match['whole'] or match['bare']}.{match['tenth'] or match['after'] or 0}")
        for match in _CELSIUS.finditer(text)
    ]
    values += [
        round((float(match["degrees"] or match["bare"]) - 32) * 5 / 9, 1) for match in _FAHRENHEIT.finditer(text)
    ]
    return max(values, default=None)


def _in_figures(match: re.Match[str]) -> str:
    whole = {"三十": 30, "四十": 40}[match["tens"]] + _DIGITS.get(match["ones"], 0)
    return f"{whole}.{_DIGITS.get(match['tenth'], 0)}度"


def raised_in_young_infant(text: str, age_months: int | None, signs: DangerSigns) -> bool:
    """Whether a message names a raised temperature, short of fever, of a baby so young that a doctor should look today.

    Source: that of `young_infant_fever` in the data file.
    """
    if age_months is None or age_months >= signs.fever_under_months:
        return False
    celsius = read_celsius(text)
    return celsius is not None and signs.raised_from_celsius <= celsius < signs.fever_from_celsius


def _young_infant_fever(text: str, age_months: int | None, signs: DangerSigns, told: Told) -> DangerMatch | None:
    if age_months is None or age_months >= signs.fever_under_months:
        return None
    celsius = read_celsius(text)
    if celsius is not None:
        if celsius < signs.fever_from_celsius or (signs.of_air.search(text) and not signs.of_body.search(text)):
            return None
        return DangerMatch(YOUNG_INFANT_FEVER, "go_now", False, (f"{celsius}",))
    word = signs.fever_words.search(text)
    if word is None or signs.fever_unless.search(text):
        return None
    return DangerMatch(YOUNG_INFANT_FEVER, "go_now", told.in_doubt, (word[0],))


def read_danger_signs(raw: dict[str, Any]) -> DangerSigns:
    """The rules from the data file's mapping.

    Raises: GuideFault: a field is missing, a pattern is not a regular expression, or a sign has no template.
    """
    problems: list[Problem] = []

    def compiled(pattern: str, where: str) -> re.Pattern[str]:
        if not pattern.isprintable():
            problems.append(Problem(FILE, 0, f"{where}: {pattern!r} holds a control character; double the backslash"))
        try:
            return re.compile(pattern)
        except re.error as error:
            problems.append(Problem(FILE, 0, f"{where}: {pattern!r} is not a regular expression ({error}); correct it"))
            return re.compile("(?!)")

    try:
        headlines = raw["headlines"]
        templates = {topic: _template(topic, item, headlines) for topic, item in raw["templates"].items()}
        rows = []
        for sign in raw["signs"]:
            topic_id, level = sign["topic"], sign["level"]
            if topic_id not in templates:
                problems.append(Problem(FILE, 0, f"sign {topic_id} has no text under templates; write one"))
            if level not in LEVELS:
                problems.append(Problem(FILE, 0, f"sign {topic_id}: level {level!r} is not one of {', '.join(LEVELS)}"))
            for row in sign["rows"]:
                patterns = tuple(compiled(pattern, topic_id) for pattern in row["all"] if pattern)
                unless = compiled(row["not"], topic_id) if "not" in row else None
                rows.append(Row(topic_id, level, patterns, unless, row.get("under_months")))
        fever = raw["young_infant_fever"]
        signs = DangerSigns(
            rows=tuple(rows),
            spelled=read_spelled(raw["spelled"], compiled),
            told=read_telling_words(raw["told"], compiled),
            well=compiled("|".join(raw["well"]), "well"),
            headlines=headlines,
            templates=templates,
            same_day=raw["same_day"],
            fever_words=compiled(fever["words"], "young_infant_fever.words"),
            fever_unless=compiled(fever["not"], "young_infant_fever.not"),
            of_air=compiled(fever["of_air"], "young_infant_fever.of_air"),
            of_body=compiled(fever["of_body"], "young_infant_fever.of_body"),
            fever_from_celsius=float(fever["from_celsius"]),
            raised_from_celsius=float(fever["raised_from_celsius"]),
            fever_under_months=int(fever["under_months"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise GuideFault(
            [Problem(FILE, 0, f"a field is missing or malformed: {error!r}; see the notes on top")]
        ) from error
    if problems:
        raise GuideFault(problems)
    return signs


def _template(topic_id: str, item: dict[str, Any], headlines: dict[str, dict[Language, str]]) -> UrgentTemplate:
    def text(language: Language) -> UrgentText:
        part = item[language]
        first = part.get("first", headlines["go_now"][language])
        return UrgentText(first, tuple(part["steps"]), tuple(part["dont"]))

    return UrgentTemplate(topic_id, text("zh"), text("en"), tuple(item["sources"]), "first" in item["zh"])
