"""What comes before any answer: a danger sign, or a question for a dose. Pure.

What the rules notice and what the fitted reader finds is weighed together in one probability. Missing a danger is worse
than a false alarm, so where a rule is sure only a probability of clear calm keeps it silent.
"""

from dataclasses import dataclass

from index.result import Finding
from knowledge.danger_signs import (
    YOUNG_INFANT_FEVER,
    DangerMatch,
    DangerSigns,
    raised_in_young_infant,
    speaks_of_wellbeing,
)
from knowledge.dose_request import DosePatterns, asks_for_dose, names_medicine
from knowledge.wording_file import Level

VETO: dict[str, float] = {"call_120": 0.3, "go_now": 0.45}
"""Below this probability the alarm of a sure rule is dropped, by its level. On messages held out that keeps all but 2 of
388 dangers for which such a rule calls for 120, all but 1 of 298 others, and drops a quarter of their false alarms."""

YOUNG_INFANT_MONTHS = 3

NEVER_VETOED = frozenset({YOUNG_INFANT_FEVER, "emergency.parent-crisis", "emergency.abuse"})

LEAST_SCOPE_PROBABILITY = 0.25
SURE_OUT_OF_SCOPE = 0.96
"""Below that probability of being about a child at all, a message without a rule must show this one of a danger."""

DOCTOR_PROBABILITY = 0.7
"""From this probability the answer says that a doctor should see the child today."""

DOCTORS_DOMAINS = (
    "health.",
    "emergency.",
    "vaccine.reactions",
    "care.skin",
    "care.umbilical",
    "feeding.breast.mastitis",
)
"""Only where the matter is one of illness: a doctor today is no advice on play."""

DOSE_PROBABILITY = 0.5
DOSE_PROBABILITY_WITHOUT_MEDICINE = 0.9


@dataclass(frozen=True)
class Urgent:
    """Say the fixed text for `topic_id` at once. `probability` is 1 where a rule was sure."""

    topic_id: str
    level: Level
    probability: float


@dataclass(frozen=True)
class DoseAsked:
    """Decline kindly: the bot never computes a dose."""


def by_reading(
    finding: Finding, match: DangerMatch | None, threshold: float, age_months: int | None = None
) -> Urgent | None:
    """The alarm of a message that was read by the index; `match`: the rule that fired on it, None for none.

    `age_months`: of the child, None for not known: a fever alone is a danger under 3 months only (source NG143).

    `finding.danger` has weighed the rule already. A sure rule speaks unless that tells of calm, and always for
    what a life may hang on: a baby under 3 months, a parent in crisis, violence.
    """
    if (
        match is not None
        and not match.doubtful
        and (match.topic_id in NEVER_VETOED or finding.danger >= VETO[match.level])
    ):
        return Urgent(match.topic_id, match.level, finding.danger)
    if match is not None and finding.danger >= threshold:
        return Urgent(match.topic_id, match.level, finding.danger)
    topic_id = finding.danger_topic_id
    needed = SURE_OUT_OF_SCOPE if finding.in_scope < LEAST_SCOPE_PROBABILITY else threshold
    if topic_id == YOUNG_INFANT_FEVER and age_months is not None and age_months >= YOUNG_INFANT_MONTHS:
        # no danger by itself at this age; where the reader is surer than that, it is some other danger with a fever
        others = (one.topic_id for one in finding.ranked if one.topic_id.startswith("emergency."))
        topic_id = next((one for one in others if one != YOUNG_INFANT_FEVER), "emergency.breathing-difficulty")
        needed = SURE_OUT_OF_SCOPE
    return Urgent(topic_id, "go_now", finding.danger) if finding.danger >= needed else None


def doctor_today(text: str, age_months: int | None, finding: Finding, signs: DangerSigns) -> bool:
    """Whether an answer that is no alarm should still say: have a doctor look today."""
    if raised_in_young_infant(text, age_months, signs):
        return True
    if speaks_of_wellbeing(text, signs):
        return False
    return finding.doctor >= DOCTOR_PROBABILITY and finding.ranked[0].topic_id.startswith(DOCTORS_DOMAINS)


def dose_asked(text: str, finding: Finding, patterns: DosePatterns) -> DoseAsked | None:
    """Whether the message asks how much of a medicine to give."""
    if asks_for_dose(text, patterns):
        return DoseAsked()
    if patterns.unless.search(text):
        return None
    needed = DOSE_PROBABILITY if names_medicine(text, patterns) else DOSE_PROBABILITY_WITHOUT_MEDICINE
    return DoseAsked() if finding.kinds["dose"] >= needed else None
