"""What comes before any search: a danger sign, or a question for a dose. Pure.

Order: a rule that is sure and says "call 120" speaks at once, without a search; another sure rule speaks unless the
fitted reader is quite sure of calm. A doubtful rule (past, prevention, knowledge words) and
messages without a rule wait for the fitted reader's probability. Missing a danger is worse than a false alarm, so
a doubtful rule needs only a little support.
"""

from dataclasses import dataclass

from index.result import Finding
from knowledge.danger_signs import DangerMatch, DangerSigns, find_danger, raised_in_young_infant
from knowledge.dose_request import DosePatterns, asks_for_dose, names_medicine
from knowledge.wording_file import Level

DOUBTFUL_SUPPORT = 0.6
"""How far the threshold is lowered when a rule fired but calm words stand beside it: threshold x this."""

VETO = 0.1
"""Below this probability the reader's doubt outweighs a rule that was sure, unless the rule says: call 120."""

SURE_DESPITE_WELLBEING = 0.96
"""What the reader alone must show when the message itself says that the child is well, or asks in general."""

NEVER_VETOED = frozenset({"emergency.young-infant-fever", "emergency.parent-crisis", "emergency.abuse"})

LEAST_SCOPE_PROBABILITY = 0.25
"""Below this probability of being about a child at all the reader must be surer (rules are not touched by it)."""

DOCTOR_PROBABILITY = 0.6
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


def by_rules(text: str, age_months: int | None, signs: DangerSigns) -> tuple[Urgent | None, DangerMatch | None]:
    """What the rules alone say of a normalised message: an urgent decision, or a doubtful match for later."""
    match = find_danger(text, age_months, signs)
    if match is None or match.doubtful:
        return None, match
    return Urgent(match.topic_id, match.level, 1.0), match


def is_vetoed(urgent: Urgent, finding: Finding) -> bool:
    """Whether the fitted reader is so sure of calm that a rule's alarm is dropped.

    Never for what a life may hang on: calls for 120, a baby under 3 months, a parent in crisis, violence.
    """
    if urgent.level == "call_120" or urgent.topic_id in NEVER_VETOED:
        return False
    return finding.danger < VETO


def by_reading(finding: Finding, doubtful: DangerMatch | None, threshold: float, *, well: bool) -> Urgent | None:
    """What the fitted reader adds, once the message has been read by the index.

    `well`: the message itself says that the child is well, or asks about the past, prevention or knowledge.
    """
    if doubtful is not None and finding.danger >= threshold * DOUBTFUL_SUPPORT:
        return Urgent(doubtful.topic_id, doubtful.level, finding.danger)
    if finding.in_scope < LEAST_SCOPE_PROBABILITY and finding.danger < SURE_DESPITE_WELLBEING:
        return None
    if finding.danger >= (SURE_DESPITE_WELLBEING if well else threshold):
        return Urgent(finding.danger_topic_id, "go_now", finding.danger)
    return None


def doctor_today(text: str, age_months: int | None, finding: Finding, signs: DangerSigns) -> bool:
    """Whether an answer that is no alarm should still say: have a doctor look today."""
    if raised_in_young_infant(text, age_months, signs):
        return True
    return finding.doctor >= DOCTOR_PROBABILITY and finding.ranked[0].topic_id.startswith(DOCTORS_DOMAINS)


def dose_asked(text: str, finding: Finding, patterns: DosePatterns) -> DoseAsked | None:
    """Whether the message asks how much of a medicine to give."""
    if asks_for_dose(text, patterns):
        return DoseAsked()
    if patterns.unless.search(text):
        return None
    needed = DOSE_PROBABILITY if names_medicine(text, patterns) else DOSE_PROBABILITY_WITHOUT_MEDICINE
    return DoseAsked() if finding.kinds["dose"] >= needed else None
