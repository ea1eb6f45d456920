"""What a family is told about milestones and signs, in lines. Pure: fills `data/milestones.yaml` from values."""

from knowledge.milestones import Milestones, Outcome, Questionnaire
from knowledge.topics import Language

_HEARING = {"w3a", "w6a", "w8a", "w12a", "w18a", "w24a", "w24b", "w30a", "w36a"}
"""Signs where hearing is checked first. Source: ASD22, PED10 (language.delay, to be verified)."""


def milestone_lines(milestones: Milestones, asked: Questionnaire, language: Language) -> list[str]:
    """The age, what many children do, what to play, and the questions."""
    words = milestones.words[language]
    lines = [_age_line(words, asked), "", words["doing"]]
    lines += [
        "· " + words["about"].format(months=item.about_months, what=item.text(language)) for item in asked.step.doing
    ]
    lines += ["", words["play"]]
    lines += ["· " + item.text(language) for item in asked.step.play]
    if not asked.questions:
        return [*lines, "", words["no_list"]]
    return [*lines, "", words["ask"], *(f"· [{sign.id}] {sign.text(language)}" for sign in asked.questions)]


def outcome_lines(milestones: Milestones, result: Outcome, language: Language) -> list[str]:
    """What the answers come to, with the list to show where there is one."""
    words = milestones.words[language]
    if result.advice == "unfinished":
        return [words["unfinished"].format(count=len(result.unanswered))]
    shown = result.signs or result.unsure
    lines = [words[result.advice], *("· " + sign.text(language) for sign in shown)]
    if result.advice == "show_doctor" and result.unsure:
        lines += [words["ask_at_visit"], *("· " + sign.text(language) for sign in result.unsure)]
    if {sign.id for sign in shown} & _HEARING:
        lines.append(words["hearing"])
    if any(sign in milestones.always for sign in result.signs):
        lines.append(words["lost"])
    return lines


def _age_line(words: dict[str, str], asked: Questionnaire) -> str:
    age = asked.age
    if age.before_term:
        return words["age_before_term"].format(weeks=age.weeks_early)
    if age.corrected is None:
        return words["age"].format(months=age.chronological.months)
    return words["age_corrected"].format(
        weeks=age.weeks_early, months=age.chronological.months, corrected=age.corrected.months
    )
